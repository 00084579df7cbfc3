"""Problems and programs are read out of replies of several shapes; what is not there is empty."""

import json

import pytest

from services.synth.io_problems.replies import WrittenPrograms, read_problem, read_programs

PROBLEM = {
    "question": "Print the sum.",
    "examples": [{"input": "1 2", "output": "3\n"}, {"input": 1, "output": "2"}, "none"],
    "needs_checker": True,
    "reason": "any order",
}
TEXT = json.dumps(PROBLEM)


@pytest.mark.parametrize(
    "reply",
    [
        TEXT,
        f"Let me think { {1} } first.\n```json\n{TEXT}\n```\nDone.",
        f"I think so.\n{TEXT}\nThat is all.",
        TEXT.replace("\\n", "\n"),
        TEXT.replace('"reason"', "'reason'"),
        TEXT[:-1] + ",}",
        TEXT.replace("true", '"yes"'),
    ],
)
def test_a_problem_is_read(reply):
    problem = read_problem(reply)
    assert (problem.question, problem.needs_checker, problem.reason) == ("Print the sum.", True, "any order")
    assert [(example.stdin, example.stdout) for example in problem.examples] == [("1 2\n", "3\n")]


@pytest.mark.parametrize("reply", ["", "no JSON", "[1]", '{"examples": []}', '{"question": " "}', "{"])
def test_a_reply_without_a_question_is_none(reply):
    assert read_problem(reply) is None


VALIDATOR = "def validate_input(text: str) -> bool:\n    return text == '1'"
GENERATORS = "def generate_small(rng):\n    return '1'"
CHECKER = "def check(input, output, expected):\n    return output == '1'"


def test_programs_are_told_apart_by_their_functions():
    reply = f"First.\n```python\n{CHECKER}\n```\nThen\n```\n{VALIDATOR}\n```\n```py\n{GENERATORS}\n```"
    assert read_programs(reply) == WrittenPrograms(VALIDATOR, GENERATORS, CHECKER)
    both = f"{VALIDATOR}\n\n{GENERATORS}"
    assert read_programs(f"```python\n{both}\n```") == WrittenPrograms(both, both, "")


def test_a_correction_replaces_what_came_before_and_a_cut_off_fence_is_read():
    later = VALIDATOR.replace("'1'", "'2'")
    reply = f"```python\n{VALIDATOR}\n```\nNo:\n```python\n{later}\n```\n```python\n{GENERATORS}"
    assert read_programs(reply) == WrittenPrograms(later, GENERATORS, "")


def test_what_is_no_python_is_left_out():
    reply = f"```json\n{VALIDATOR}\n```\n```python\ndef check(:\n```\n```cpp\n{CHECKER}\n```"
    assert read_programs(reply) == WrittenPrograms()


@pytest.mark.parametrize(
    "reply",
    ["```" + " " * 199_000 + "x", '{"question": ' + "[" * 20_000, '{"examples": ' + '"a" "b' * 30_000],
)
def test_a_hostile_reply_ends_within_seconds_and_has_no_question(reply):
    assert read_problem(reply) is None
    assert read_programs(reply) == WrittenPrograms()
