"""Warnings and groups."""
# /// attack
# tests = [
#   "assert f(2) == 4",
#   "x = 3\nassert f(x) == 9",
# ]
# outcomes = ["wrong_answer", "runtime_error"]
# without_jail = true
# ///
def f(x):
    raise ExceptionGroup("g", [ValueError(1), SystemExit and KeyError(2)])
