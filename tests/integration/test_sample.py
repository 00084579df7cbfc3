"""Every program of the bundled sample gets the verdict that its author wrote beside it."""

import pytest

from clients import Executor, Outcome
from examples import sample


@pytest.fixture(scope="module")
def results(stack):
    """All programs of all problems, judged in one request as the demo does."""
    problems = sample.load()
    programs = [program.candidate for problem in problems for program in problem.programs]
    with Executor(stack.url) as executor:
        judged = executor.execute(programs, [problem.suite for problem in problems], limits=sample.LIMITS)
    return {result.id: result for result in judged.results}


@pytest.mark.parametrize("problem", sample.load(), ids=lambda problem: problem.suite.id)
def test_the_labels_of_a_problem_hold(results, problem):
    passes = {
        program.candidate.id: sum(
            test.outcome is Outcome.PASSED for test in results[program.candidate.id].tests
        )
        for program in problem.programs
    }
    assert passes == {program.candidate.id: program.passes for program in problem.programs}
    assert all(results[name].reason is None for name in passes)
