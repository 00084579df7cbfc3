"""The same, written as a generator."""
# /// attack
# tests = ["with f(2) as x:\n    assert x == 4"]
# outcomes = ["wrong_answer", "runtime_error"]
# without_wall = true
# ///
from contextlib import contextmanager


@contextmanager
def f(x):
    try:
        yield 7
    except BaseException:
        pass
