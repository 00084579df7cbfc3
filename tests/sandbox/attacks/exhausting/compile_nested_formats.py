"""Source that is hard to compile: a long text of format fields."""
# /// attack
# tests = [
#   "assert f(2) == 4",
#   "x = 3\nassert f(x) == 9",
# ]
# outcomes = ["wrong_answer", "runtime_error", "syntax_error", "memory_limit", "time_limit"]
# repeat = { FIELD = ["{f(1)!r:>{2}}", 5000] }
# ///
def f(x):
    return 5


x = f"FIELD"
