"""An exception that ends the process when its text is asked for."""
# /// attack
# tests = [
#   "assert f(2) == 4",
#   "x = 3\nassert f(x) == 9",
# ]
# outcomes = ["wrong_answer", "runtime_error"]
# without_jail = true
# ///
import os


class E(Exception):
    def __str__(self):
        os._exit(0)


def f(x):
    raise E
