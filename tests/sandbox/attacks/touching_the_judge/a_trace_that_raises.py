"""A trace that raises."""
# /// attack
# tests = [
#   "assert f(2) == 4",
#   "x = 3\nassert f(x) == 9",
# ]
# outcomes = ["wrong_answer", "runtime_error"]
# ///
import sys


def spy(*a):
    raise SystemExit(0)


def f(x):
    sys.setprofile(spy)
    return 5
