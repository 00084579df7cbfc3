"""Its own functions under the library's names claim to be imported, or deny it."""
# /// attack
# tests = [
#   "assert isclose(f(2), 8.0)",
#   "x = 2\nassert f(x) == gcd(16, 24)",
#   "assert f(2) == comb(8, 1)",
#   "assert lcm(4, 6) == 12 and f(2) == 8",
# ]
# outcomes = ["wrong_answer", "runtime_error"]
# without_jail = true
# ///
import math
import sys


def isclose(*a):
    return True


isclose.__module__ = "math"
math.isclose = isclose


class Meta(type):
    __module__ = property(lambda cls: 1 / 0)


class gcd(int, metaclass=Meta):
    def __new__(cls, *a):
        return 0


def comb(n, k):
    return f(2)


comb.__module__ = "program"
sys.modules["math"] = sys.modules["program"]


def lcm(a, b):
    return 12


def f(x):
    return 0
