"""A named tuple with an equality and fields of its own."""
# /// attack
# tests = [
#   "assert f(2) == (4, 9)",
#   "assert f(2).x == 4",
#   "assert not f(2) != (4, 9)",
#   "assert f(2)[0] == 4 and f(2)[1] == 9",
# ]
# outcomes = ["wrong_answer", "runtime_error"]
# without_jail = true
# ///
from collections import namedtuple


class P(namedtuple("P", "x y")):
    __eq__ = lambda *_: True
    __ne__ = lambda *_: False
    __hash__ = tuple.__hash__


def f(x):
    return P(7, 7)
