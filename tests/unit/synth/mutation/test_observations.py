"""What a test observes, and the tests that are made of it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.synth.mutation.literals import NotPlainError, read, render
from services.synth.mutation.observations import observe, same_value


@pytest.mark.parametrize(
    ("test", "expression"),
    [
        ("assert f(1, 'a') == 2", "f(1, 'a')"),
        ("assert 2 == f(1)", "f(1)"),
        ("assert set(f([2, 1])) == {1}", "set(f([2, 1]))"),
        ("assert sorted(list(f(n=3))) == [1]", "sorted(list(f(n=3)))"),
        ("assert f((1,))", "f((1,))"),
        ("assert not f({})", "f({})"),
        ("assert abs(f(2.5) - 0.5) < 1e-6", "f(2.5)"),
        ("assert f(-1) is None", "f(-1)"),
    ],
)
def test_what_is_observed(test, expression):
    assert observe(test, "f").expression == expression


@pytest.mark.parametrize(
    "test",
    [
        "assert f(x) == 2",
        "assert f(1) == f(2)",
        "assert g(1) == 2",
        "assert f(*[1]) == 2",
        "assert f(**{}) == 2",
        "assert f(lambda: 1) == 2",
        "assert obj.f(1) == 2",
        "f(1) == 2",
        "assert f(1",
    ],
)
def test_what_has_no_constant_call(test):
    assert observe(test, "f") is None


def test_new_values_take_the_old_ones_places():
    observation = observe("assert set(f([1], k=2)) == {1}", "f").with_values([[5], 6])
    assert observation.test({7, 5}) == "assert set(f([5], k=6)) == {5, 7}"


@pytest.mark.parametrize(
    ("value", "test"),
    [
        (3, "assert f(1) == 3"),
        (True, "assert f(1) == True"),
        (None, "assert f(1) is None"),
        (2.5, "assert abs(f(1) - 2.5) <= 2e-06"),
        (-0.5, "assert abs(f(1) - (-0.5)) <= 1e-06"),
        (set(), "assert f(1) == set()"),
        ({"b", "a"}, "assert f(1) == {'a', 'b'}"),
    ],
)
def test_the_test_of_a_value(value, test):
    assert observe("assert f(1) == 0", "f").test(value) == test
    namespace = {"f": lambda _: value}
    exec(test, namespace)


@given(
    st.recursive(
        st.none()
        | st.booleans()
        | st.integers()
        | st.floats(allow_nan=False, allow_infinity=False)
        | st.text(),
        lambda inner: st.lists(inner) | st.tuples(inner) | st.dictionaries(st.text(), inner),
        max_leaves=8,
    )
)
def test_a_literal_reads_back_as_the_same_value(value):
    try:
        text = render(value)
    except NotPlainError:
        return
    assert read(text) == value
    assert same_value(read(text), value)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), object(), [1j], 1 << 9999, "x" * 3000, type])
def test_values_without_a_literal_are_refused(value):
    with pytest.raises(NotPlainError):
        render(value)


def test_equal_values_of_other_types_are_not_the_same():
    assert not same_value(1, True)
    assert not same_value([1], [1.0])
    assert not same_value((1,), [1])
    assert same_value({1, 2}, {2, 1})
    assert same_value(0.1 + 0.2, 0.3)
