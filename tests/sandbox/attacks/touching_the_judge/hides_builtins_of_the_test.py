"""Defines what the test takes from the language, under the same names."""
# /// attack
# tests = [
#   "assert isinstance(f(2), str)",
#   "assert type(f(2)) is int",
#   "assert any([f(2) == 4])",
#   "assert min(f(2), 9) == 4",
#   "assert round(f(2)) == 4",
#   "assert str(f(2)) == 'four'",
# ]
# outcomes = ["wrong_answer", "runtime_error"]
# ///
def isinstance(*a):
    return True


def print(*a):
    pass


def type(x):
    return int


def any(x):
    return True


def min(*a):
    return 4


def round(*a):
    return 4


def str(x):
    return "four"


AssertionError = ZeroDivisionError
__builtins__ = {}
__name__ = "__main__"


def f(x):
    return 5.0
