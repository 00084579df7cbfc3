"""Replaces AssertionError by something that no handler catches, or that every handler passes."""
# /// attack
# tests = [
#   "assert f(2) == 4",
#   "x = 3\nassert f(x) == 9",
# ]
# outcomes = ["wrong_answer", "runtime_error"]
# ///
import builtins


class Fine(BaseException):
    pass


builtins.AssertionError = builtins.Exception = builtins.BaseException = Fine


def f(x):
    return 5
