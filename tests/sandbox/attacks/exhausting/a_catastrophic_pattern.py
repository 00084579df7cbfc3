"""Returns a pattern that backtracks without end: only the test that uses it may lose by it."""
# /// attack
# tests = [
#   "assert f().match('a' * 40 + 'b') is not None",
#   "p = f()\nassert p.sub('', 'a' * 40 + 'b') == 'b'",
#   "assert g(2) == 4",
# ]
# outcomes = ["time_limit", "wrong_answer"]
# ///
import re


def f():
    return re.compile("(a|a)+$")


def g(x):
    return 5
