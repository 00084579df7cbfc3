"""TRL's RewardTrainer and OpenRLHF's loader on what we wrote, and TRL's loss beside ours: the same tokens, scores,
loss and gradient. TRL forwards both answers of every pair, padded; we forward every answer once.
"""

import sys
from collections import Counter
from importlib.machinery import ModuleSpec
from types import ModuleType

import pytest

from tests.compat import tiny

PAIRS = [("a much longer answer", "b", 0.5), ("a much longer answer", "cc", 0.75), ("b", "cc", 0.25)]
END = 256
ABSENT = """
    deepspeed deepspeed.utils deepspeed.utils.tensor_fragment deepspeed.runtime deepspeed.runtime.zero
    deepspeed.runtime.zero.partition_parameters deepspeed.accelerator peft peft.tuners peft.tuners.lora
    flash_attn flash_attn.bert_padding flash_attn.utils flash_attn.utils.distributed
""".split()
"""What OpenRLHF's model module imports, and loading a model on the CPU does not use."""


@pytest.fixture
def trl(needs):
    needs("trl", "torch", "transformers", "datasets", "accelerate")
    import trl

    return trl


def rows():
    """Two questions of three pairs each, as ``acecoder pairs --for trl`` writes them."""
    from clients.contract import PreferencePair
    from clients.pairs import PairForm, row_of

    made = [
        PreferencePair(question=f"q{n}", prompt=f"Question {n}?", chosen=c, rejected=r, margin=margin)
        for n in range(2)
        for c, r, margin in PAIRS
    ]
    return [row_of(pair, PairForm.TRL, at) for at, pair in enumerate(made)]


@pytest.fixture
def model_folder(tmp_path):
    """A model in the classification layout, and the scorer that it was written from."""
    import torch
    from transformers import Qwen2Model, set_seed

    from services.rm.engine.head import Head
    from services.rm.training.choices import Layout
    from services.rm.training.export import export
    from services.rm.training.model import prepare
    from services.rm.training.options import TrainingOptions

    set_seed(0)
    head = Head.fresh(32, torch.Generator().manual_seed(0), bias=False)
    scorer, sharing = prepare(Qwen2Model(tiny.config()), head, TrainingOptions())
    assert sharing == "spans"
    folder = tmp_path / "model"
    export(scorer.backbone, head, tiny.tokenizer(), folder, Layout.CLASSIFICATION, last_token=END)
    return folder, scorer


def empty(name):
    """A module in which every name is there."""

    def any_name(wanted):
        if wanted.startswith("__"):
            raise AttributeError(wanted)
        return object

    module = ModuleType(name)
    module.__path__ = []
    module.__spec__ = ModuleSpec(name, None)
    module.__getattr__ = any_name
    return module


def trainer_of(trl, folder, out, **more):
    from datasets import Dataset

    arguments = {
        "output_dir": str(out),
        "use_cpu": True,
        "bf16": False,
        "report_to": [],
        "disable_tqdm": True,
    }
    return trl.RewardTrainer(
        model=str(folder),
        args=trl.RewardConfig(**arguments, per_device_train_batch_size=len(PAIRS) * 2, **more),
        train_dataset=Dataset.from_list(rows()),
    )


def ours(tmp_path):
    """The same rows as our trainer reads them."""
    import json

    from services.rm.tokens.formats import Writer
    from services.rm.training.examples import TokenLimits, make_examples
    from services.rm.training.questions import read_pair_files

    path = tmp_path / "pairs.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows()))
    found = read_pair_files([path], print, Counter())
    return list(
        make_examples(found, Writer(tiny.tokenizer(), "chat"), TokenLimits(1000, 258), print, Counter())
    )


def named(model, prefix):
    return {
        name.removeprefix(prefix): parameter.grad
        for name, parameter in model.named_parameters()
        if name.startswith(prefix) and parameter.grad is not None
    }


