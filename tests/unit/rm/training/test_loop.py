"""The loop learns, ends with the same weights however it was interrupted or divided, and stops when it must."""

import json
import os
import signal
from collections import Counter

import pytest
import torch

from services.rm.tokens.formats import Writer
from services.rm.training import state
from services.rm.training.batches import QuestionSize, assign_micro_batches, plan_steps
from services.rm.training.choices import Precision
from services.rm.training.examples import TokenLimits, make_examples
from services.rm.training.loop import TrainingError, TrainingLoop, make_accelerator
from services.rm.training.lora import add_adapters
from services.rm.training.losses import Objective
from services.rm.training.measures import pair_accuracy
from services.rm.training.model import load_base
from services.rm.training.options import Lora, TrainingOptions
from services.rm.training.questions import read_pair_files
from tests.compat import tiny


def data(path):
    found = read_pair_files([path], lambda _: None, Counter())
    return list(
        make_examples(found, Writer(tiny.tokenizer(), "chat"), TokenLimits(500, 258), print, Counter())
    )


def options(base, **more):
    return TrainingOptions(
        base=str(base), **{"lr": 3e-3, "batch_pairs": 9, "epochs": 2, "held_out": 0.0, **more}
    )


def loop(told, made, out):
    accelerator = make_accelerator(told, "cpu")
    base = load_base(told, accelerator.device)
    if told.lora:
        add_adapters(base.model.backbone, told.lora)
    return TrainingLoop(base.model, made, told, accelerator, out)


def weights(trained):
    return {name: tensor.clone() for name, tensor in trained.model.state_dict().items()}


def same(one, other):
    return all(torch.equal(one[name], other[name]) for name in one)


def untimed(told):
    return [{name: value for name, value in row.items() if name != "tokens_per_s"} for row in told]


def rows(out):
    return [json.loads(line) for line in (out / "metrics.jsonl").read_text().splitlines()]


def test_a_step_has_whole_questions_until_its_pairs_are_there():
    sizes = [QuestionSize(pairs, tokens) for pairs, tokens in [(3, 50), (1, 60), (4, 30), (2, 200), (6, 10)]]
    steps = plan_steps(sizes, pairs=5, tokens=100, epochs=2, seed=1)
    for epoch in (0, 1):
        own = [step for step in steps if step.epoch == epoch]
        assert sorted(at for step in own for at in step.questions) == [0, 1, 2, 3, 4]
        for step in own[:-1]:
            without_last = step.questions[:-1]
            assert (
                sum(sizes[at].pairs for at in step.questions)
                >= 5
                > sum(sizes[at].pairs for at in without_last)
            )
    for part in (part for step in steps for part in step.micro_batches):
        assert len(part) == 1 or sum(sizes[at].tokens for at in part) <= 100
    orders = [[at for step in steps if step.epoch == epoch for at in step.questions] for epoch in (0, 1)]
    assert orders[0] != orders[1]
    assert steps == plan_steps(sizes, pairs=5, tokens=100, epochs=2, seed=1)
    assert steps != plan_steps(sizes, pairs=5, tokens=100, epochs=2, seed=2)


def test_every_process_has_as_many_parts_and_each_part_counts_once():
    given = [(0,), (1, 2), (3,), (4,), (5,)]
    shares = [assign_micro_batches(given, rank, 3) for rank in range(3)]
    assert {len(each) for each in shares} == {2}
    assert sorted(part for each in shares for part, counts in each if counts) == given


@pytest.mark.parametrize("lora", [None, Lora(rank=4, alpha=8)])
def test_it_learns_and_its_metrics_are_kept(tmp_path, base_folder, pair_file, lora):
    made = data(pair_file())
    trained = loop(
        options(base_folder, lora=lora, epochs=4, lr=3e-3 if lora is None else 1e-2), made, tmp_path
    )
    before = trained.score(made)
    trained.run(made[:3], evaluate_every=2)
    told = rows(tmp_path)
    assert [row["step"] for row in told] == list(range(1, len(trained.steps) + 1))
    assert told[-1]["loss"] < told[0]["loss"] * 0.8
    assert ["held_out_accuracy" in row for row in told[:4]] == [False, True, False, True]
    assert pair_accuracy(made, trained.score(made)).share > 0.95
    assert pair_accuracy(made, before).share < 0.5
    assert list((tmp_path / "tensorboard").glob("events*"))
    # Warm-up to the full rate and down again.
    rates = [row["lr"] for row in told]
    assert rates.index(max(rates)) == 2
    assert rates[-1] < rates[2] / 5


