"""Adapters: everything that changes scores changes the version; an incomplete adapter is refused in one sentence."""

import json

import pytest
import torch
from safetensors.torch import save_file

from services.rm.models.checkpoint import CheckpointError
from services.rm.models.loader import load
from tests.support.tiny_models import HIDDEN, save_classification

PLACE = "base_model.model.model.layers.0.self_attn.q_proj"
CONFIG = {"peft_type": "LORA", "r": 2, "lora_alpha": 4, "bias": "none"}


@pytest.fixture(scope="module")
def base(tmp_path_factory):
    folder = tmp_path_factory.mktemp("base")
    save_classification(folder)
    return str(folder)


def adapter(folder, config, without=()):
    torch.manual_seed(0)
    tensors = {
        f"{PLACE}.lora_A.weight": torch.randn(2, HIDDEN),
        f"{PLACE}.lora_B.weight": torch.randn(HIDDEN, 2),
    }
    tensors[f"{PLACE.replace('q_proj', 'o_proj')}.lora_A.weight"] = torch.randn(2, HIDDEN)
    tensors[f"{PLACE.replace('q_proj', 'o_proj')}.lora_B.weight"] = torch.randn(HIDDEN, 2)
    for end in without:
        tensors = {
            name: tensor for name, tensor in tensors.items() if not name.endswith(f"o_proj.{end}.weight")
        }
    folder.mkdir(exist_ok=True)
    save_file(tensors, folder / "adapter_model.safetensors")
    (folder / "adapter_config.json").write_text(config if isinstance(config, str) else json.dumps(config))
    return str(folder)


def score(loaded):
    with torch.inference_mode():
        return float(loaded.scorer.scores([tuple(range(20))], 64)[0])


def test_equal_versions_give_equal_scores(base, tmp_path):
    """The same matrices with another scale."""
    one, other, same = (
        load(base, adapter=adapter(tmp_path / f"{at}", CONFIG | {"lora_alpha": alpha}))
        for at, alpha in enumerate((4, 8, 4))
    )
    assert score(one) != pytest.approx(score(other), abs=1e-4)
    assert one.version != other.version
    assert (one.version, score(one)) == (same.version, score(same))


@pytest.mark.parametrize(
    ("config", "without", "words"),
    [
        (CONFIG, ["lora_A"], "2 matrices lora_B for 1 of lora_A"),
        (CONFIG, ["lora_B"], "no linear layer for"),
        (CONFIG | {"layer_replication": [[0, 1], [0, 2]]}, [], "only plain LoRA"),
        (CONFIG | {"r": 0}, [], "must be above 0"),
        (CONFIG | {"r": "two"}, [], "lacks a number"),
        ({"peft_type": "LORA"}, [], "lacks a number"),
        ("{", [], "is not JSON"),
        ("[]", [], "not an adapter's configuration"),
    ],
)
def test_an_incomplete_adapter_is_refused(base, tmp_path, config, without, words):
    with pytest.raises(CheckpointError, match=words):
        load(base, adapter=adapter(tmp_path / "a", config, without))


def test_truncated_weights_are_refused(base, tmp_path):
    made = tmp_path / "a"
    adapter(made, CONFIG)
    weights = made / "adapter_model.safetensors"
    weights.write_bytes(weights.read_bytes()[:100])
    with pytest.raises(CheckpointError, match="cannot be read"):
        load(base, adapter=str(made))
