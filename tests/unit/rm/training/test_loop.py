"""The training loop learns, ends with the same weights after an interruption or with other micro-batches, and stops."""

import json
import os
import signal
from collections import Counter

import pytest
import torch

from services.rm.tokens.formats import Writer
from services.rm.training import state
from services.rm.training.choices import Precision
from services.rm.training.examples import TokenLimits, make_examples
from services.rm.training.loop import TrainingError, TrainingLoop, make_accelerator
from services.rm.training.lora import add_adapters
from services.rm.training.measures import pair_accuracy
from services.rm.training.model import load_base
from services.rm.training.options import Lora, TrainingOptions
from services.rm.training.questions import read_pair_files
from tests.compat import tiny


def read_examples(path):
    questions = read_pair_files([path], lambda _: None, Counter())
    return list(
        make_examples(questions, Writer(tiny.tokenizer(), "chat"), TokenLimits(500, 258), print, Counter())
    )


def options(base, **more):
    return TrainingOptions(
        base=str(base), **{"lr": 3e-3, "batch_pairs": 9, "epochs": 2, "held_out": 0.0, **more}
    )


def make_loop(settings, examples, out):
    accelerator = make_accelerator(settings, "cpu")
    base = load_base(settings, accelerator.device)
    if settings.lora:
        add_adapters(base.model.backbone, settings.lora)
    return TrainingLoop(base.model, examples, settings, accelerator, out)


def weights(trained):
    return {name: tensor.clone() for name, tensor in trained.model.state_dict().items()}


def same(one, other):
    return all(torch.equal(one[name], other[name]) for name in one)


def without_speed(metrics):
    return [{name: value for name, value in row.items() if name != "tokens_per_s"} for row in metrics]


def rows(out):
    return [json.loads(line) for line in (out / "metrics.jsonl").read_text().splitlines()]


@pytest.mark.parametrize("lora", [None, Lora(rank=4, alpha=8)])
def test_it_learns_and_its_metrics_are_kept(tmp_path, base_folder, pair_file, lora):
    examples = read_examples(pair_file())
    trained = make_loop(
        options(base_folder, lora=lora, epochs=4, lr=3e-3 if lora is None else 1e-2), examples, tmp_path
    )
    before = trained.score(examples)
    trained.run(examples[:3], evaluate_every=2)
    metrics = rows(tmp_path)
    assert [row["step"] for row in metrics] == list(range(1, len(trained.steps) + 1))
    assert metrics[-1]["loss"] < metrics[0]["loss"] * 0.8
    assert ["held_out_accuracy" in row for row in metrics[:4]] == [False, True, False, True]
    assert pair_accuracy(examples, trained.score(examples)).share > 0.95
    assert pair_accuracy(examples, before).share < 0.5
    assert list((tmp_path / "tensorboard").glob("events*"))
    # Warm-up to the full rate and down again.
    rates = [row["lr"] for row in metrics]
    assert rates.index(max(rates)) == 2
    assert rates[-1] < rates[2] / 5


@pytest.mark.parametrize("lora", [None, Lora(rank=4, alpha=8, dropout=0.5)])
def test_an_interrupted_training_ends_with_the_same_weights(tmp_path, base_folder, pair_file, lora):
    examples, settings = read_examples(pair_file()), options(base_folder, lora=lora)
    (tmp_path / "whole").mkdir()
    whole = make_loop(settings, examples, tmp_path / "whole")
    whole.run()
    expected, expected_rows = weights(whole), rows(tmp_path / "whole")
    out = tmp_path / "cut"
    out.mkdir()

    def interrupt(done, total, row):
        if done == 3:
            os.kill(os.getpid(), signal.SIGINT)

    cut = make_loop(settings, examples, out)
    with pytest.raises(KeyboardInterrupt):
        cut.run(on_step=interrupt)
    assert state.latest(out).name == "step-00000003"
    assert not same(weights(cut), expected)
    resumed = make_loop(settings, examples, out)
    assert 0 < resumed.resume() < len(resumed.steps)
    resumed.run()
    assert same(weights(resumed), expected)
    assert without_speed(rows(out)) == without_speed(expected_rows)
    size = sum(path.stat().st_size for path in state.latest(out).glob("*.safetensors"))
    full = sum(t.numel() * 4 for t in expected.values())
    assert size < full / 2 if lora else size > full * 0.9


