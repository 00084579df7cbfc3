"""Scores of a reward model, which is a mock here: what is kept, and what a fault of the service means."""

from types import SimpleNamespace

import anyio
import pytest

from clients.contract.scoring import CandidateScore
from loop.steps.context import SilentProgress, StepError
from loop.steps.held_out import scoring
from loop.steps.held_out.sampling import HeldOutAnswers
from loop.steps.row_file import RowFile
from tests.support.scripted_models import questions

ANSWERS = [HeldOutAnswers(question, ["a", "b"]) for question in questions(train=0, held_out=3)]


@pytest.fixture
def asked(monkeypatch):
    """The prompts that the mock was asked to score; ``faulty`` ones get an error that another attempt may mend."""
    prompts: list[str] = []
    faulty: set[str] = set()

    class Model:
        def __init__(self, config) -> None:
            pass

        async def __aenter__(self):
            return self

        async def __aexit__(self, *_):
            pass

        async def score_groups(self, groups, *, deadline_s):
            (group,) = groups
            prompts.append(group["prompt"])
            fault = CandidateScore(error="out of memory", retryable=True)
            good = [CandidateScore(score=1.0), CandidateScore(error="too long")]
            scores = [fault, fault] if group["prompt"] in faulty else good
            return SimpleNamespace(groups=[SimpleNamespace(scores=scores)])

    monkeypatch.setattr(scoring, "AsyncRewardModel", Model)
    return SimpleNamespace(prompts=prompts, faulty=faulty)


def score(file: RowFile) -> dict[str, list[float | None]]:
    return anyio.run(scoring.score_answers, "http://rm", ANSWERS, file, SilentProgress())


def test_an_answer_that_cannot_be_scored_has_no_score_and_nothing_is_asked_twice(tmp_path, asked):
    file = RowFile(tmp_path / "scores.jsonl")
    assert score(file) == {answer.question.id: [1.0, None] for answer in ANSWERS}
    assert len(asked.prompts) == 3
    assert score(file) == {answer.question.id: [1.0, None] for answer in ANSWERS}
    assert len(asked.prompts) == 3


def test_a_fault_of_the_service_is_no_score_of_the_answer(tmp_path, asked):
    file = RowFile(tmp_path / "scores.jsonl")
    asked.faulty.add(ANSWERS[1].question.text)
    with pytest.raises(StepError, match="no score for 2 answers to question q1: out of memory"):
        score(file)
    assert "q1" not in file.ids()