@pytest.mark.parametrize("lora", [None, Lora(rank=4, alpha=8, dropout=0.5)])
def test_an_interrupted_training_ends_with_the_same_weights(tmp_path, base_folder, pair_file, lora):
    made, told = data(pair_file()), options(base_folder, lora=lora)
    (tmp_path / "whole").mkdir()
    whole = loop(told, made, tmp_path / "whole")
    whole.run()
    expected, expected_rows = weights(whole), rows(tmp_path / "whole")
    out = tmp_path / "cut"
    out.mkdir()

    def interrupt(done, total, row):
        if done == 3:
            os.kill(os.getpid(), signal.SIGINT)

    cut = loop(told, made, out)
    with pytest.raises(KeyboardInterrupt):
        cut.run(on_step=interrupt)
    assert state.latest(out).name == "step-00000003"
    assert not same(weights(cut), expected)
    again = loop(told, made, out)
    assert 0 < again.resume() < len(again.steps)
    again.run()
    assert same(weights(again), expected)
    assert untimed(rows(out)) == untimed(expected_rows)
    size = sum(path.stat().st_size for path in state.latest(out).glob("*.safetensors"))
    full = sum(t.numel() * 4 for t in expected.values())
    assert size < full / 2 if lora else size > full * 0.9


def test_rows_of_steps_that_are_done_again_are_not_there_twice(tmp_path, base_folder, pair_file):
    made, told = data(pair_file()), options(base_folder)
    first = loop(told, made, tmp_path)

    def fail(done, total, row):
        if done == 6:
            raise RuntimeError("the machine is gone")

    with pytest.raises(RuntimeError, match="gone"):
        first.run(save_every=4, on_step=fail)
    assert len(rows(tmp_path)) == 6
    again = loop(told, made, tmp_path)
    assert again.resume() == 4
    again.run()
    assert [row["step"] for row in rows(tmp_path)] == list(range(1, len(again.steps) + 1))


@pytest.mark.parametrize("tokens", [60, 10_000])
def test_parts_of_a_step_add_up(tmp_path, base_folder, pair_file, tokens):
    """Accumulated over many forward passes or done in one, a step is the same."""
    made = data(pair_file())
    found = []
    for budget in (tokens, 400):
        trained = loop(options(base_folder, tokens=budget, epochs=1, batch_pairs=100), made, tmp_path)
        assert len(trained.steps) == 1
        trained.run()
        found.append((weights(trained), rows(tmp_path)[-1]))
        (tmp_path / "metrics.jsonl").unlink()
    assert found[0][1]["loss"] == pytest.approx(found[1][1]["loss"], rel=1e-5)
    assert found[0][1]["gradient_norm"] == pytest.approx(found[1][1]["gradient_norm"], rel=1e-4)


@pytest.mark.parametrize("precision", [Precision.BF16, Precision.BF16_WEIGHTS])
def test_bf16_learns_too_and_the_head_stays_fp32(tmp_path, base_folder, pair_file, precision):
    made = data(pair_file())
    trained = loop(options(base_folder, precision=precision, epochs=4), made, tmp_path)
    assert trained.model.head.layers[0].weight.dtype is torch.float32
    assert (trained.model.backbone.dtype is torch.float32) is (precision is Precision.BF16)
    trained.run()
    assert pair_accuracy(made, trained.score(made)).share > 0.9


def test_a_loss_that_is_not_finite_ends_the_training(tmp_path, base_folder, pair_file):
    trained = loop(options(base_folder), data(pair_file()), tmp_path)
    trained.model.head.layers[0].weight.data.fill_(float("inf"))
    with pytest.raises(TrainingError, match=r"step 1: loss nan.*lower the learning rate"):
        trained.run()


def test_scores_of_groups_come_back_in_their_order(tmp_path, base_folder, pair_file):
    made = data(pair_file())
    trained = loop(options(base_folder, tokens=100), made, tmp_path)
    expected = [[trained.model([ids]).item() for ids in each.ids()] for each in made]
    for found, own in zip(trained.score(made), expected, strict=True):
        assert found == pytest.approx(own, abs=1e-5)


def test_options_that_make_no_sense():
    for wrong in ({"epochs": 0}, {"lr": 0.0}, {"held_out": 1.0}, {"objective": Objective(temperature=0)}):
        with pytest.raises(ValueError, match="give"):
            TrainingOptions(**wrong)
