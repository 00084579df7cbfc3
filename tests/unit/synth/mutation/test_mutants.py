"""Mutants are valid programs that differ from the program, and the same ones each time."""

import ast
import random
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from examples import sample
from services.synth.mutation.mutants import mutants_of
from services.synth.mutation.operators import OPERATORS

PROGRAMS = [
    entry.candidate.program
    for problem in sample.load()
    for entry in problem.programs
    if entry.kind == "right" and entry.candidate.program
]
MANY = '''
def f(items: list[int], limit=3):
    """Doc."""
    total = 0
    for i in range(1, len(items)):
        if items[i] > limit and not items[i] == 7:
            total += items[i] * 2 - 1
        elif i in (1, 2):
            continue
        else:
            items.append(pow(i, 2, 5))
            break
    return max(items[1:4], default="none") if total else sorted(items, reverse=True)
'''


@given(st.sampled_from(PROGRAMS), st.integers(1, 30), st.integers())
@settings(max_examples=60, deadline=None)
def test_mutants_parse_differ_and_repeat(program, limit, seed):
    mutants = mutants_of(program, limit, random.Random(seed))
    texts = [mutant.program for mutant in mutants]
    assert len(set(texts)) == len(texts) <= limit
    original = ast.dump(ast.parse(program))
    for text in texts:
        assert ast.dump(ast.parse(text)) != original
    assert mutants == mutants_of(program, limit, random.Random(seed))


def test_each_operator_finds_its_places_and_they_take_turns():
    by_operator = Counter(mutant.operator for mutant in mutants_of(MANY, 1000, random.Random(0)))
    assert set(by_operator) == set(OPERATORS)
    first = mutants_of(MANY, len(OPERATORS), random.Random(0))
    assert len({mutant.operator for mutant in first}) == len(OPERATORS)


def test_docstrings_and_annotations_are_left_alone():
    (mutant,) = mutants_of('def f(x: "int") -> "int":\n    """Doc."""\n    return x\n', 9, random.Random(0))
    assert mutant.program == 'def f(x: \'int\') -> \'int\':\n    """Doc."""\n    return None'


@pytest.mark.parametrize(
    ("line", "mutants"),
    [
        ("a < b", {"a <= b", "a > b"}),
        ("a + b", {"a - b"}),
        ("a - b", {"a + b", "b - a"}),
        ("a and b", {"a or b", "a", "b"}),
        ("-a", {"a"}),
        ("min(a, b)", {"max(a, b)", "min(b, a)"}),
        ("a[1:]", {"a[:]", "a[1 + 1:]", "a[2:]", "a[0:]"}),
        ("a if b else c", {"a", "c", "a if not b else c"}),
        ("True", {"False"}),
        ("''", {"'x'"}),
    ],
)
def test_what_an_expression_becomes(line, mutants):
    assert {mutant.program for mutant in mutants_of(f"x = {line}", 99, random.Random(0))} == {
        f"x = {text}" for text in mutants
    }


def test_a_program_that_does_not_parse_has_no_mutants():
    assert mutants_of("def f(:", 5, random.Random(0)) == []
