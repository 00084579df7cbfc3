"""The sample is what the demo says it is: large enough, of every kind, with labels that can be true."""

from collections import Counter

import pytest

from clients.completions import extract
from clients.contract import Candidate, ExecutionRequest
from examples import sample
from examples.sample import LabelledProgram, SampleProblem

PROBLEMS = sample.load()
KINDS = {"right", "wrong", "slow", "too slow", "crash", "syntax", "hostile"}


def source(program: LabelledProgram, entry_point: str | None) -> str:
    candidate = program.candidate
    return candidate.program or extract(candidate.completion or "", entry_point).program


def passes_in_process(problem: SampleProblem, text: str) -> int:
    """What a run without any sandbox finds; only for programs known to be harmless and quick."""
    suite = problem.suite
    loaded: dict[str, object] = {"__name__": "program"}
    try:
        exec(compile(text, "program.py", "exec"), loaded)
    except Exception:
        return 0
    tests = suite.asserts or [f"{suite.check}\ncheck({suite.entry_point})"]
    passed = 0
    for test in tests:
        scope = dict(loaded)
        try:
            exec(compile(suite.setup + "\n" + test, "test.py", "exec"), scope)
        except Exception:
            continue
        passed += 1
    return passed


def test_it_is_large_enough_and_of_every_kind() -> None:
    assert len(PROBLEMS) >= 20
    assert all(len(problem.programs) >= 8 for problem in PROBLEMS)
    counts = Counter(program.kind for problem in PROBLEMS for program in problem.programs)
    assert set(counts) == KINDS
    assert counts["hostile"] >= 25


def test_every_problem_has_a_right_a_wrong_and_a_hostile_program() -> None:
    for problem in PROBLEMS:
        kinds = [program.kind for program in problem.programs]
        assert kinds.count("right") >= 2, problem.suite.id
        assert "wrong" in kinds, problem.suite.id
        assert "hostile" in kinds, problem.suite.id


def test_labels_agree_with_kinds() -> None:
    for problem in PROBLEMS:
        for program in problem.programs:
            full = program.passes == problem.suite.size
            assert 0 <= program.passes <= problem.suite.size
            assert full == (program.kind in {"right", "slow"}), program.candidate.id
            if program.kind in {"syntax", "hostile"}:
                assert program.passes == 0, program.candidate.id


def test_it_is_a_request_the_contract_accepts() -> None:
    candidates: list[Candidate] = [each.candidate for problem in PROBLEMS for each in problem.programs]
    request = ExecutionRequest(
        suites=[problem.suite for problem in PROBLEMS], candidates=candidates, limits=sample.LIMITS
    )
    assert len({candidate.id for candidate in request.candidates}) == len(candidates)
    assert any(candidate.completion is not None for candidate in request.candidates)


IN_PROCESS = [problem for problem in PROBLEMS if problem.suite.io is None]  # scripts are judged by the demo


@pytest.mark.parametrize("problem", IN_PROCESS, ids=lambda problem: problem.suite.id)
def test_labels_of_harmless_programs_hold_in_a_plain_run(problem: SampleProblem) -> None:
    for program in problem.programs:
        if program.kind in {"right", "wrong", "slow", "crash", "syntax"}:
            found = passes_in_process(problem, source(program, problem.suite.entry_point))
            assert found == program.passes, program.candidate.id
