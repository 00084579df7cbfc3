"""Answers with a value and with an exception, in both orders."""
# /// attack
# tests = [
#   "assert f(2) == 4",
#   "x = 3\nassert f(x) == 9",
#   "try:\n    f(2)\nexcept ValueError:\n    raise AssertionError from None",
# ]
# outcomes = ["wrong_answer", "runtime_error", "time_limit", "memory_limit", "output_limit", "not_run"]
# prelude = "_talk.py"
# ///
def f(x):
    say(
        ["value", 7, 0.0, None],
        [
            "error",
            {"own": [], "module": "builtins", "name": "ValueError", "a": [], "s": "", "l": 0},
            0.0,
            None,
        ],
    )
    raise KeyError
