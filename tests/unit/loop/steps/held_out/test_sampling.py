"""Answers of a policy behind a server, which here is scripted: the same question and seed have the same answer."""

from pathlib import Path

from loop.config import LoopConfig
from loop.folder import RunFolder
from loop.steps.context import StepContext
from loop.steps.held_out.sampling import sample_held_out
from tests.support.scripted_models import questions, serve_models

ROWS = questions(train=0, held_out=3)


def completions(root: Path, url: str, per_request: int) -> list[list[str]]:
    world = {
        "questions": "q.jsonl", "policy": "policy", "policy_url": url, "completions_per_request": per_request,
        "writer_url": url, "writer_model": "writer", "solver_url": url, "solver_model": "solver",
    }  # fmt: skip
    config = LoopConfig.model_validate({"world": world, "best_of_n": {"samples": 5}})
    answers = sample_held_out(StepContext(RunFolder(root), config), ROWS)
    assert [answer.question for answer in answers] == ROWS
    return [list(answer.completions) for answer in answers]


def test_a_server_with_few_slots_is_asked_in_several_requests_for_the_same_answers(tmp_path: Path) -> None:
    with serve_models(ROWS) as url:
        whole, in_parts = completions(tmp_path / "whole", url, 8), completions(tmp_path / "parts", url, 2)
    assert [len(texts) for texts in in_parts] == [6, 6, 6], "the greedy answer and five samples"
    assert len(set(in_parts[0])) > 1
    assert in_parts == whole
