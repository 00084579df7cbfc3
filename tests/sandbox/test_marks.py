"""What the program's own code decided is marked, and a truth value that it decided earns nothing by default."""

import pytest

from clients.contract import RewardPolicy
from services.executor.results.grading import grade
from tests.sandbox.judging import results

PROGRAM = """
class Meta(type):
    def __instancecheck__(cls, value): return True
    def __subclasscheck__(cls, other): return True
class Circle(metaclass=Meta): pass
class Square: pass
class Answer:
    def __bool__(self): return False
    def __len__(self): return 2
    def __iter__(self): return iter([1, 2])
    def __sub__(self, other): return 0.0
class Empty:
    def __len__(self): return 0
class Plain: pass
class Collection:
    def has(self, item): return True
    @property
    def inner(self): return Collection()
    def size(self): return 1
    def of(number): return number
FIRST = Collection()
def collection(): return Collection()
def collections(): return [Collection(), {"key": Collection()}]
def fill(items): items.append(Collection())
def same(items): return items
KEPT = []
def kept_with_itself(items):
    items.append(items)
    KEPT.append(items)
    return KEPT
def held(items):
    holder = Plain()
    holder.items = items
    return holder
def f(x=0): return Answer()
def empty(): return Empty()
def plain(): return Plain()
def number(x): return x % 2
"""


@pytest.mark.parametrize(
    "test",
    [
        "assert isinstance(Square(), Circle)",
        "assert issubclass(Square, Circle)",
        "assert issubclass(Square, object)",
        "assert abs(f(1) - f(2)) < 1e-6",
        "assert len(f()) == 2",
        "assert 2 in f()",
        "assert not f()",
        "assert not empty()",
        "assert collection().has(81)",
        "has = collection().has\nassert has(item=81)",
        "assert collection().inner.has(81)",
        "assert collections()[0].has(81)",
        "first, second = collections()\nassert second['key'].has(81)",
        "items = []\nfill(items)\nassert items[0].has(81)",
        "assert len(kept_with_itself([])) == 1",  # it stays with the program, which says that it is a list
    ],
)
def test_what_the_program_decided_is_marked(jail, test):
    (judged,) = results(jail, PROGRAM, test)
    assert (judged.outcome, judged.rests_on_program) == ("passed", True)


@pytest.mark.parametrize(
    "test",
    [
        "import logging\nassert isinstance(logger(), logging.Logger)",
        "import logging\nassert isinstance(audit(), logging.Logger) and not isinstance(audit(), logging.Handler)",
        "import argparse\nassert isinstance(numbers(), argparse._AttributeHolder) and numbers() == (1, 2) and numbers()[1] == 2",
        "import sqlite3, unittest\nunittest.TestCase().assertIsInstance(connection(), sqlite3.Connection)",
    ],
)
def test_an_object_of_a_class_of_the_library_says_so_and_the_pass_is_marked(jail, test):
    program = """
import argparse, logging, sqlite3
class Audit(logging.Logger): pass
def logger(): return logging.getLogger("x")
def audit(): return Audit("y")
class Numbers(argparse._AttributeHolder, tuple): pass
def numbers(): return Numbers((1, 2))
def connection(): return sqlite3.connect(":memory:")
"""
    (judged,) = results(jail, program, test)
    assert (judged.outcome, judged.rests_on_program) == ("passed", True)


@pytest.mark.parametrize(
    "test",
    [
        "assert isinstance(make('circle'), Shape)",
        "assert isinstance(make('circle'), shapes.Shape)",
        "kinds = {'shape': Shape}\nassert isinstance(make('circle'), kinds['shape'])",
        "match make('circle'):\n    case Shape():\n        pass\n    case _:\n        assert False",
        "assert make('circle') == 'circle' and issubclass(str, Shape)",
        "from collections.abc import Mapping\nassert isinstance(row(), Mapping)",
        "from collections.abc import Sized\nassert not isinstance(shapes, Sized)",
        "try:\n    make(1)\n    raise RuntimeError('should raise')\nexcept shapes.Refused:\n    pass",
    ],
)
def test_a_class_of_the_language_in_place_of_the_program_s_is_marked(jail, test):
    program = """
from collections.abc import Mapping
Shape = object
class shapes:
    Shape = object
    Refused = Exception
class Row(Mapping):
    __getitem__ = __iter__ = lambda *_: None
    __len__ = lambda _: 0
def make(kind): return kind
def row(): return Row()
"""
    (judged,) = results(jail, program, test)
    assert (judged.outcome, judged.rests_on_program) == ("passed", True)


@pytest.mark.parametrize(
    "test",
    [
        "assert plain()",
        "assert collection().size() == 1",
        "assert Collection().has(81)",
        "assert Collection().inner.has(81)",
        "assert same([Collection()])[0].has(81)",
        "assert Collection.of(5) and FIRST.has(3)",
        "assert number(3) and not number(2)",
        "assert [x for x in f()] == [1, 2]",
        "assert not isinstance(3, Circle)",
        "x = [[1]]\nassert held(x).items == [[1]]",
        "x = []\nassert len(kept_with_itself(x)) == 1",
        "x = {'a': [{2}]}\nassert held(x).items == {'a': [{2}]} and held(x).items == x",
    ],
)
def test_what_plain_values_decided_is_not_marked(jail, test):
    (judged,) = results(jail, PROGRAM, test)
    assert (judged.outcome, judged.rests_on_program) == ("passed", False)


@pytest.mark.parametrize("state", ["shared", "fresh"])
@pytest.mark.parametrize(
    "test",
    [
        "assert not f(8)",
        "x = 8\nassert not f(x)",
        "assert not empty()",
        "assert bool(f()) is False",
        "import unittest\nunittest.TestCase().assertFalse(f())",
        "assert not any([f()])",
    ],
)
def test_a_truth_value_of_an_answer_earns_nothing_unless_the_policy_counts_it(jail, test, state):
    (judged,) = results(jail, PROGRAM, test, state=state)
    assert judged.outcome == "passed"
    assert judged.decided_by_program

    def reward(**policy):
        return grade([judged.outcome], [True], RewardPolicy(**policy), decided=[judged.decided_by_program])

    assert reward().reward == 0
    assert reward().pass_rate == 1
    assert reward(count_passes_decided_by_program=True).reward == 1


@pytest.mark.parametrize(
    "test",
    [
        "a = Answer()\nassert not a",
        "a = f()\nassert not a and len(a) == 2",
        "assert plain()",
        "assert number(3)",
    ],
)
def test_a_truth_value_beside_other_questions_or_of_the_tests_own_object_earns(jail, test):
    (judged,) = results(jail, PROGRAM, test)
    assert judged.outcome == "passed"
    assert not judged.decided_by_program


def test_a_callable_that_is_neither_the_tests_nor_the_librarys_is_refused_with_its_class(jail):
    test = "import contextlib\nstack = contextlib.ExitStack()\nassert f(stack.close) is None"
    (judged,) = results(jail, "def f(close): return close()", test)
    assert judged.outcome != "passed"
    assert "cannot be passed to the program" in judged.message
