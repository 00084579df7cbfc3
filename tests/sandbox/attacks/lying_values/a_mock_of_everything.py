"""A mock that has every attribute and answers every call with itself."""
# /// attack
# tests = [
#   "assert f(2) == 4",
#   "assert f(2).value == 4",
#   "assert 3 < f(2) < 5",
#   "assert f(2) in (4, 5)",
#   "assert abs(f(2) - 4) < 1",
# ]
# outcomes = ["wrong_answer", "runtime_error"]
# without_jail = true
# ///
from unittest.mock import MagicMock

m = MagicMock()
m.__eq__ = lambda *_: True
m.__bool__ = lambda *_: True
m.__lt__ = m.__gt__ = lambda *_: True
m.__sub__ = lambda *_: 0


def f(x):
    return m
