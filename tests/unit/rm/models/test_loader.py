"""Real layouts load and score correctly; a damaged or ambiguous folder is refused in one sentence."""

import json
import shutil
from importlib.util import find_spec

import pytest
import torch
from safetensors.torch import load_file, save_file
from transformers import AutoModel, AutoModelForSequenceClassification

from services.rm.models.checkpoint import CheckpointError, fingerprint, open_checkpoint
from services.rm.models.loader import load
from services.rm.training.choices import Layout
from services.rm.training.convert import convert
from services.rm.training.export import ExportError
from tests.support.tiny_models import HIDDEN, backbone, save_as_acecoderm, save_classification, tokenizer

SEQUENCES = [(1, 2, 3, 4), (1, 2, 3, 5, 6), (7, 8)]


def scores(folder, **options):
    with torch.inference_mode():
        return load(str(folder), device="cpu", **options).scorer.scores(SEQUENCES, 4096)


def by_hand(folder, weight, bias):
    """An independent reference: the backbone of transformers and a dot product."""
    model = AutoModel.from_pretrained(folder, dtype=torch.float32).eval()
    with torch.no_grad():
        ends = [model(torch.tensor([each])).last_hidden_state[0, -1] for each in SEQUENCES]
    return torch.stack([end @ weight.detach() + bias for end in ends])


def test_a_classification_folder_scores_as_transformers_does(tmp_path):
    save_classification(tmp_path)
    reference = AutoModelForSequenceClassification.from_pretrained(tmp_path).eval()
    with torch.inference_mode():
        expected = [reference(torch.tensor([each])).logits[0, 0] for each in SEQUENCES]
    assert torch.allclose(scores(tmp_path), torch.stack(expected), atol=1e-5)


def test_acecoderms_layout_with_two_sets_of_shards_loads_by_its_index(tmp_path):
    _, weight, bias = save_as_acecoderm(tmp_path)
    assert torch.allclose(scores(tmp_path), by_hand(tmp_path, weight, bias), atol=1e-5)
    loaded = load(str(tmp_path))
    assert (loaded.layout, loaded.dtype) == ("value head", "float32")


def test_llamafactorys_head_is_in_a_separate_file(tmp_path):
    model = save_classification(tmp_path)
    tensors = load_file(tmp_path / "model.safetensors")
    head = {"v_head.summary.weight": tensors.pop("score.weight"), "v_head.summary.bias": torch.tensor([0.5])}
    save_file(tensors, tmp_path / "model.safetensors", metadata={"format": "pt"})
    expected = by_hand(tmp_path, model.score.weight[0], 0.5)
    save_file(head, tmp_path / "value_head.safetensors")
    assert torch.allclose(scores(tmp_path), expected, atol=1e-5)
    (tmp_path / "value_head.safetensors").unlink()
    torch.save(head, tmp_path / "value_head.bin")
    assert torch.allclose(scores(tmp_path), expected, atol=1e-5)


def test_openrlhfs_head_may_have_any_name_that_the_configuration_gives(tmp_path):
    model = save_classification(tmp_path)
    tensors = load_file(tmp_path / "model.safetensors")
    tensors["value_head_of_mine.weight"] = tensors.pop("score.weight")
    save_file(tensors, tmp_path / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(CheckpointError, match=r"RM_HEAD=value_head_of_mine$"):
        load(str(tmp_path))
    change_config(tmp_path, value_head_prefix="value_head_of_mine")
    assert torch.allclose(scores(tmp_path), by_hand(tmp_path, model.score.weight[0], 0.0), atol=1e-5)


def change_config(folder, **changes):
    path = folder / "config.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))


def change_tensors(folder, change):
    tensors = load_file(folder / "model.safetensors")
    change(tensors)
    save_file(tensors, folder / "model.safetensors", metadata={"format": "pt"})


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda t: t.pop("score.weight"), "no reward head.*a random one is never served"),
        (lambda t: t.update({"v_head.summary.weight": torch.zeros(1, HIDDEN)}), "several reward heads"),
        (lambda t: t.update({"score.weight": torch.zeros(1, HIDDEN + 1)}), "states are 32 wide"),
        (lambda t: t.update({"score.weight": torch.zeros(2, HIDDEN)}), "gives 2 numbers"),
        (lambda t: t.update({"score.weight": torch.full((1, HIDDEN), torch.nan)}), "not finite"),
        (lambda t: t.pop("model.norm.weight"), "1 tensors are missing.*norm.weight"),
        (lambda t: t.update({"model.norm.weight": torch.ones(HIDDEN + 1)}), "norm.weight|cannot be loaded"),
        (lambda t: t.update({"model.strange": torch.ones(1)}), "has no place for 1 tensors"),
    ],
)
def test_an_incomplete_folder_is_refused_in_a_sentence(tmp_path, change, message):
    save_classification(tmp_path)
    change_tensors(tmp_path, change)
    with pytest.raises(CheckpointError, match=message) as refused:
        load(str(tmp_path))
    assert "\n" not in str(refused.value)


def test_a_second_head_may_be_named(tmp_path):
    save_classification(tmp_path)
    expected = scores(tmp_path)
    change_tensors(tmp_path, lambda t: t.update({"v_head.summary.weight": torch.zeros(1, HIDDEN)}))
    assert torch.equal(scores(tmp_path, head="score"), expected)
    assert torch.equal(scores(tmp_path, head="v_head.summary"), torch.zeros(3))


