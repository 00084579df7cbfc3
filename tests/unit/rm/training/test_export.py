"""Our loader, transformers and peft read the written models, with the scores of the trained model."""

import json

import pytest
import torch
from safetensors import safe_open

from services.rm.engine.head import Head
from services.rm.models.checkpoint import CheckpointError
from services.rm.models.loader import load
from services.rm.training.choices import Layout
from services.rm.training.export import ExportError, export, padding
from services.rm.training.lora import add_adapters, merge, write_adapter
from services.rm.training.model import load_base, prepare
from services.rm.training.options import Lora, TrainingOptions
from tests.compat import tiny
from tests.unit.rm.training.conftest import tiny_backbone

END = 256
SEQUENCES = [(*range(40, 60), *answer, END) for answer in ((1, 2, 3), (9,), (7,) * 30)]


def trained(family="qwen2", *, bias=False):
    head = Head.fresh(32, torch.Generator().manual_seed(1), bias=bias)
    if bias:
        head.layers[0].bias.data.fill_(2.5)
    scorer, _ = prepare(tiny_backbone(family), head, TrainingOptions())
    return scorer


def scores(scorer):
    with torch.no_grad():
        return scorer.scores(SEQUENCES, 10_000)


def written(scorer, folder, layout):
    export(scorer.backbone, scorer.head, tiny.tokenizer(), folder, layout, last_token=END)
    return folder


def by_transformers(folder):
    """A padded batch through transformers' own class, as users score today."""
    from transformers import AutoModelForSequenceClassification, AutoTokenizer

    model, loading_info = AutoModelForSequenceClassification.from_pretrained(folder, output_loading_info=True)
    assert not loading_info["missing_keys"]
    tokenizer = AutoTokenizer.from_pretrained(folder)
    batch = tokenizer.pad(
        {"input_ids": [list(ids) for ids in SEQUENCES]}, return_tensors="pt", padding_side="right"
    )
    with torch.no_grad():
        return model(**batch).logits[:, 0]


@pytest.mark.parametrize("layout", Layout)
@pytest.mark.parametrize("family", ["qwen2", "llama", "qwen3"])
def test_our_loader_reads_both_layouts_with_the_same_scores(tmp_path, layout, family):
    scorer = trained(family)
    loaded = load(str(written(scorer, tmp_path / "m", layout)), dtype="float32", device="cpu")
    assert loaded.layout == {"classification": "classification", "acecoderm": "value head"}[layout]
    assert torch.allclose(scores(loaded.scorer), scores(scorer), atol=1e-6)
    assert loaded.tokenizer.pad_token_id != END


@pytest.mark.parametrize("family", ["qwen2", "llama", "qwen3"])
def test_transformers_scores_the_classification_layout_identically(tmp_path, family):
    scorer = trained(family)
    folder = written(scorer, tmp_path / "m", Layout.CLASSIFICATION)
    assert torch.allclose(by_transformers(folder), scores(scorer), atol=1e-5)
    config = json.loads((folder / "config.json").read_text())
    assert config["problem_type"] == "regression"
    assert len(config["id2label"]) == 1
    assert config["pad_token_id"] == 257


def test_acecoderms_layout_by_an_independent_reading(tmp_path):
    """The few lines that AceCoderRM's users have: the decoder's last state times the head's weight, plus its bias."""
    from transformers import Qwen2Model

    scorer = trained(bias=True)
    folder = written(scorer, tmp_path / "m", Layout.ACECODERM)
    assert json.loads((folder / "config.json").read_text())["architectures"] == ["Qwen2ForCausalRM"]
    decoder = Qwen2Model.from_pretrained(folder)
    with safe_open(folder / "model.safetensors", "pt") as file:
        weight, bias = (file.get_tensor(f"v_head.summary.{name}") for name in ("weight", "bias"))
        assert all(name.startswith(("model.", "v_head.")) for name in file.keys())  # noqa: SIM118
    with torch.no_grad():
        by_hand = [
            decoder(input_ids=torch.tensor([ids])).last_hidden_state[0, -1] @ weight[0] + bias[0]
            for ids in SEQUENCES
        ]
    assert torch.allclose(torch.stack(by_hand), scores(scorer), atol=1e-5)


def test_a_bias_is_ours_to_read_and_transformers_shifts_by_it(tmp_path):
    scorer = trained(bias=True)
    folder = written(scorer, tmp_path / "m", Layout.CLASSIFICATION)
    assert torch.allclose(scores(load(str(folder), device="cpu").scorer), scores(scorer), atol=1e-6)
    assert torch.allclose(by_transformers(folder) + 2.5, scores(scorer), atol=1e-5)


def test_padding_is_never_the_token_that_answers_end_with():
    tokenizer = tiny.tokenizer()
    assert padding(tokenizer, END) == 257
    tokenizer.pad_token = tokenizer.eos_token
    with pytest.raises(ExportError, match="only special token"):
        padding(tokenizer, END)
    tokenizer.bos_token = "!"
    assert padding(tokenizer, END) == tokenizer.bos_token_id


