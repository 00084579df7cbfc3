"""Members of an integer enumeration that equal everything."""
# /// attack
# tests = [
#   "assert f(2) == 4",
#   "assert f(2).value == 4",
#   "assert f(2) in (4, 5)",
# ]
# outcomes = ["wrong_answer", "runtime_error"]
# without_jail = true
# ///
from enum import IntEnum


class Color(IntEnum):
    RED = 7
    __eq__ = lambda *_: True
    __hash__ = int.__hash__


def f(x):
    return Color.RED