def test_files_that_are_missing_or_broken_are_named(tmp_path):
    save_as_acecoderm(tmp_path)
    shard = tmp_path / "model-00001-of-00002.safetensors"
    whole = shard.read_bytes()
    shard.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(CheckpointError, match="cannot be"):
        load(str(tmp_path))
    shard.unlink()
    with pytest.raises(CheckpointError, match=r"the index names model-00001-of-00002\.safetensors"):
        load(str(tmp_path))
    with pytest.raises(CheckpointError, match=r"has no config\.json"):
        open_checkpoint(tmp_path / "absent")
    (tmp_path / "out").mkdir()
    save_classification(tmp_path / "out" / "classification")
    with pytest.raises(CheckpointError, match=r"give \S+/out/classification, which has one"):
        open_checkpoint(tmp_path / "out")
    with pytest.raises(CheckpointError, match="neither a folder nor a name on the Hugging Face Hub"):
        load(str(tmp_path / "absent"))


def test_an_adapter_beside_the_model_is_not_applied_unless_it_is_named(tmp_path):
    save_classification(tmp_path)
    (tmp_path / "adapter_config.json").write_text("{}")
    with pytest.raises(CheckpointError, match="RM_ADAPTER"):
        load(str(tmp_path))


def test_a_named_adapter_scores_as_peft_applies_it(tmp_path):
    from peft import LoraConfig, TaskType, get_peft_model

    base, lora = tmp_path / "base", tmp_path / "lora"
    model = save_classification(base)
    config = LoraConfig(
        task_type=TaskType.SEQ_CLS, r=4, lora_alpha=8, target_modules=["q_proj", "v_proj", "up_proj"],
        init_lora_weights=False,
    )  # fmt: skip
    adapted = get_peft_model(model, config).eval()
    with torch.no_grad():
        adapted.score.modules_to_save["default"].weight.add_(0.1)
    adapted.save_pretrained(lora)
    with torch.inference_mode():
        expected = torch.stack([adapted(torch.tensor([each])).logits[0, 0] for each in SEQUENCES])
    assert not torch.allclose(scores(base), expected, atol=1e-3)
    assert torch.allclose(scores(base, adapter=str(lora)), expected, atol=1e-5)
    assert load(str(base)).version != load(str(base), adapter=str(lora)).version
    tensors = load_file(lora / "adapter_model.safetensors")
    save_file(
        {n.replace("layers.1.", "layers.9."): t for n, t in tensors.items()},
        lora / "adapter_model.safetensors",
    )
    with pytest.raises(CheckpointError, match="another model's adapter"):
        load(str(base), adapter=str(lora))


def test_another_models_tokenizer_is_refused(tmp_path):
    save_classification(tmp_path)
    other = tmp_path / "other"
    made = tokenizer()
    from tokenizers import models

    vocabulary = {f"t{n}": n for n in range(400)}
    made.backend_tokenizer.model = models.BPE(vocab=vocabulary, merges=[])
    made.save_pretrained(other)
    with pytest.raises(CheckpointError, match="has 400 tokens and the model 300"):
        load(str(tmp_path), tokenizer=str(other))
    for file in tmp_path.glob("tokenizer*"):
        file.unlink()
    with pytest.raises(CheckpointError, match="RM_TOKENIZER"):
        load(str(tmp_path))


def test_the_version_changes_with_the_weights_and_not_with_the_place(tmp_path):
    one, copy, other = tmp_path / "one", tmp_path / "copy", tmp_path / "other"
    save_classification(one)
    shutil.copytree(one, copy)
    save_classification(other, seed=1)
    versions = [fingerprint(open_checkpoint(each)) for each in (one, copy, other)]
    assert versions[0] == versions[1] != versions[2]


def test_the_version_changes_with_any_single_tensor(tmp_path):
    save_classification(tmp_path)
    path = tmp_path / "model.safetensors"
    tensors = load_file(path)
    seen = {fingerprint(open_checkpoint(tmp_path))}
    for name, tensor in tensors.items():
        save_file({**tensors, name: tensor + 1}, path, metadata={"format": "pt"})
        seen.add(fingerprint(open_checkpoint(tmp_path)))
    assert len(seen) == len(tensors) + 1


def test_bfloat16_backbones_keep_an_fp32_head(tmp_path):
    save_classification(tmp_path)
    loaded = load(str(tmp_path), dtype="bfloat16")
    assert loaded.scorer.backbone.dtype is torch.bfloat16
    assert {p.dtype for p in loaded.scorer.head.parameters()} == {torch.float32}
    assert torch.allclose(scores(tmp_path, dtype="bfloat16"), scores(tmp_path), atol=0.05)
    assert backbone().dtype is torch.float32


def quantised(folder, method):
    """A model folder whose configuration says that its weights are quantised."""
    save_classification(folder)
    flags = {"load_in_8bit": True} if method == "bitsandbytes" else {}
    change_config(folder, quantization_config={"quant_method": method, **flags})
    return str(folder)


@pytest.mark.skipif(find_spec("bitsandbytes") is not None, reason="bitsandbytes is installed here")
def test_quantised_weights_without_their_library_are_refused_in_a_sentence(tmp_path):
    with pytest.raises(
        CheckpointError, match=r"requires bitsandbytes: .* or serve this one with vLLM"
    ) as refused:
        load(quantised(tmp_path, "bitsandbytes"))
    assert "\n" not in str(refused.value)


def test_no_adapter_is_merged_into_quantised_weights(tmp_path):
    """transformers reads the weights of a method that it does not know as they are."""
    model = quantised(tmp_path, "of another kind")
    assert load(model)
    with pytest.raises(
        CheckpointError, match="quantised by of another kind, into which no adapter can be merged"
    ):
        load(model, adapter=str(tmp_path))


def test_quantised_weights_are_not_written_in_another_layout(tmp_path):
    model = quantised(tmp_path / "one", "of another kind")
    with pytest.raises(ExportError, match="the weights are quantised"):
        convert(model, tmp_path / "two", Layout.ACECODERM)
