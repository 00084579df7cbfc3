"""A dataclass compared with plain data and with one that the test writes as a tuple."""
# /// attack
# tests = [
#   "assert f(2) == 4",
#   "assert f(2) == (4,)",
#   "assert f(2).x == 4",
#   "import dataclasses\nassert dataclasses.astuple(f(2)) == (4,)",
# ]
# outcomes = ["wrong_answer", "runtime_error"]
# without_jail = true
# ///
from dataclasses import dataclass


@dataclass(eq=False)
class P:
    x: int = 7
    __eq__ = lambda *_: True
    __hash__ = None


def f(x):
    return P()
