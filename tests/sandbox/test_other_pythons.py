"""Verdicts of the bundled sample are the same on each Python of this machine, hostile programs included."""

import pytest

from examples import sample
from services.executor.sandbox import Rules
from services.executor.sandbox.environment import BackendName, EnvironmentSpec
from services.executor.sandbox.factory import open_sandbox
from tests.conftest import FIRST_SLOT
from tests.support.pythons import OWN_VERSION, VERSIONS, other_pythons

QUICK = frozenset({"right", "wrong", "crash", "syntax", "hostile"})


@pytest.fixture(scope="module", params=[version for version in VERSIONS if version != OWN_VERSION])
def sandbox(request):
    python = other_pythons().get(request.param)
    if python is None:
        pytest.skip(f"no Python {request.param} on this machine")
    environment = EnvironmentSpec("base", python=python)
    sandbox = open_sandbox(BackendName.NSJAIL, environment, slot=FIRST_SLOT + 22)
    try:
        sandbox.start()
        yield sandbox
    finally:
        sandbox.close()


def test_programs_of_the_sample_pass_the_tests_that_they_are_known_to_pass(sandbox):
    passed, known = {}, {}
    for problem in sample.load():
        # Without completions, which the API process extracts programs from.
        programs = [
            one for one in problem.programs if one.kind in QUICK and one.candidate.program is not None
        ]
        known |= {one.candidate.id: one.passes for one in programs}
        texts = [one.candidate.program for one in programs]
        for judgement in sandbox.judge(problem.suite, texts, Rules(limits=sample.LIMITS)):
            passed[programs[judgement.index].candidate.id] = sum(
                t.outcome == "passed" for t in judgement.tests
            )
    assert passed == known
