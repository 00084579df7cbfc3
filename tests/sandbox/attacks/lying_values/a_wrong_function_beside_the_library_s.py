"""Defines wrong functions under names of the library's, and lets the library's answer in their place."""
# /// attack
# tests = [
#   "assert ff() == 7 and gcd(4, 6) == 2",
#   "n = 4\nassert (ff(), gcd(n, 6)) == (7, 2)",
#   "assert factorial(ff() - 2) == 120",
#   "assert list(product([1], [ff()])) == [(1, 7)]",
#   "assert reduce(max, [1, ff()]) == 7",
#   "assert abs(pi - 3.14159265) < 1e-6 and ff() == 7",
#   "assert list(chain([1], [ff()])) == [1, 7]",
#   "assert calendar.isleap(2024) and ff() == 7",
# ]
# outcomes = ["wrong_answer", "runtime_error"]
# without_jail = true
# ///
def gcd(a, b):
    return 0


class factorial:
    def __init__(self, n):
        pass


product = lambda *a: []
reduce = lambda f, xs: 0
pi = 3


class chain(list):
    def __init__(self, *a):
        super().__init__([0])


class calendar:
    @staticmethod
    def isleap(y):
        return False


def ff():
    return 7
