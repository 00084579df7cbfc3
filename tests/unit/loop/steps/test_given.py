"""What the user gives is checked before the work: servers, models, keys, right programs. The models are scripted."""

from contextlib import asynccontextmanager

import anyio
import pytest

from clients.contract import CandidateResult, Outcome, Status, TestResult, UnscorableReason
from loop.config import LoopConfig, RealModels
from loop.folder import RunFolder
from loop.steps import given
from loop.steps.context import StepContext, StepError
from tests.support.scripted_models import questions, serve_models

ROWS = questions(train=1, held_out=2)


def world(url: str, **changes: str) -> RealModels:
    values = {
        "questions": "q.jsonl", "policy": "policy", "policy_url": url, "writer_url": url, "writer_model": "writer",
        "solver_url": url, "solver_model": "solver",
    }  # fmt: skip
    return RealModels.model_validate({**values, **changes})


def test_servers_that_have_their_models_are_accepted() -> None:
    with serve_models(ROWS) as url:
        given.check_servers(world(url))


def test_a_model_that_a_server_does_not_have_is_named_with_those_that_it_has() -> None:
    with (
        serve_models(ROWS) as url,
        pytest.raises(StepError, match=r"world\.solver_model: .*'big'.* writer, solver"),
    ):
        given.check_servers(world(url, solver_model="big"))


def test_a_server_that_is_away_is_named() -> None:
    with pytest.raises(StepError, match=r"world\.writer_url: .*127\.0\.0\.1:9/v1 does not answer"):
        given.check_servers(world("http://127.0.0.1:9/v1"))


def test_a_key_is_read_from_its_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MY_KEY", "secret")
    assert (given.key_of("MY_KEY"), given.key_of("")) == ("secret", "none")
    monkeypatch.delenv("MY_KEY")
    with pytest.raises(StepError, match="MY_KEY holds no key"):
        given.key_of("MY_KEY")


def faults(tmp_path, monkeypatch: pytest.MonkeyPatch, results: list[CandidateResult]) -> list[dict[str, str]]:
    """Return what is wrong with the programs of questions whose verdicts are given; the executor is a mock."""

    async def judge(executor, groups, file, progress):
        return {group.id: [result] for group, result in zip(groups, results, strict=True)}

    @asynccontextmanager
    async def open_nothing(context):
        yield None

    monkeypatch.setattr(given, "judge_groups", judge)
    monkeypatch.setattr(given, "open_executor", open_nothing)
    context = StepContext(RunFolder(tmp_path), LoopConfig())
    return anyio.run(given.find_wrong_programs, context, ROWS)


def judged(*outcomes: Outcome) -> CandidateResult:
    tests = [TestResult(outcome=outcome) for outcome in outcomes]
    return CandidateResult(id="0", index=0, suite="q", status=Status.JUDGED, pass_rate=0.5, tests=tests)


def test_a_program_that_fails_its_own_test_is_named_with_the_test(tmp_path, monkeypatch) -> None:
    right = judged(*[Outcome.PASSED] * len(ROWS[0].tests))
    wrong = judged(Outcome.PASSED, Outcome.WRONG_ANSWER, *[Outcome.PASSED] * (len(ROWS[0].tests) - 2))
    (fault,) = faults(tmp_path, monkeypatch, [right, wrong, right])
    assert fault["id"] == "q1"
    assert fault["reason"] == f"its program does not pass its own test (wrong answer): {ROWS[1].tests[1]}"


def test_a_fault_of_the_executor_leaves_no_question_out(tmp_path, monkeypatch) -> None:
    lost = CandidateResult(
        id="0", index=0, suite="q", status=Status.UNSCORABLE, reason=UnscorableReason.WORKER_LOST
    )
    with pytest.raises(StepError, match="worker_lost"):
        faults(tmp_path, monkeypatch, [lost] * 3)
