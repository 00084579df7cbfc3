"""Merges a LoRA adapter that the operator named into the backbone, and finds the head that it was trained with.

If the adapter saved a head (``modules_to_save``), that one is used; else the base model must have one.
"""

import hashlib
import json
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor, nn
from transformers import PreTrainedModel

from services.rm.engine.head import Head
from services.rm.models.checkpoint import ADAPTER, Checkpoint, CheckpointError
from services.rm.models.reward_head import find_head

WEIGHTS = "adapter_model.safetensors"
_NOT_PLAIN = ("use_dora", "alpha_pattern", "rank_pattern", "lora_bias", "layer_replication", "fan_in_fan_out")
"""Options of peft under which the sum in ``_merge``, or the layers that it changes, would be wrong."""
_DOWN_END, _UP_END = ".lora_A.weight", ".lora_B.weight"
_HEAD_ENDS = ("score.weight", "v_head.summary.weight", "value_head.weight", "v_head.weight")


def merge_adapter(
    backbone: PreTrainedModel,
    base: Checkpoint,
    folder: Path,
    version: str,
    prefix: str = "",
) -> tuple[PreTrainedModel, Head, str, str]:
    """Return the merged backbone, its head, the head's layout and the version of both together.

    Raises:
        CheckpointError: it is not a plain LoRA adapter, belongs to another model, or there is no head.
    """
    if base.quantization:
        raise CheckpointError(
            f"{base.folder} has weights quantised by {base.quantization}, into which no adapter can be merged; name "
            f"the model that is not quantised, or merge with peft and serve the result"
        )
    if not (folder / ADAPTER).is_file() or not (folder / WEIGHTS).is_file():
        raise CheckpointError(f"{folder} is not an adapter: it lacks {ADAPTER} or {WEIGHTS}")
    config = _config(folder)
    try:
        tensors = load_file(folder / WEIGHTS)
    except (SafetensorError, OSError) as error:
        raise CheckpointError(f"{folder / WEIGHTS} cannot be read: {error}; copy it again") from error
    own = _own_head(tensors, folder)
    head, layout = own or find_head(base, backbone.config.hidden_size, prefix)
    width = next(head.parameters()).shape[1]
    if width != backbone.config.hidden_size:
        raise CheckpointError(
            f"{folder}: its head is {width} wide and the model's hidden states {backbone.config.hidden_size}; it "
            f"belongs to another model"
        )
    merged = _merge(backbone, config, tensors, folder)
    # The version covers the adapter's configuration too: ``lora_alpha`` changes the scores of the same matrices.
    config_bytes = json.dumps(config, sort_keys=True).encode()
    digest = hashlib.sha256(version.encode() + config_bytes + (folder / WEIGHTS).read_bytes())
    return merged, head, f"{layout} of an adapter" if own else layout, digest.hexdigest()[:12]


def _config(folder: Path) -> dict[str, Any]:
    try:
        config = json.loads((folder / ADAPTER).read_text())
    except ValueError as error:
        raise CheckpointError(f"{folder / ADAPTER} is not JSON: {error}; copy it again") from error
    if not isinstance(config, dict):
        raise CheckpointError(f"{folder / ADAPTER} is not a JSON object, so not an adapter's configuration")
    return config


def _own_head(tensors: dict[str, Tensor], folder: Path) -> tuple[Head, str] | None:
    names = [name for name in tensors if name.endswith(_HEAD_ENDS)]
    if len(names) > 1:
        raise CheckpointError(f"{folder} has several reward heads: {', '.join(sorted(names))}")
    if not names:
        return None
    (name,) = names
    weight = tensors[name]
    if weight.ndim != 2 or weight.shape[0] != 1:
        raise CheckpointError(
            f"{folder}: head {name!r} has shape {list(weight.shape)}; a reward head gives one number"
        )
    return Head([(weight, tensors.get(name.removesuffix("weight") + "bias"))]), "classification"


def _merge(
    backbone: PreTrainedModel, config: dict[str, Any], tensors: dict[str, Tensor], folder: Path
) -> PreTrainedModel:
    """Add each product of low-rank matrices to its weight: ``W + (alpha / r) · B A`` (arXiv 2106.09685)."""
    unsupported = [option for option in _NOT_PLAIN if config.get(option)]
    if config.get("peft_type") != "LORA" or unsupported or config.get("bias", "none") != "none":
        raise CheckpointError(
            f"{folder}: only plain LoRA is supported; merge it with peft and serve the result"
        )
    scale = _scale(config, folder)
    modules = dict(backbone.named_modules())
    downs = [name for name in tensors if name.endswith(_DOWN_END)]
    _check_names(tensors, len(downs), folder)
    for name in downs:
        target = name.removesuffix(_DOWN_END).removeprefix("base_model.model.")
        module = modules.get(target) or modules.get(target.removeprefix("model."))
        up = tensors.get(name.replace(".lora_A.", ".lora_B."))
        if not isinstance(module, nn.Linear) or up is None:
            raise CheckpointError(
                f"{folder}: the model has no linear layer for {name}, or its lora_B is missing; it is another "
                f"model's adapter, or incomplete"
            )
        _add_product(module, up, tensors[name], scale, f"{folder}: {name}")
    return backbone


def _add_product(module: nn.Linear, up: Tensor, down: Tensor, scale: float, where: str) -> None:
    if (up.shape[0], down.shape[1]) != tuple(module.weight.shape):
        raise CheckpointError(
            f"{where} has another shape than the model's layer; it is another model's adapter"
        )
    with torch.no_grad():
        delta = scale * (up.float() @ down.float())
        module.weight.add_(delta.to(module.weight))


def _check_names(tensors: dict[str, Tensor], downs: int, folder: Path) -> None:
    """Check that the adapter has low-rank matrices in pairs, and nothing that would be left out silently."""
    ups = sum(name.endswith(_UP_END) for name in tensors)
    if ups > downs:  # a missing lora_B is reported with its name
        raise CheckpointError(
            f"{folder}: {ups} matrices lora_B for {downs} of lora_A; the adapter is incomplete: copy it again"
        )
    used = (_DOWN_END, _UP_END, *_HEAD_ENDS, *(end.replace("weight", "bias") for end in _HEAD_ENDS))
    if left := [name for name in tensors if not name.endswith(used)]:
        raise CheckpointError(
            f"{folder}: {left[0]} is not a low-rank matrix; merge the adapter with peft and serve the result"
        )
    if not downs:
        raise CheckpointError(f"{folder}: {WEIGHTS} has no low-rank matrices")


def _scale(config: dict[str, Any], folder: Path) -> float:
    try:
        rank, alpha = float(config["r"]), float(config["lora_alpha"])
    except (KeyError, TypeError, ValueError) as error:
        raise CheckpointError(f"{folder}: {ADAPTER} lacks a number for r or for lora_alpha") from error
    if rank <= 0:
        raise CheckpointError(f"{folder}: {ADAPTER} has r={rank:g}; it must be above 0")
    return alpha / (rank**0.5 if config.get("use_rslora") else rank)
