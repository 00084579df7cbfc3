"""Mutated inputs and wrong outputs differ from what they were made of."""

import random

from services.synth.io_problems.mutations import GARBAGE, mutated_inputs, wrong_outputs


def test_mutated_inputs_differ_and_repeat_with_the_same_random_numbers():
    text = "3\n1 2 3\n"
    mutated = mutated_inputs(text, random.Random(1))
    assert "" in mutated
    assert GARBAGE in mutated
    assert len(mutated) == len(set(mutated)) >= 6
    assert all(new.split() != text.split() for new in mutated)
    assert mutated == mutated_inputs(text, random.Random(1))
    assert mutated_inputs("", random.Random(1))


def test_wrong_outputs_are_one_column_a_sort_and_differ_everywhere():
    outputs = ["1 2\n", "1 2\n", "YES\n"]
    columns = wrong_outputs(outputs, random.Random(0))
    assert [len(column) for column in columns] == [3, 3, 3]
    assert columns[0] == ["YES\n", "YES\n", "1 2\n"]
    for column in columns:
        assert all(new.split() != old.split() for new, old in zip(column, outputs, strict=True))
    assert wrong_outputs(["1\n"], random.Random(0))[0] == [GARBAGE]
