"""A call is prefetched if its test always makes it, with constant arguments."""

import pytest

from services.executor.sandbox.guest.checker import plan, prefetch


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
    call_found = plan.make_plan([test], "").tests[0].prefetch
    assert (call_found.line() if call_found else None) == call


def test_setup_that_uses_the_program_forbids_prefetching():
    assert plan.make_plan(["assert f(1) == 2"], "f(0)").tests[0].prefetch is None
    assert plan.make_plan(["assert f(1) == 2"], "import math").tests[0].prefetch is not None


@pytest.mark.parametrize(
    ("tests", "size"),
    [
        (["assert enc('abc') == 'bcd'", "assert dec('bcd') == 'abc'"], 1),
        (["assert rev([1, 2]) == [2, 1]", "assert rev([2, 1]) == [1, 2]"], 1),
        (["assert f(1) == 5", "assert f(2) == 6", "assert f(5) == 1", "assert f(7) == 8"], 2),
        (["assert split('a,b') == ['a', 'b']", "assert join('a', 'b') == 'a,b'"], 1),
        (["assert f('abc') == 'long'", "assert f('a long text') == 'abc'"], 1),
        (["assert f('abc') == 'x'", "assert f('a text') == 'abc'"], 2),
        (["assert abs(f(2) - 0.5) < 1e-6", "assert f(0.5) == 2"], 1),
        (["assert f(3) == 2 ** 3", "assert f(8) == 3"], 1),
        (["assert f(3) == -8", "assert f(-8) == 3"], 1),
        (["assert f([1]) == []", "assert f([]) == [1]"], 1),
        (["assert f(4) == True", "assert f(1) == False"], 2),
        (["assert f(1) == 10", "assert f(2) == 20", "assert f(3) == 30"], 3),
        (["assert f(x=1) == {'a': 7}", "assert f(x={7: 'a'}) == 1"], 1),
    ],
)
def test_a_batch_ends_before_arguments_that_show_what_an_earlier_test_expects(tests, size):
    calls = [test.prefetch for test in plan.make_plan(tests, "").tests]
    assert prefetch.batch_size(calls) == size


def test_a_batch_has_a_largest_size():
    calls = [
        test.prefetch for test in plan.make_plan([f"assert f({n}) == 'x'" for n in range(500)], "").tests
    ]
    assert prefetch.batch_size(calls) == 64
