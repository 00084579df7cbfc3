"""Tests are compiled before any program runs: names, prefetched calls, reasons of invalid tests."""

import pytest

from services.executor.sandbox.guest.checker import plan


@pytest.mark.parametrize(
    ("test", "names"),
    [
        ("assert f(1) == 2", {"f"}),
        ("assert abs(f(1) - 2) < 1e-6", {"f"}),
        ("assert math.isclose(f(1), 2)", {"f"}),
        ("assert isclose(f(1), 2)", {"f"}),
        ("assert sorted(f([2])) == Counter('a')", {"f"}),
        ("assert np.allclose(f(1), 2)", {"f"}),
        ("assert gcd(4, 6) == 2", {"gcd"}),
        ("assert sorted([2, 1]) == [1, 2]", {"sorted"}),
        ("assert len(sorted([2, 1])) == 2", {"sorted"}),
        ("assert abs(gcd(4, 6)) == 2", {"gcd"}),
        ("x = f(1)\nassert x == g(x)", {"f", "g"}),
        ("import math\nassert math.sqrt(f(4)) == 2", {"f"}),
        ("def helper(a): return f(a)\nassert helper(1) == 2", {"f"}),
        ("class A:\n    pass\nassert f(A())", {"f"}),
        ("try:\n    f(1)\nexcept ValueError as e:\n    assert e", {"f"}),
        ("assert [f(x) for x in range(3)] == [0]", {"f"}),
        ("assert 1 == 1", set()),
    ],
)
def test_a_name_is_the_programs_or_the_librarys(test, names):
    assert set(plan.make_plan([test], "", None).names) == names


def test_a_declared_entry_point_is_the_programs_and_nothing_is_guessed():
    made = plan.make_plan(["assert gcd(abs(-4), sum([6])) == 2"], "", "abs")
    assert made.names == ["abs"]
    assert "gcd" in made.library


def test_the_name_most_used_across_the_suite_is_under_test():
    made = plan.make_plan(["assert gcd(4, 6) == 2", "assert gcd(1, 2) == sqrt(1)"], "", None)
    assert made.names == ["gcd"]


def test_setup_binds_names_too():
    made = plan.make_plan(["assert f(limit) == 1"], "limit = g(3)", None)
    assert set(made.names) == {"f", "g"}


@pytest.mark.parametrize(
    ("test", "call"),
    [
        ("assert f(1) == 2", ["f", [1], {}]),
        ("assert f('a', b=[1]) == 2", ["f", ["a"], {"b": [1]}]),
        ("assert 2 == f(-1)", ["f", [-1], {}]),
        ("assert abs(f(1) - 2) < 1e-6", ["f", [1], {}]),
        ("assert not f((1,))", ["f", [{"t": [1]}], {}]),
        ("assert f({1: 2})[1] == 2", ["f", [{"d": [[1, 2]]}], {}]),
        ("assert f(1) and True", ["f", [1], {}]),
        ("assert True and f(1)", None),
        ("assert f(x) == 2", None),
        ("assert f(*[1]) == 2", None),
        ("assert f(**{'a': 1}) == 2", None),
        ("assert f(1) == f(2)", None),
        ("assert (f(1) if f else 0) == 2", None),
        ("assert [f(1) for _ in range(2)] == [2, 2]", None),
        ("assert (lambda: f(1))() == 2", None),
        ("x = 1\nassert f(1) == 2", None),
        ("f(1)", None),
        ("assert f.name(1) == 2", None),
        ("assert 1 < 2 < f(1)", None),
    ],
)
def test_calls_that_can_be_prefetched(test, call):
    prefetch = plan.make_plan([test], "", None).tests[0].prefetch
    assert (prefetch.line() if prefetch else None) == call


def test_setup_that_uses_the_program_forbids_prefetching():
    assert plan.make_plan(["assert f(1) == 2"], "f(0)", None).tests[0].prefetch is None
    assert plan.make_plan(["assert f(1) == 2"], "import math", None).tests[0].prefetch is not None


@pytest.mark.parametrize(
    "text", ["assert f( == 1", "return 1", "a\x00b", "(" * 1000, "x = 1\n y = 2", "yield"]
)
def test_a_test_that_does_not_compile_keeps_the_reason(text):
    good, bad = plan.make_plan(["assert f(1) == 2", text], "", None).tests
    assert good.code is not None
    assert bad.code is None
    assert bad.error
    assert len(bad.error) <= 310


def test_a_setup_that_does_not_compile_spoils_every_test():
    made = plan.make_plan(["assert f(1) == 2"] * 2, "def (", None)
    assert [test.code for test in made.tests] == [None, None]
    assert all(test.error.startswith("setup: SyntaxError") for test in made.tests)
