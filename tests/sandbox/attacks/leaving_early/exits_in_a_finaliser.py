"""Ends the process when an answer's object is thrown away."""
# /// attack
# tests = [
#   "assert f(2) == 4",
#   "x = 3\nassert f(x) == 9",
# ]
# outcomes = ["wrong_answer", "runtime_error"]
# without_jail = true
# ///
import os


class Last:
    def __del__(self):
        os._exit(0)


def f(x):
    Last()
    return 5
