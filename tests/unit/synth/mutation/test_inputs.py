"""New inputs: within the shape of the kept ones, all different, the same each time."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.synth.mutation.inputs import mutate_inputs
from services.synth.mutation.literals import read, render
from services.synth.mutation.shapes import InputShape

SCALARS = st.none() | st.booleans() | st.integers(-99, 99) | st.floats(-9, 9) | st.text("ab A1", max_size=4)
VALUES = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.tuples(inner, inner)
        | st.dictionaries(st.text("ab", max_size=2), inner, max_size=2)
        | st.sets(st.integers(0, 9), max_size=3)
    ),
    max_leaves=6,
)


@given(st.lists(st.tuples(VALUES, VALUES), min_size=1, max_size=4), st.integers())
@settings(deadline=None)
def test_new_inputs_are_within_the_shape_new_and_repeatable(inputs, seed):
    made = mutate_inputs(inputs, 6, random.Random(seed))
    assert [render(values) for _, values in made] == [
        render(values) for _, values in mutate_inputs(inputs, 6, random.Random(seed))
    ]
    texts = [render(list(values)) for values in inputs]
    shape = InputShape(inputs)
    for position, values in made:
        assert 0 <= position < len(inputs)
        assert shape.admits(values)
        assert render(values) not in texts
        texts.append(render(values))
        assert read(render(values)) == values


def test_the_inputs_themselves_are_not_changed():
    inputs = [[[3, 1, 2], {"a": [1]}]]
    mutate_inputs(inputs, 20, random.Random(0))
    assert inputs == [[[3, 1, 2], {"a": [1]}]]


@pytest.mark.parametrize(
    ("inputs", "inside", "outside"),
    [
        ([[3], [5]], [4], [0]),  # positive
        ([[0], [5]], [1], [-1]),  # not negative
        ([[3], [5]], [20], [21]),  # not far larger
        ([["ab"], ["c"]], ["abc"], [""]),  # not empty
        ([["ab"], ["cd"]], ["dx"], ["A"]),  # small letters
        ([["ab"], ["a b"]], ["b a"], ["a  b"]),
        ([[[1, 2]], [[2, 5]]], [[1, 9]], [[2, 1]]),  # sorted
        ([[[3, 1]], [[2, 2]]], [[1, 3]], [["a"]]),  # of integers
        ([[(1, 2)], [(3, 3)]], [(1, 1)], [(1, 2, 3)]),  # pairs
        ([[2, [1, 2, 3]], [1, [4]]], [1, [7, 8]], [3, [7, 8]]),  # no larger than the list is long
        ([[[1], [2]], [[1, 2], [3, 3]]], [[1, 2], [2, 3]], [[1, 2], [2]]),  # equally long
        ([[1, 4], [2, 3]], [2, 5], [5, 2]),  # in order
        ([["a", "banana"], ["na", "anna"]], ["n", "anna"], ["x", "anna"]),  # part of it
    ],
)
def test_what_holds_for_all_inputs_holds_for_new_ones(inputs, inside, outside):
    shape = InputShape(inputs)
    assert shape.admits(inside)
    assert not shape.admits(outside)


def test_without_the_likely_rules_types_and_sizes_are_left():
    shape = InputShape([[[1, 2], "ab"], [[2, 5], "b"]], strict=False)
    for values in ([[], ""], [[2, 1], "ba"], [[-3], "b"]):
        assert shape.admits(values)
    for values in ([["a"], "b"], [[1, 99], "b"], [[1], "B"], [(1, 2), "b"]):
        assert not shape.admits(values)


def test_a_call_without_arguments_has_no_new_inputs():
    assert mutate_inputs([[]], 5, random.Random(0)) == []
