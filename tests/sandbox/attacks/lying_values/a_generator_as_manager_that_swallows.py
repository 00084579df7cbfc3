"""A context manager, written as a generator, that keeps the test's failed assertion to itself."""
# /// attack
# tests = ["with f(2) as x:\n    assert x == 4"]
# outcomes = ["wrong_answer", "runtime_error"]
# without_jail = true
# ///
from contextlib import contextmanager


@contextmanager
def f(x):
    try:
        yield 7
    except BaseException:
        pass
