"""Hostile programs in the real jail: none earns what it did not, and none harms the next.

Each runs beside an honest program on the same jail, which must get its honest verdict afterwards.
"""

import importlib
import pkgutil

import pytest

from tests.sandbox import hostile
from tests.sandbox.hostile import Hostile
from tests.sandbox.judging import is_still_fair, results


def _groups():
    for info in pkgutil.iter_modules(hostile.__path__):
        for each in importlib.import_module(f"{hostile.__name__}.{info.name}").PROGRAMS:
            yield pytest.param(each, id=f"{info.name}: {each.name}")


@pytest.mark.parametrize("attack", list(_groups()))
def test_it_earns_nothing_and_harms_nobody(jail, attack: Hostile):
    judged = results(jail, attack.program, *attack.tests, **attack.limits)
    seen = [(test.outcome.value, test.message) for test in judged if test.outcome.value not in attack.may]
    assert not seen, seen
    for test in judged:
        assert 0 <= test.cpu_s < 60
    is_still_fair(jail)


CLASS_IN_PLACE_OF_A_FUNCTION = """
class f:
    def __init__(self, x): pass
    def __sub__(self, other): return 0.0
    def __contains__(self, item): return True
    def __bool__(self): return True
    def __eq__(self, other): return True
    def __hash__(self): return 1
"""


@pytest.mark.parametrize(
    "test", ["assert abs(f(2) - 1.41421356) < 1e-6", "assert 4 in f(2)", "assert f(2)", "assert f(2) == f(3)"]
)
def test_where_a_class_under_test_had_a_say_the_pass_says_so(jail, test):
    """A suite that names a class asks the class; a policy may keep such a pass from earning."""
    (judged,) = results(jail, CLASS_IN_PLACE_OF_A_FUNCTION, test)
    assert judged.outcome != "passed" or judged.rests_on_program


@pytest.mark.parametrize(
    "test",
    [
        "assert f(2) == 4",
        "assert 4 == f(2)",
        "assert f(2) in [4]",
        "assert f(2) < 5",
        "assert isclose(f(2), 4)",
        "assert [f(2)] == [4]",
    ],
)
def test_a_class_under_test_has_no_say_against_plain_data(jail, test):
    (judged,) = results(jail, CLASS_IN_PLACE_OF_A_FUNCTION, test)
    assert judged.outcome in {"wrong_answer", "runtime_error"}


def test_a_class_in_place_of_a_function_earns_nothing_by_arithmetic(jail):
    (judged,) = results(jail, CLASS_IN_PLACE_OF_A_FUNCTION, "assert abs(f(2) - 1.41421356) < 1e-6")
    assert judged.outcome != "passed"


METHOD_THAT_RETURNS_A_LIAR = """
class Solution:
    def root(self, n): return self
    def __sub__(self, other): return 0.0
    __rsub__ = __sub__
"""


def test_a_method_that_returns_its_own_object_earns_nothing_by_arithmetic(jail):
    (judged,) = results(
        jail, METHOD_THAT_RETURNS_A_LIAR, "assert abs(Solution().root(2) - 1.41421356) < 1e-6"
    )
    assert judged.outcome != "passed"


def test_what_the_test_makes_itself_may_use_its_operators(jail):
    program = "class Money:\n    def __init__(self, n): self.n = n\n    def __add__(self, n): return Money(self.n + n)"
    (judged,) = results(jail, program, "assert (Money(1) + 2 + 3).n == 6")
    assert judged.outcome == "passed"
    assert judged.rests_on_program
