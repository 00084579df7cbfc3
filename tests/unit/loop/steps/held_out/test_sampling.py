"""Answers of a policy behind a server, which here is scripted: the same question and seed have the same answer."""

from pathlib import Path

import pytest

from loop.config import LoopConfig
from loop.folder import RunFolder
from loop.steps.context import SilentProgress, StepContext, StepError
from loop.steps.held_out import sampling
from loop.steps.held_out.sampling import sample_held_out
from tests.support.scripted_models import questions, serve_models

ROWS = questions(train=0, held_out=3)


def config_of(url: str, per_request: int) -> LoopConfig:
    world = {
        "questions": "q.jsonl", "policy": "policy", "policy_url": url, "completions_per_request": per_request,
        "writer_url": url, "writer_model": "writer", "solver_url": url, "solver_model": "solver",
    }  # fmt: skip
    return LoopConfig.model_validate({"world": world, "best_of_n": {"samples": 5}})


def completions(root: Path, url: str, per_request: int) -> list[list[str]]:
    answers = sample_held_out(StepContext(RunFolder(root), config_of(url, per_request)), ROWS)
    assert [answer.question for answer in answers] == ROWS
    return [list(answer.completions) for answer in answers]


def test_a_server_with_few_slots_is_asked_in_several_requests_for_the_same_answers(tmp_path: Path) -> None:
    with serve_models(ROWS) as url:
        whole, in_parts = completions(tmp_path / "whole", url, 8), completions(tmp_path / "parts", url, 2)
    assert [len(texts) for texts in in_parts] == [6, 6, 6], "the greedy answer and five samples"
    assert len(set(in_parts[0])) > 1
    assert in_parts == whole


def test_a_server_that_is_away_is_named_and_finished_questions_are_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sampling, "RETRIES", 0)
    with serve_models(ROWS) as url:
        config = config_of(url, 8)
        sample_held_out(StepContext(RunFolder(tmp_path), config), ROWS[:1])
    with pytest.raises(StepError, match=r"world\.policy_url: .* does not answer"):
        sample_held_out(StepContext(RunFolder(tmp_path), config), ROWS)
    (answer,) = sample_held_out(StepContext(RunFolder(tmp_path), config), ROWS[:1])
    assert answer.question == ROWS[0], "from the file: the server is away"


def test_each_question_is_counted_when_it_is_finished(tmp_path: Path) -> None:
    counts = []

    class Progress(SilentProgress):
        def count(self, done: int, total: int, noun: str = "") -> None:
            counts.append((done, total))

    with serve_models(ROWS) as url:
        sample_held_out(StepContext(RunFolder(tmp_path), config_of(url, 8), Progress()), ROWS)
    assert counts == [(0, 3), (1, 3), (2, 3), (3, 3)]
