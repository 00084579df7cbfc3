from clients.contract import CandidateResult, Outcome, Status, TestResult
from loop.steps.held_out.judging import PROGRAMS_AT_ONCE, ProgramsToJudge, _batches, _stored

ONE = {"id": "3", "suite": "q", "status": Status.JUDGED, "pass_rate": 1.0}


def verdict(**measured: float) -> CandidateResult:
    test = TestResult(outcome=Outcome.PASSED, cpu_s=measured.get("cpu_s", 0.0), message="0.2 s")
    return CandidateResult.model_validate({**ONE, "index": 3, "tests": [test.model_dump()], **measured})


def test_a_stored_verdict_has_nothing_that_differs_from_run_to_run() -> None:
    first = _stored(verdict(cpu_s=0.1, wait_s=0.2, run_s=0.3))
    assert first == _stored(verdict(cpu_s=0.4, wait_s=0.5, run_s=0.6))
    read = CandidateResult.model_validate(first)
    assert (read.pass_rate, read.tests[0].outcome) == (1.0, Outcome.PASSED)


def test_a_batch_holds_whole_groups_up_to_its_size() -> None:
    half = [ProgramsToJudge(str(at), "f", ["x"] * (PROGRAMS_AT_ONCE // 2), ["assert f()"]) for at in range(3)]
    large = ProgramsToJudge("large", "f", ["x"] * (PROGRAMS_AT_ONCE + 1), ["assert f()"])
    names = [[group.id for group in batch] for batch in _batches([*half, large])]
    assert names == [["0", "1"], ["2"], ["large"]]
    assert _batches([]) == []
