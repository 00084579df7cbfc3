"""Each kind of tests is registered under its name in the contract, and prepares its tests from the worker's message."""

import json

import pytest

from clients.contract import IoTest, Isolation, Limits, OnTimeout, State, Suite, TestKind
from services.executor.sandbox import Rules
from services.executor.sandbox.guest.checker.kinds.registry import KINDS
from services.executor.sandbox.scheduler.messages import suite_line

RULES = Rules(Limits(), State.SHARED, OnTimeout.CONTINUE)


def prepared(suite: Suite):
    """Return the tests that a checker prepares from a suite."""
    message = json.loads(suite_line(suite, RULES))[1]
    return KINDS[message["kind"]](message)


def test_the_kinds_are_those_of_the_contract_and_those_that_a_property_of_the_suite_puts_in_their_place():
    assert set(KINDS) == {*(kind.value for kind in TestKind), Isolation.SAME_PROCESS.value, "checker_program"}


@pytest.mark.parametrize(
    ("suite", "size", "invalid"),
    [
        (Suite(id="s", asserts=["assert f(1) == 2", "assert f("]), 2, [1]),
        (Suite(id="s", asserts=["assert f(1) == 2"] * 2, setup="import ("), 2, [0, 1]),
        (Suite(id="s", check="def check(candidate): assert candidate(1) == 2", entry_point="f"), 1, []),
        (Suite(id="s", check="def check(", entry_point="f"), 1, [0]),
        (Suite(id="s", asserts=["assert f(1) == 2", "assert f("], isolation="same_process"), 2, [1]),
        (Suite(id="s", asserts=["assert f(1)"], setup="import (", isolation="same_process"), 1, [0]),
        (Suite(id="s", check="def check(c): assert c(1)", entry_point="f", isolation="same_process"), 1, []),
        (Suite(id="s", check="def check(", entry_point="f", isolation="same_process"), 1, [0]),
        (Suite(id="s", io=[IoTest(stdin="1", stdout="2")] * 3), 3, []),
        (
            Suite(id="s", io=[IoTest(stdin="1", stdout="2")] * 3, checker="def check("),
            3,
            [],
        ),  # found when it loads
    ],
)
def test_a_kind_knows_its_size_and_its_invalid_tests(suite, size, invalid):
    tests = prepared(suite)
    assert tests.size == size
    assert list(tests.invalid) == invalid
    assert all(tests.invalid.values())
