"""A field with the name that another API has for it is refused, and the message names ours."""

import pytest
from pydantic import ValidationError

from clients.contract import Candidate, ExecutionRequest, Limits, RewardPolicy, Suite
from clients.contract.validation_errors import field_errors, summarize_errors

SUITE = {"id": "s", "asserts": ["assert f() == 1"]}


def message(model, value):
    with pytest.raises(ValidationError) as error:
        model.model_validate(value)
    return {fault.field: fault.message for fault in field_errors(error.value)}


@pytest.mark.parametrize(
    ("model", "value", "field", "meant"),
    [
        (Candidate, {"suite": "s", "code": "x"}, "code", "'program', or 'completion' for a model's text"),
        (Suite, {"id": "s", "tests": ["assert f()"]}, "tests", "'asserts', 'io' or 'check'"),
        (Suite, {"id": "s", "io": [{"input": "1", "stdout": "2"}]}, "io[0].input", "'stdin'"),
        (Limits, {"timeout": 3}, "timeout", "'cpu_s'"),
        (ExecutionRequest, {"suites": [SUITE], "candidates": [], "cpu_s": 3}, "cpu_s", "'limits.cpu_s'"),
        (ExecutionRequest, {"suites": [SUITE], "candidates": [], "timeout": 3}, "timeout", "'limits.cpu_s'"),
        (
            ExecutionRequest,
            {"suites": [SUITE], "candidates": [{"suite": "s", "response": "x"}]},
            "candidates[0].response",
            "'completion'",
        ),
        (
            ExecutionRequest,
            {"suites": [{"id": "s", "io": [{"stdin": "1", "output": "2"}]}], "candidates": []},
            "suites[0].io[0].output",
            "'stdout'",
        ),
        (
            ExecutionRequest,
            {"suites": [SUITE], "candidates": [], "limits": {"memory_mb": 512}},
            "limits.memory_mb",
            "'memory_bytes'",
        ),
    ],
)
def test_an_unknown_field_says_which_is_meant(model, value, field, meant):
    assert message(model, value)[field] == (
        f"unknown field; remove it or correct its name; perhaps {meant} is meant"
    )


def test_a_field_that_means_nothing_here_gets_no_hint():
    assert message(Candidate, {"suite": "s", "program": "x", "colour": 1})["colour"].endswith("its name")
    assert message(RewardPolicy, {"timeout": 1})["timeout"].endswith("its name")


def test_a_reward_may_be_the_name_of_its_rule():
    """As in Python, so by curl."""
    request = {"suites": [SUITE], "candidates": []}
    by_name = ExecutionRequest.model_validate({**request, "reward": "binary"})
    assert by_name.reward == RewardPolicy(kind="binary")
    assert ExecutionRequest.model_validate_json(by_name.model_dump_json()) == by_name
    assert message(ExecutionRequest, {**request, "reward": "best"}).keys() == {"reward.kind"}


def test_a_file_that_is_not_base64_is_named_with_the_way_to_encode_it():
    test = {"stdin": "", "stdout": "2", "files": {"ok.txt": "aGk=", "a.txt": "not base64!"}}
    faults = message(Suite, {"id": "s", "io": [test]})
    assert "the content of 'a.txt' is not base64 (" in faults["io[0].files"]
    assert faults["io[0].files"].endswith("give base64.b64encode(content).decode()")


def test_a_name_of_a_run_says_what_it_may_be():
    with pytest.raises(ValidationError) as error:
        ExecutionRequest.model_validate({"suites": [SUITE], "candidates": [], "run": "my run"})
    assert summarize_errors(error.value) == (
        "run: should be up to 200 letters, digits and signs of ASCII without blanks, the first a letter or a digit; "
        "got 'my run'"
    )


def test_the_error_of_a_direct_call_has_the_same_explanation():
    with pytest.raises(ValidationError, match="Extra inputs") as error:
        Suite(id="s", io=[{"input": "1", "stdout": "2"}])
    assert error.value.__notes__ == [
        "io[0].input: unknown field; remove it or correct its name; perhaps 'stdin' is meant"
    ]
    assert Suite(id="s", asserts=["assert f()"]).id == "s"
