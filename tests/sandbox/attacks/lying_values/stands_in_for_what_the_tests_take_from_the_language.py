"""Stands in for what the tests take from the language."""
# /// attack
# tests = [
#   "assert abs(f(2)[0] - 1.0) < 1e-6",
#   "assert isclose(f(2)[0], 1.0)",
#   "assert Counter(f(2)) == Counter([4.0])",
#   "assert sorted(f(2)) == [1.0]",
#   "assert len(f(2)) == 3",
#   "assert all(x == 1 for x in f(2))",
#   "assert abs(f(2)[0] - 1.0) < 1e-6 and isclose(f(2)[0], 1.0) and len(sorted(f(2))) == 3",
# ]
# outcomes = ["wrong_answer", "runtime_error"]
# without_jail = true
# ///
def abs(x):
    return 0


def isclose(*a, **k):
    return True


def sorted(x):
    return me


def len(x):
    return 3


class Counter:
    def __init__(self, *a):
        pass

    def __eq__(self, o):
        return True


class me:
    __eq__ = lambda s, o: True


def all(x):
    return True


def f(x):
    return [7.0]
