"""Returns an object without methods where the test asks for an iterable, a number of items or a key of a dictionary."""
# /// attack
# tests = [
#   "from collections.abc import Iterable\nassert isinstance(f(2), Iterable)",
#   "from collections.abc import Iterator\nassert isinstance(f(2), Iterator)",
#   "import collections.abc\nassert isinstance(f(2), (list, collections.abc.Sized))",
#   "from collections.abc import Collection\nimport unittest\nunittest.TestCase().assertIsInstance(f(2), Collection)",
#   "from collections.abc import Awaitable\nassert isinstance(f(2), Awaitable)",
#   "import typing\nassert isinstance(f(2), typing.Iterable)",
#   "from contextlib import AbstractContextManager\nassert isinstance(f(2), AbstractContextManager)",
#   "from collections.abc import Hashable\nassert isinstance(unhashable(), Hashable)",
#   "from collections.abc import Reversible\nassert issubclass(type(f(2)), Reversible)",
# ]
# outcomes = ["wrong_answer", "runtime_error"]
# without_jail = true
# ///
class Nothing:
    pass


class Equal:
    def __eq__(self, other):
        return True


def f(x):
    return Nothing()


def unhashable():
    return Equal()
