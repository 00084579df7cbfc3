"""Leaves at exit with a pass."""
# /// attack
# tests = [
#   "assert f(2) == 4",
#   "x = 3\nassert f(x) == 9",
# ]
# outcomes = ["wrong_answer", "runtime_error"]
# without_jail = true
# ///
import atexit, sys

atexit.register(print, "passed")


def f(x):
    sys.exit(0)
