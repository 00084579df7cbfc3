"""Messages say what to do where a model's text was sent in the wrong way; outcomes stay as they are."""

import pytest

from clients import Suite
from clients.contract import Outcome, TestResult
from services.executor.worker.hints import CONTINUES, FENCED, NO_CODE, no_code, with_fence_hint

SUITE = Suite(id="s", asserts=["assert f(1) == 2", "assert f(2) == 3"])
WRONG = TestResult(outcome=Outcome.SYNTAX_ERROR, message="SyntaxError: invalid syntax (line 1)")
INVALID = TestResult(outcome=Outcome.INVALID_TEST, message="does not compile")


@pytest.mark.parametrize("fence", ["```python\n", "\n ```\n", "~~~\n"])
def test_a_program_in_a_fence_is_told_to_be_a_completion(fence):
    first, second = with_fence_hint([WRONG, INVALID], f"{fence}def f(x): return x + 1\n```")
    assert (first.outcome, first.message) == (Outcome.SYNTAX_ERROR, f"{WRONG.message}; {FENCED}")
    assert second is INVALID


def test_other_programs_keep_their_messages():
    assert with_fence_hint([WRONG], "def f(x) return x + 1  # ```") == [WRONG]


@pytest.mark.parametrize(
    ("completion", "message"),
    [("    return x + 1\n", CONTINUES), ("I cannot return it.", NO_CODE), ("", NO_CODE)],
)
def test_a_body_without_its_head_is_told_to_follow_its_prompt(completion, message):
    results = no_code(SUITE, completion)
    assert [result.message for result in results] == [message, message]
    assert {result.outcome for result in results} == {Outcome.SYNTAX_ERROR}
