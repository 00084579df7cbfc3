"""A call is prefetched if its test always makes it, with constant arguments."""

import pytest

from services.executor.sandbox.guest.checker import plan


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
