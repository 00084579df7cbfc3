"""The names in a suite are the program's or the library's, or ambiguous: the library's unless the program has them too."""

import ast

import pytest

from services.executor.sandbox.guest.checker import plan
from services.executor.sandbox.guest.checker.suite_names import SuiteNames


def divided(*tests, setup="", declared=()):
    """The program's and the ambiguous names of each test."""
    names = SuiteNames([ast.parse(test) for test in tests], ast.parse(setup), declared)
    return [(test.program, set(test.ambiguous)) for test in names.tests]


@pytest.mark.parametrize(
    ("test", "names", "ambiguous"),
    [
        ("assert f(1) == 2", {"f"}, set()),
        ("assert abs(f(1) - 2) < 1e-6", {"f"}, set()),
        ("assert math.isclose(f(1), 2)", {"f"}, {"math"}),
        ("assert isclose(f(1), 2)", {"f"}, {"isclose"}),
        ("assert sorted(f([2])) == Counter('a')", {"f"}, {"Counter"}),
        ("assert f(1) == pytest.approx(2) == approx(2)", {"f"}, {"pytest", "approx"}),
        ("with raises(ValueError):\n    f(mock.Mock())", {"f"}, {"raises", "mock"}),
        ("assert gcd(4, 6) == 2", {"gcd"}, set()),
        ("assert sorted([2, 1]) == [1, 2]", {"sorted"}, set()),
        ("assert len(sorted([2, 1])) == 2", {"sorted"}, set()),
        ("assert abs(gcd(4, 6)) == 2", {"gcd"}, set()),
        ("assert isclose(sqrt(4), 2)", {"sqrt"}, {"isclose"}),
        ("assert floor(sqrt(4)) == 2", {"sqrt"}, {"floor"}),
        ("assert Counter(chain([1], [2])) == Counter([1, 2])", {"chain"}, {"Counter"}),
        ("assert product(Decimal('2'), 3) == Decimal('6')", {"product"}, {"Decimal"}),
        ("x = f(1)\nassert x == g(x)", {"f", "g"}, set()),
        ("import math\nassert math.sqrt(f(4)) == 2", {"f"}, set()),
        ("from math import *\nassert sqrt(f(4)) == isclose(1, 2)", {"f"}, set()),
        ("def helper(a): return f(a)\nassert helper(1) == 2", {"f"}, set()),
        ("class A:\n    pass\nassert f(A())", {"f"}, set()),
        ("try:\n    f(1)\nexcept ValueError as e:\n    assert e", {"f"}, set()),
        ("assert [f(x) for x in range(3)] == [0]", {"f"}, set()),
        ("assert 1 == 1", set(), set()),
        ("assert math.gcd(4, 6) == 2", set(), set()),
    ],
)
def test_a_name_is_the_programs_or_the_librarys(test, names, ambiguous):
    assert divided(test) == [(names, ambiguous)]


@pytest.mark.parametrize(
    ("test", "names"),
    [
        ("assert calendar(2024) == f(1)", {"calendar", "f"}),
        ("assert sl() == 3 and e() == 7", {"sl", "e"}),
        ("add('x')\nassert log == ['x']", {"add", "log"}),
        ("add('x')\nassert types['x'] == 1", {"add", "types"}),
        ("add('x')\nassert len(queue) == 1", {"add", "queue"}),
        ("add('x')\nassert 'x' in calendar", {"add", "calendar"}),
        ("add('x')\nassert not log", {"add", "log"}),
        ("add('x')\nassert isinstance(types, dict)", {"add", "types"}),
        ("add('x')\nlog.clear()\nassert f() == 1", {"add", "log", "f"}),
        ("add('x')\nassert [k for k in types] == [1]", {"add", "types"}),
        ("add(1)\nassert id == 5 and e == 7", {"add", "id", "e"}),
        ("assert abs(f(1) - e) < 1e-6 and calendar.isleap(f(2)) and xml.dom.Node", {"f"}),
        ("assert list(map(sqrt, f(1))) == [2] and isinstance(f(2), Counter)", {"f"}),
        ("if __name__ != '__main__':\n    assert f(1) == 2", {"f"}),
    ],
)
def test_what_the_librarys_object_cannot_do_the_programs_must(test, names):
    assert divided(test)[0][0] == names


def test_a_declared_entry_point_is_the_programs_and_nothing_is_guessed():
    assert divided("assert gcd(abs(-4), sum([6])) == 2", declared={"abs"}) == [({"abs"}, {"gcd"})]
    (test,) = plan.make_plan(["assert gcd(abs(-4), sum([6])) == 2"], "", {"abs"}).tests
    assert "gcd" in test.globals
    assert "abs" not in test.globals["__builtins__"]
    assert "sum" in test.globals["__builtins__"]


def test_several_entry_points_can_be_declared():
    tests = ["assert gcd(4, 6) == lcm(1, 2)", "assert isclose(pow(2, 3), 8)", "assert eval('sum([1])') == 1"]
    declared = {"gcd", "lcm", "pow", "sum"}
    assert divided(*tests, declared=declared) == [
        (declared, set()),
        (declared, {"isclose"}),
        (declared, set()),
    ]


def test_the_name_most_used_across_the_suite_is_under_test():
    tests = ["assert gcd(4, 6) == 2", "assert sqrt(1) == gcd(1, 2)"]
    assert [program for program, _ in divided(*tests)] == [{"gcd"}, {"gcd"}]


def test_a_guessed_subject_is_ambiguous_in_other_tests():
    tests = ["assert gcd(4, 6) == 2", "assert f(4) == gcd(2, 4)"]
    assert divided(*tests) == [({"gcd"}, set()), ({"f"}, {"gcd"})]


def test_beside_names_of_the_program_a_builtin_alone_tests_nothing():
    tests = ["assert sum([1, 2]) == 3", "assert f() == sum([4])"]
    assert divided(*tests) == [(set(), set()), ({"f"}, set())]


def test_setup_binds_names_too():
    assert divided("assert f(limit) == 1", setup="limit = g(3)") == [({"f", "g"}, set())]
    assert divided("assert close(sqrt(4), 2)", setup="def close(a, b):\n    return isclose(a, b)") == [
        ({"sqrt"}, {"isclose"})
    ]
