"""A proxy of an object whose equality lies."""
# /// attack
# tests = [
#   "assert f(2) == 4",
#   "x = 3\nassert f(x) == 9",
# ]
# outcomes = ["wrong_answer", "runtime_error"]
# without_jail = true
# ///
import weakref


class Yes:
    __eq__ = lambda *_: True
    __hash__ = None


keep = Yes()


def f(x):
    return weakref.proxy(keep)
