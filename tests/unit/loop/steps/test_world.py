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
from tests.compat import tiny

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


@pytest.fixture
def real(tmp_path, monkeypatch):
    """Makes the context of a run with models of one's own; no server is asked, and ``wrong`` programs fail."""

    def make(name: str, wrong: tuple[str, ...] = ()) -> StepContext:
        async def find(context, questions):
            return [{"id": one.id, "reason": "it fails"} for one in questions if one.id in wrong]

        monkeypatch.setattr(world, "check_servers", lambda _: None)
        monkeypatch.setattr(world, "find_wrong_programs", find)
        url = "http://127.0.0.1:1/v1"
        policy = tmp_path / "policy"
        if not policy.exists():
            tiny.config().save_pretrained(policy)
        models = {
            "questions": str(tmp_path / name), "policy": str(policy), "policy_url": url, "writer_url": url,
            "writer_model": "w", "solver_url": url, "solver_model": "s",
        }  # fmt: skip
        (tmp_path / "run").mkdir(exist_ok=True)
        return StepContext(RunFolder(tmp_path / "run"), LoopConfig.model_validate({"world": models}))

    return make


def test_questions_of_ones_own_are_copied_and_nothing_is_sampled(tmp_path, measured, real):
    written = write_questions(tmp_path / "mine.jsonl", TINY, seed=0)
    context = real("mine.jsonl")
    world.run(context)
    assert list(context.folder.questions()) == written
    results = context.folder.read_results("world", WorldResults)
    assert (results.policy_name, results.pass_at_1, measured) == (str(tmp_path / "policy"), {}, [])
    assert results.policy_parameters > 10_000


def test_a_question_whose_program_fails_its_own_test_is_left_out(tmp_path, real):
    written = write_questions(tmp_path / "mine.jsonl", TINY, seed=0)
    context = real("mine.jsonl", wrong=(written[0].id,))
    for _ in range(2):  # an interrupted step runs again
        world.run(context)
    assert list(context.folder.questions()) == written[1:]
    results = context.folder.read_results("world", WorldResults)
    assert (results.questions_left_out, results.questions["train"]) == (1, 3)
    assert len((context.folder.root / "world" / "left_out.jsonl").read_text().splitlines()) == 1


def test_a_run_in_which_too_little_is_left_does_not_begin(tmp_path, real):
    written = write_questions(tmp_path / "mine.jsonl", TINY, seed=0)
    held_out = tuple(one.id for one in written if one.split is not Split.TRAIN)
    with pytest.raises(StepError, match=r"no question has the split 'held_out'.*5 were left out"):
        world.run(real("mine.jsonl", wrong=held_out))


def test_questions_that_cannot_be_read_are_named(real):
    with pytest.raises(StepError, match=r"world\.questions: .*none\.jsonl cannot be read"):
        world.run(real("none.jsonl"))


def test_a_policy_that_is_not_there_is_named(tmp_path, real):
    context = real("mine.jsonl")
    (tmp_path / "policy" / "config.json").unlink()
    with pytest.raises(StepError, match=r"world\.policy: .*is no folder of a model"):
        world.run(context)
