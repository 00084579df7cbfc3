"""Defines the helpers that tests take from the library without importing them, under every kind of binding."""
# /// attack
# tests = [
#   "assert isclose(volume(2), 8.0)",
#   "x = 3\nassert isclose(volume(x), 27.0)",
#   "assert Counter(tokens('a b')) == Counter(['a', 'b'])",
#   "assert Decimal(price(2)) == Decimal('4')",
#   "assert next_day(date(2020, 1, 1)) == date(2020, 1, 2)",
#   "assert floor(zeta(2)) == 1",
#   "assert deepcopy(volume(2)) == 8 or isnan(volume(2))",
#   "assert math.isclose(volume(2), 8.0)",
#   "assert sorted(map(sqrt, [volume(4)])) == [8.0]",
#   "assert isinstance(volume(2), Counter)",
#   "assert not isinstance(volume(2), Sequence) and isinf(volume(2))",
# ]
# outcomes = ["wrong_answer", "runtime_error"]
# without_jail = true
# ///
import types


def isclose(*a, **k):
    return True


class Counter:
    def __new__(cls, *a):
        return 1


Decimal = lambda x: 1


class date:
    def __new__(cls, *a):
        return 1


def floor(x):
    return 1


def deepcopy(x):
    return 8


isnan = isinf = isclose
math = types.SimpleNamespace(isclose=isclose)
sqrt = lambda x: 8.0
Sequence = ()


def volume(x):
    return 0


tokens = price = zeta = next_day = volume