def test_padding_that_ends_answers_would_have_cost_transformers_the_scored_token(tmp_path):
    """The fault that ``padding`` prevents: if pad and end are one token, transformers scores the token before it."""
    scorer = trained()
    folder = written(scorer, tmp_path / "m", Layout.CLASSIFICATION)
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps(config | {"pad_token_id": END}))
    assert not torch.allclose(by_transformers(folder), scores(scorer), atol=1e-3)


def test_bfloat16_weights_with_an_fp32_head(tmp_path):
    scorer = trained()
    export(
        scorer.backbone, scorer.head, tiny.tokenizer(), tmp_path / "m", Layout.CLASSIFICATION,
        last_token=END, dtype=torch.bfloat16,
    )  # fmt: skip
    with safe_open(tmp_path / "m" / "model.safetensors", "pt") as file:
        assert file.get_tensor("model.norm.weight").dtype is torch.bfloat16
        assert file.get_tensor("score.weight").dtype is torch.float32
    assert scorer.backbone.dtype is torch.float32, "the trained model is left as it is"
    loaded = load(str(tmp_path / "m"), dtype="float32", device="cpu")
    assert torch.allclose(scores(loaded.scorer), scores(scorer), atol=0.05)


def adapted(folder):
    """A base on disk, and the same model with adapters that change its scores."""
    scorer = trained()
    written(scorer, folder, Layout.CLASSIFICATION)
    peft_model = add_adapters(scorer.backbone, Lora(rank=4, alpha=8))
    torch.manual_seed(0)
    for name, parameter in peft_model.named_parameters():
        if "lora_B" in name:
            parameter.data.normal_(0, 0.1)
    scorer.head.layers[0].weight.data.mul_(1.5)
    return scorer, peft_model


def test_an_adapter_is_read_by_our_loader_and_by_peft(tmp_path):
    from peft import PeftModel
    from transformers import AutoModelForSequenceClassification

    base, folder = tmp_path / "base", tmp_path / "adapter"
    scorer, peft_model = adapted(base)
    expected = scores(scorer)
    write_adapter(peft_model, scorer.head, str(base), folder)
    ours = load(str(base), adapter=str(folder), dtype="float32", device="cpu")
    assert torch.allclose(scores(ours.scorer), expected, atol=1e-5)
    without = load(str(base), dtype="float32", device="cpu")
    assert not torch.allclose(scores(without.scorer), expected, atol=1e-2)
    by_peft = PeftModel.from_pretrained(AutoModelForSequenceClassification.from_pretrained(base), folder)
    with torch.no_grad():
        alone = [by_peft(input_ids=torch.tensor([ids])).logits[0, 0] for ids in SEQUENCES]
    assert torch.allclose(torch.stack(alone), expected, atol=1e-5)


def test_merged_adapters_score_the_same(tmp_path):
    scorer, peft_model = adapted(tmp_path / "base")
    expected = scores(scorer)
    scorer.backbone = merge(peft_model)
    assert torch.allclose(scores(scorer), expected, atol=1e-5)
    loaded = load(str(written(scorer, tmp_path / "merged", Layout.ACECODERM)), device="cpu")
    assert torch.allclose(scores(loaded.scorer), expected, atol=1e-5)


def test_a_language_model_begins_with_a_new_head_and_a_reward_model_with_its_own(tmp_path, base_folder):
    on = torch.device("cpu")
    fresh = load_base(TrainingOptions(base=str(base_folder), seed=3), on)
    again, other = (load_base(TrainingOptions(base=str(base_folder), seed=seed), on) for seed in (3, 4))
    assert fresh.head_origin == "new"
    assert torch.equal(fresh.model.head.layers[0].weight, again.model.head.layers[0].weight)
    assert not torch.equal(fresh.model.head.layers[0].weight, other.model.head.layers[0].weight)
    scorer = trained(bias=True)
    folder = written(scorer, tmp_path / "rm", Layout.ACECODERM)
    own = load_base(TrainingOptions(base=str(folder)), on)
    assert own.head_origin == "the base's (value head)"
    assert torch.allclose(scores(own.model.scorer), scores(scorer), atol=1e-6)
    assert load_base(TrainingOptions(base=str(folder), fresh_head=True), on).head_origin == "new"


def test_bases_that_cannot_be_trained(tmp_path):
    on = torch.device("cpu")
    with pytest.raises(CheckpointError, match="is neither a folder nor a name on the Hugging Face Hub"):
        load_base(TrainingOptions(base=str(tmp_path / "nothing")), on)
    scorer = trained()
    folder = written(scorer, tmp_path / "rm", Layout.CLASSIFICATION)
    (folder / "adapter_config.json").write_text("{}")
    with pytest.raises(CheckpointError, match="holds an adapter"):
        load_base(TrainingOptions(base=str(folder)), on)
