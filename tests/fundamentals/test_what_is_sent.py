"""What is sent to the service: suites of tests, and candidates that name their suite."""

import pytest
from pydantic import ValidationError

from clients import Candidate, ExecutionRequest, IoTest, Suite


def test_candidates_of_one_problem_carry_its_tests_once():
    suite = Suite(id="double", asserts=["assert double(2) == 4", "assert double(0) == 0"])
    programs = ["def double(x): return x + x", "def double(x): return x * x"]
    request = ExecutionRequest(
        suites=[suite], candidates=[Candidate(suite="double", program=each) for each in programs]
    )
    assert request.model_dump_json().count("assert double(2) == 4") == 1


def test_a_suite_is_asserts_or_input_and_output_or_a_check():
    Suite(id="a", asserts=["assert f(1) == 2"])
    Suite(id="b", io=[IoTest(stdin="1\n", stdout="2\n")])
    Suite(id="c", check="def check(candidate):\n    assert candidate(1) == 2", entry_point="f")
    with pytest.raises(ValidationError, match="exactly one of 'asserts', 'io', 'check'"):
        Suite(id="d")


def test_a_candidate_is_a_program_or_a_completion():
    with pytest.raises(ValidationError, match="exactly one of 'program' and 'completion'"):
        Candidate(suite="a", program="x = 1", completion="x = 1")


def test_a_misspelt_option_is_an_error_and_not_a_silent_default():
    with pytest.raises(ValidationError, match="limit"):
        ExecutionRequest(suites=[Suite(id="a", asserts=["assert f()"])], candidates=[], limit={"cpu_s": 1})


def test_a_candidate_must_name_a_suite_that_is_there():
    with pytest.raises(ValidationError, match=r"candidates\[0\]: suite 'b' is not among 'suites'"):
        ExecutionRequest(
            suites=[Suite(id="a", asserts=["assert f()"])], candidates=[Candidate(suite="b", program="")]
        )