def test_rows_of_steps_that_are_done_again_are_not_there_twice(tmp_path, base_folder, pair_file):
    examples, settings = read_examples(pair_file()), options(base_folder)
    first = make_loop(settings, examples, tmp_path)

    def fail(done, total, row):
        if done == 6:
            raise RuntimeError("the machine is gone")

    with pytest.raises(RuntimeError, match="gone"):
        first.run(save_every=4, on_step=fail)
    assert len(rows(tmp_path)) == 6
    resumed = make_loop(settings, examples, tmp_path)
    assert resumed.resume() == 4
    resumed.run()
    assert [row["step"] for row in rows(tmp_path)] == list(range(1, len(resumed.steps) + 1))


@pytest.mark.parametrize("tokens", [60, 10_000])
def test_micro_batches_of_a_step_add_up(tmp_path, base_folder, pair_file, tokens):
    """Accumulated over many forward passes or done in one, a step is the same."""
    examples = read_examples(pair_file())
    results = []
    for budget in (tokens, 400):
        trained = make_loop(
            options(base_folder, tokens=budget, epochs=1, batch_pairs=100), examples, tmp_path
        )
        assert len(trained.steps) == 1
        trained.run()
        results.append((weights(trained), rows(tmp_path)[-1]))
        (tmp_path / "metrics.jsonl").unlink()
    assert results[0][1]["loss"] == pytest.approx(results[1][1]["loss"], rel=1e-5)
    assert results[0][1]["gradient_norm"] == pytest.approx(results[1][1]["gradient_norm"], rel=1e-4)


@pytest.mark.parametrize("precision", [Precision.BF16, Precision.BF16_WEIGHTS])
def test_bf16_learns_too_and_the_head_stays_fp32(tmp_path, base_folder, pair_file, precision):
    examples = read_examples(pair_file())
    trained = make_loop(options(base_folder, precision=precision, epochs=4), examples, tmp_path)
    assert trained.model.head.layers[0].weight.dtype is torch.float32
    assert (trained.model.backbone.dtype is torch.float32) is (precision is Precision.BF16)
    trained.run()
    assert pair_accuracy(examples, trained.score(examples)).share > 0.9


def test_a_loss_that_is_not_finite_ends_the_training(tmp_path, base_folder, pair_file):
    trained = make_loop(options(base_folder), read_examples(pair_file()), tmp_path)
    trained.model.head.layers[0].weight.data.fill_(float("inf"))
    with pytest.raises(TrainingError, match=r"step 1: loss nan.*lower the learning rate"):
        trained.run()


def test_scores_of_groups_come_back_in_their_order(tmp_path, base_folder, pair_file):
    examples = read_examples(pair_file())
    trained = make_loop(options(base_folder, tokens=100), examples, tmp_path)
    expected = [[trained.model([ids]).item() for ids in example.ids()] for example in examples]
    for scores, alone in zip(trained.score(examples), expected, strict=True):
        assert scores == pytest.approx(alone, abs=1e-5)


def test_with_head_only_every_answer_goes_through_the_base_once(
    tmp_path, base_folder, pair_file, monkeypatch
):
    examples = read_examples(pair_file())
    loop = make_loop(options(base_folder, head_only=True, epochs=6, lr=3e-2), examples, tmp_path)
    before, computed = weights(loop), []
    states = loop.model.scorer.states
    monkeypatch.setattr(
        type(loop.model.scorer),
        "states",
        lambda scorer, sequences, step: computed.extend(sequences) or states(sequences, step),
    )
    loop.run()
    after = weights(loop)
    assert {name for name in before if not torch.equal(before[name], after[name])} == {"head.layers.0.weight"}
    assert len(computed) == len(set(computed)) == len({ids for example in examples for ids in example.ids()})
    first, *_, last = rows(tmp_path)
    assert last["loss"] < first["loss"]


def test_frozen_layers_stay_as_they_are(tmp_path, base_folder, pair_file):
    loop = make_loop(options(base_folder, frozen_layers=1, epochs=1), read_examples(pair_file()), tmp_path)
    before = weights(loop)
    loop.run()
    changed = {name for name, tensor in weights(loop).items() if not torch.equal(before[name], tensor)}
    assert changed
    assert not [name for name in changed if (".layers.0." in name and "head" not in name) or "embed" in name]
    with pytest.raises(
        ValueError, match="freeze-layers=99: the base has 2 layers; give fewer, or --head-only"
    ):
        load_base(options(base_folder, frozen_layers=99), torch.device("cpu"))
    with pytest.raises(ValueError, match="exclude each other"):
        options(base_folder, frozen_layers=1, head_only=True)
