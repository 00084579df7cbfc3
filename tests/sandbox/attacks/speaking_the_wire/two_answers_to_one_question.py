"""Answers each question twice, so that later questions find an answer waiting."""
# /// attack
# tests = [
#   "assert f(2) == 4",
#   "x = 3\nassert f(x) == 9",
#   "y = 5\nassert f(y) == 25",
#   "assert f(6) == 36",
# ]
# outcomes = ["wrong_answer", "runtime_error", "time_limit", "memory_limit", "output_limit", "not_run"]
# prelude = "_talk.py"
# ///
def f(x):
    say(["value", x + 1, 0.0, None])
    return x + 1
