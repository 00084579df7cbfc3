"""Tests that compute what they expect from an argument after the program had it are found."""

import pytest

from services.executor.sandbox.guest.checker.plan import make_plan


@pytest.mark.parametrize(
    ("test", "recomputes"),
    [
        ("x = [3, 1]\nassert f(x) == sorted(x)", True),
        ("x = [3, 1]\nassert sorted(x) == f(x)", True),
        ("x = [3, 1]\nassert f(x) == x[::-1]", True),
        ("x = [3, 1]\ny = f(x)\nassert y == sorted(x)", True),
        ("x = [3, 1]\ny = f(x)\nwant = sorted(x)\nassert y == want", True),
        ("x = [3, 1]\nwant = sorted(x)\nassert f(x) == want", False),
        ("x = [3, 1]\nassert f(x) == [1, 3]", False),
        ("x = [3, 1]\nf(x)\nassert x == [1, 3]", False),
        ("x = [3, 1]\nassert f(x[:]) == sorted(x)", False),
        ("x = [3, 1]\nassert f(list(x)) == sorted(x)", False),
        ("x = [3, 1]\nassert f(x) == f(x)", False),
        ("x = [1, 1]\nk = f(x)\nassert k == 1 and sorted(x[:k]) == [1]", False),
        ("x = [3, 1]\nassert Solution().f(x) == sorted(x)", True),
        ("x = [3, 1]\nassert math.isclose(f(x), sum(x))", True),
        ("for x in [[3, 1], [2]]:\n    assert f(x) == sorted(x)", True),
        ("assert all(f(x) == sorted(x) for x in [[3, 1]])", True),
        ("assert f(1) == 2", False),
    ],
)
def test_which_tests_recompute(test, recomputes):
    assert make_plan([test], "").recomputing == ({0} if recomputes else set())


def test_a_check_with_a_reference():
    check = "def ref(x): return sorted(x)\ndef check(candidate):\n    x = [3, 1]\n    assert candidate(x) == ref(x)"
    assert make_plan(["check(f)"], "", "f", check).recomputing == {0}
    assert make_plan(["check(f)"], "", "f", check.replace("ref(x)", "[1, 3]")).recomputing == set()