@pytest.mark.parametrize("centering", [0.0, 0.01])
def test_the_same_loss_and_gradient_as_trls(trl, model_folder, tmp_path, centering):
    import torch

    from services.rm.training.choices import Loss
    from services.rm.training.losses import Objective

    folder, scorer = model_folder
    trainer = trainer_of(trl, folder, tmp_path / "out", center_rewards_coefficient=centering or None)
    made = ours(tmp_path)
    theirs = [(row["chosen_ids"], row["rejected_ids"]) for row in trainer.train_dataset]
    assert [
        (list(e.sequences[p.chosen]), list(e.sequences[p.rejected])) for e in made for p in e.pairs
    ] == theirs

    batch = trainer.data_collator([trainer.train_dataset[at] for at in range(len(theirs))])
    assert "margin" in batch
    expected = trainer.compute_loss(trainer.model, batch)
    expected.backward()
    objective = Objective(Loss.MARGIN, margin=1.0, centering=centering)
    scores = scorer.scores([ids for example in made for ids in example.ids()], 10_000)
    found = objective.total(scores, objective.compare(made)) / objective.units(made)
    found.backward()
    assert found.item() == pytest.approx(expected.item(), rel=1e-5)
    of_theirs = named(trainer.model, "model.")
    of_ours = named(scorer.backbone, "")
    assert of_theirs.keys() == of_ours.keys()
    for name, gradient in of_theirs.items():
        assert torch.allclose(of_ours[name], gradient, atol=1e-6, rtol=1e-4), name


def test_trl_loads_our_model_with_its_scores(trl, model_folder, tmp_path):
    import torch

    folder, scorer = model_folder
    trainer = trainer_of(trl, folder, tmp_path / "out")
    batch = trainer.data_collator([trainer.train_dataset[at] for at in range(len(PAIRS) * 2)])
    with torch.no_grad():
        theirs = trainer.model(input_ids=batch["input_ids"], attention_mask=batch["attention_mask"]).logits[
            :, 0
        ]
        lengths = batch["attention_mask"].sum(1)
        alone = [
            tuple(ids[:length].tolist()) for ids, length in zip(batch["input_ids"], lengths, strict=True)
        ]
        own = {ids: scorer.scores([ids], 1000)[0] for ids in set(alone)}
    assert torch.allclose(theirs, torch.stack([own[ids] for ids in alone]), atol=1e-5)


def test_trl_goes_on_training_it(trl, model_folder, tmp_path):
    folder, _ = model_folder
    trainer = trainer_of(trl, folder, tmp_path / "out", max_steps=2, save_strategy="no", logging_steps=1)
    before = tiny.weights(trainer.model)
    trainer.train()
    assert any(
        float((new - old).abs().max()) > 0
        for new, old in zip(tiny.weights(trainer.model), before, strict=True)
    )


def test_openrlhfs_loader_gives_our_scores(needs, model_folder, monkeypatch):
    """Its own code builds the model. What it imports beside and does not use here stands empty: deepspeed and flash
    attention want a GPU's compiler.
    """
    needs("openrlhf", "torch", "transformers")
    import torch

    for name in ABSENT:
        if name not in sys.modules:
            monkeypatch.setitem(sys.modules, name, empty(name))
    from openrlhf.models.model import get_llm_for_sequence_regression

    folder, scorer = model_folder
    model = get_llm_for_sequence_regression(
        str(folder), "reward", param_dtype="bf16", attn_implementation="eager"
    ).float()
    sequences = [(1, 2, 3, END), (1, 2, 5, 6, 7, END)]
    with torch.no_grad():
        found = [
            model(input_ids=torch.tensor([ids]), attention_mask=torch.ones(1, len(ids), dtype=torch.long))
            for ids in sequences
        ]
        # It loads in bf16 alone, the head too.
        scorer.backbone.bfloat16().float()
        scorer.head.bfloat16().float()
        expected = scorer.scores(sequences, 1000)
    assert torch.allclose(torch.cat([each.reshape(1) for each in found]), expected, atol=1e-5)
