"""The step ``world``: what it writes, what an interrupted run keeps, and questions of one's own.

The executor is a mock here: it is measured in the loop's own tests.
"""

import pytest

from loop.config import LoopConfig, SmallWorldOptions
from loop.folder import RunFolder
from loop.questions import Split
from loop.results import WorldResults
from loop.steps import world
from loop.steps.context import StepContext, StepError
from loop.world.making import write_questions

TINY = SmallWorldOptions(
    train_questions=4,
    held_out_questions=3,
    held_out_family_questions=2,
    hidden_size=32,
    layers=1,
    policy_tasks=9,
    solver_tasks=9,
)


@pytest.fixture
def context(tmp_path):
    return StepContext(RunFolder(tmp_path), LoopConfig(small_world=TINY, longest_answer=4, threads=1))


@pytest.fixture
def measured(monkeypatch):
    """Questions and answers of each measurement; every question's rate is a half."""
    calls = []

    def measure(sample, questions, *, n, temperature):
        calls.append(
            (questions, sample([question.text for question in questions], n=n, temperature=temperature))
        )
        return {question.id: 0.5 for question in questions}

    monkeypatch.setattr(world, "measure", measure)
    return calls


def test_it_writes_questions_policies_and_results(context, measured):
    world.run(context)
    folder = context.folder
    assert sum(1 for _ in folder.questions()) == 9
    results = folder.read_results("world", WorldResults)
    assert results.questions == {"train": 4, "held_out": 3, "held_out_family": 2}
    assert results.policy_parameters > 10_000
    assert {split: share.mean for split, share in results.pass_at_1.items()} == {
        "held_out": 0.5,
        "held_out_family": 0.5,
    }
    assert results.solver_pass_at_1.keys() == results.pass_at_1.keys()
    (questions, answers), _ = measured
    assert all(question.split is not Split.TRAIN for question in questions)
    assert [len(texts) for texts in answers] == [world.MEASURED_ANSWERS] * 5


def test_an_interrupted_run_keeps_the_policies_that_it_has(context, measured):
    world.make_policies(context, TINY)
    weights = context.folder.policy / "model.safetensors"
    before = weights.stat().st_mtime_ns
    (context.folder.solver / "model.safetensors").unlink()
    context.folder.solver.rename(context.folder.solver.with_name("elsewhere"))
    world.run(context)
    assert weights.stat().st_mtime_ns == before
    assert (context.folder.solver / "model.safetensors").exists()


def models(folder, name: str) -> dict[str, str]:
    url = "http://127.0.0.1:1/v1"
    return {
        "questions": str(folder / name), "policy": str(folder / "no-model"), "policy_url": url,
        "writer_url": url, "writer_model": "w", "solver_url": url, "solver_model": "s",
    }  # fmt: skip


def test_questions_of_ones_own_are_copied_and_nothing_is_sampled(tmp_path, measured):
    written = write_questions(tmp_path / "mine.jsonl", TINY, seed=0)
    config = LoopConfig.model_validate({"world": models(tmp_path, "mine.jsonl")})
    context = StepContext(RunFolder(tmp_path / "run"), config)
    context.folder.root.mkdir()
    world.run(context)
    assert list(context.folder.questions()) == written
    results = context.folder.read_results("world", WorldResults)
    assert (results.policy_name, results.pass_at_1, measured) == (str(tmp_path / "no-model"), {}, [])


def test_questions_that_cannot_be_read_are_named(tmp_path):
    config = LoopConfig.model_validate({"world": models(tmp_path, "none.jsonl")})
    with pytest.raises(StepError, match=r"world\.questions: .*none\.jsonl cannot be read"):
        world.run(StepContext(RunFolder(tmp_path), config))
