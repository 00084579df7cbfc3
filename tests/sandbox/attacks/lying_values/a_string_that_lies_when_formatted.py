"""A text whose formatting and length are not its own."""
# /// attack
# tests = [
#   "assert f(2) == 'four'",
#   "assert f'{f(2)}' == 'four'",
#   "assert str(f(2)) == 'four'",
#   "assert len(f(2)) == 4",
#   "assert f(2).upper() == 'FOUR'",
# ]
# outcomes = ["wrong_answer", "runtime_error"]
# without_jail = true
# ///
class S(str):
    __format__ = lambda self, spec: "five"
    __str__ = __repr__ = lambda self: "five"
    __len__ = lambda self: 4
    __eq__ = lambda *_: True
    __hash__ = str.__hash__


def f(x):
    return S("x")
