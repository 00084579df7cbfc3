"""The names in a suite are the program's or the library's."""

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
