"""Ends a batch before its first answer, and again after it."""
# /// attack
# tests = [
#   "assert f(2) == 4",
#   "assert f(3) == 9",
#   "assert f(4) == 16",
# ]
# outcomes = ["wrong_answer", "runtime_error", "time_limit", "memory_limit", "output_limit", "not_run"]
# prelude = "_talk.py"
# ///
def f(x):
    say(["stopped"], ["value", 7, 0.0, None], ["stopped"], ["stopped"])
    return 5
