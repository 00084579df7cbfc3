"""A canary has one expected value changed, to another of the same type; what cannot be changed is left alone."""

import ast
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clients.contract import (
    IoTest,
    Outcome,
    ProgramRole,
    Question,
    Seed,
    Suite,
    SynthProgram,
    SynthRow,
    SynthTest,
    TestDrop,
)
from services.synth.curation.canary import canary_of, canary_suite, change, flip

CONSTANTS = st.recursive(
    st.booleans() | st.integers() | st.text(max_size=5) | st.floats(-1e6, 1e6),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=6,
)


def flipped(source, seed=0):
    test = flip(SynthTest(source=source), random.Random(seed))
    return test and test.source


@given(CONSTANTS, st.integers(0, 100))
def test_the_changed_value_differs_and_keeps_its_type(value, seed):
    changed = change(value, random.Random(seed))
    assert changed != value
    assert type(changed) is type(value)


@given(CONSTANTS)
def test_a_flipped_test_still_parses_and_calls_the_same(value):
    source = flipped(f"assert f(1, 'x') == {value!r}")
    comparison = ast.parse(source).body[0].test
    assert ast.unparse(comparison.left) == "f(1, 'x')"
    assert ast.literal_eval(comparison.comparators[0]) != value


def test_the_constant_may_be_on_the_left():
    assert flipped("assert True == f(2)") == "assert False == f(2)"


@pytest.mark.parametrize(
    "source",
    [
        "assert f(1)",
        "assert f(1) != 2",
        "assert f(1) == g(1)",
        "assert 1 == 1",
        "assert f(1) == None",
        "assert (",
        "",
    ],
)
def test_a_test_without_an_expected_constant_has_no_canary(source):
    assert flipped(source) is None


def test_an_io_test_expects_another_output():
    test = flip(SynthTest(io=IoTest(stdin="1", stdout="3 apples\n")), random.Random(1))
    assert test.io.stdin == "1"
    assert test.io.stdout != "3 apples\n"
    assert flip(SynthTest(io=IoTest(stdin="1", stdout="")), random.Random(1)) is None


def test_a_canary_suite_replaces_one_test_and_says_so():
    suite = Suite(id="q", asserts=["assert f(1) == 1", "assert f(2) == 2"], entry_point="f")
    canary = canary_suite(suite, 1, SynthTest(source="assert f(2) == 3"))
    assert (canary.id, canary.asserts) == ("q:canary", ["assert f(1) == 1", "assert f(2) == 3"])
    assert canary.entry_point == "f"


def row_with(*outcomes):
    programs = [
        SynthProgram(
            role=ProgramRole.SAMPLE,
            model="m",
            completion="",
            program="",
            outcomes=[Outcome.PASSED if sign == "1" else Outcome.WRONG_ANSWER for sign in signs],
        )
        for signs in outcomes
    ]
    tests = [SynthTest(source=f"assert f({n}) == {n}") for n in range(3)]
    tests[0] = tests[0].model_copy(update={"dropped": TestDrop.REJECTED})
    return SynthRow(
        seed=Seed(id="q"), question=Question(text="", entry_point="f"), tests=tests, programs=programs
    )


def test_a_canary_is_made_of_the_kept_tests_of_a_row():
    canary = canary_of(row_with("111", "000"), random.Random(0))
    assert canary.id == "q:canary"
    assert len(canary.asserts) == 2
    assert canary.asserts != ["assert f(1) == 1", "assert f(2) == 2"]


def test_a_test_is_not_changed_if_a_program_may_pass_what_it_becomes():
    for seed in range(10):
        # fails test 2 alone: might return its canary
        canary = canary_of(row_with("111", "010"), random.Random(seed))
        assert canary.asserts[1] == "assert f(2) == 2"
    # no solver passes: its expected values are not settled
    assert canary_of(row_with("000"), random.Random(0)) is None
