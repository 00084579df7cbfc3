"""A suite is refused, with what to do, where its fields contradict each other."""

import pytest
from pydantic import ValidationError

from clients.contract import Suite, TestKind, TestResult

CHECKER = "def check(input, output, expected): return output == expected"
IO = [{"stdin": "1", "stdout": "2"}]


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"asserts": ["assert f()"], "checker": CHECKER}, "give 'io', or leave it out"),
        (
            {"check": "def check(f): f()", "entry_point": "f", "checker": CHECKER},
            "give 'io', or leave it out",
        ),
        ({"io": IO, "checker": CHECKER, "comparison": {"mode": "tokens"}}, "give one of them"),
        ({"io": IO, "checker": CHECKER, "isolation": "same_process"}, "leave 'isolation' out"),
    ],
)
def test_a_checker_program_judges_io_tests_alone(fields, words):
    with pytest.raises(ValidationError, match=words):
        Suite(id="s", **fields)


def test_a_suite_with_a_checker_program_is_one_of_io_tests():
    suite = Suite(id="s", io=IO, checker=CHECKER)
    assert (suite.kind, suite.size) == (TestKind.IO, 1)
    assert Suite.model_validate_json(suite.model_dump_json()) == suite


def test_results_without_a_score_are_those_of_earlier_releases():
    assert TestResult.model_validate({"outcome": "passed"}).score is None
    assert "score" not in TestResult(outcome="passed").model_dump(exclude_none=True)


def test_the_mode_of_a_comparison_may_be_given_alone():
    suite = Suite(id="s", io=IO, comparison="tokens")
    assert suite == Suite(id="s", io=IO, comparison={"mode": "tokens"})
    with pytest.raises(ValidationError, match=r"comparison\.mode"):
        Suite(id="s", io=IO, comparison="token")
