"""An object that registers as a number, equals everything and converts to different numbers."""
# /// attack
# tests = [
#   "assert f(2) == 4",
#   "assert int(f(2)) == 4",
#   "from fractions import Fraction\nassert f(2) == Fraction(4)",
#   "from decimal import Decimal\nassert Decimal(4) == f(2)",
#   "assert [10, 20, 30, 40, 50, 60][f(2)] == 50",
# ]
# outcomes = ["wrong_answer", "runtime_error"]
# without_jail = true
# ///
import numbers


class N:
    __float__ = lambda self: 4.0000001
    __index__ = __int__ = __trunc__ = lambda self: 5
    __eq__ = lambda *_: True
    __hash__ = lambda self: hash(4)


numbers.Number.register(N)
numbers.Complex.register(N)


def f(x):
    return N()
