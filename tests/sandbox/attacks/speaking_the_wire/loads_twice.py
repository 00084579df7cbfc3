"""Says that it is loaded, then that it is broken, then that it is loaded with other names."""
# /// attack
# tests = [
#   "assert f(2) == 4",
#   "x = 3\nassert f(x) == 9",
# ]
# outcomes = ["wrong_answer", "runtime_error", "time_limit", "memory_limit", "output_limit", "not_run"]
# prelude = "_talk.py"
# ///
def f(x):
    return 5


say(
    ["loaded", {"f": {"h": 0, "k": "callable"}}, 0.0],
    ["broken", "syntax", {"own": [], "name": "SyntaxError", "s": "", "l": 0}, 0.0],
    ["loaded", {"f": {"B": "abs"}, "__builtins__": {"d": []}, "isclose": {"B": "max"}}, 0.0],
)
