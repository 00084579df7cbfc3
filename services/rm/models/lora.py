"""A LoRA adapter that is named explicitly: merged into the backbone, with the head that it was trained with.

The adapter's own head wins if it saved one (``modules_to_save``); else the base must have one.
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
from services.rm.models.checkpoint import ADAPTER, Checkpoint, CheckpointError, find_head

WEIGHTS = "adapter_model.safetensors"
_NOT_PLAIN = ("use_dora", "alpha_pattern", "rank_pattern", "lora_bias", "layer_replication", "fan_in_fan_out")
"""What changes the sum that is added here, or the layers that it is added to."""
_HEAD_ENDS = ("score.weight", "v_head.summary.weight", "value_head.weight", "v_head.weight")


def with_adapter(
    backbone: PreTrainedModel,
    base: Checkpoint,
    folder: Path,
    version: str,
    prefix: str = "",
) -> tuple[PreTrainedModel, Head, str, str]:
    """Return the merged backbone, its head, the head's layout and the version of both together.

    Raises:
        CheckpointError: it is no LoRA adapter, fits another model, or leaves no head.
    """
    if not (folder / ADAPTER).is_file() or not (folder / WEIGHTS).is_file():
        raise CheckpointError(f"{folder} has no {ADAPTER} with {WEIGHTS} beside it; it is no adapter")
    config = _config(folder)
    try:
        tensors = load_file(folder / WEIGHTS)
    except (SafetensorError, OSError) as error:
        raise CheckpointError(f"{folder / WEIGHTS} cannot be read: {error}") from error
    own = _own_head(tensors, folder)
    head, layout = own or find_head(base, backbone.config.hidden_size, prefix)
    width = next(head.parameters()).shape[1]
    if width != backbone.config.hidden_size:
        raise CheckpointError(f"{folder}: its head is {width} wide, the model {backbone.config.hidden_size}")
    merged = _merge(backbone, config, tensors, folder)
    # Its configuration too: the same matrices under another ``lora_alpha`` give other scores.
    told = json.dumps(config, sort_keys=True).encode()
    digest = hashlib.sha256(version.encode() + told + (folder / WEIGHTS).read_bytes())
    return merged, head, f"{layout} of an adapter" if own else layout, digest.hexdigest()[:12]


def _config(folder: Path) -> dict[str, Any]:
    try:
        config = json.loads((folder / ADAPTER).read_text())
    except ValueError as error:
        raise CheckpointError(f"{folder / ADAPTER} is no JSON: {error}") from error
    if not isinstance(config, dict):
        raise CheckpointError(f"{folder / ADAPTER} is no adapter's configuration")
    return config


def _own_head(tensors: dict[str, Tensor], folder: Path) -> tuple[Head, str] | None:
    found = [name for name in tensors if name.endswith(_HEAD_ENDS)]
    if len(found) > 1:
        raise CheckpointError(f"{folder} has several reward heads: {', '.join(sorted(found))}")
    if not found:
        return None
    weight = tensors[found[0]]
    if weight.ndim != 2 or weight.shape[0] != 1:
        raise CheckpointError(
            f"{folder}: head {found[0]!r} has shape {list(weight.shape)}; it gives no one number"
        )
    return Head([(weight, tensors.get(found[0].removesuffix("weight") + "bias"))]), "classification"


def _merge(
    backbone: PreTrainedModel, config: dict[str, Any], tensors: dict[str, Tensor], folder: Path
) -> PreTrainedModel:
    """Add every pair of low-rank matrices to its weight: ``W + (alpha / r) · B A`` (arXiv 2106.09685)."""
    strange = [k for k in _NOT_PLAIN if config.get(k)]
    if config.get("peft_type") != "LORA" or strange or config.get("bias", "none") != "none":
        raise CheckpointError(f"{folder}: only plain LoRA is read; merge it with peft and serve the result")
    scale = _scale(config, folder)
    modules = dict(backbone.named_modules())
    merged = 0
    for name, down in tensors.items():
        if not name.endswith(".lora_A.weight"):
            continue
        target = name.removesuffix(".lora_A.weight").removeprefix("base_model.model.")
        module = modules.get(target) or modules.get(target.removeprefix("model."))
        up = tensors.get(name.replace(".lora_A.", ".lora_B."))
        if not isinstance(module, nn.Linear) or up is None:
            raise CheckpointError(
                f"{folder}: {name} fits no layer of the model; it is another model's adapter"
            )
        if (up.shape[0], down.shape[1]) != tuple(module.weight.shape):
            raise CheckpointError(f"{folder}: {name} has another shape than the model's layer")
        with torch.no_grad():
            delta = scale * (up.float() @ down.float())
            module.weight.add_(delta.to(module.weight))
        merged += 1
    # A second matrix without its first would be left out without a word.
    ups = sum(name.endswith(".lora_B.weight") for name in tensors)
    if ups != merged:
        raise CheckpointError(
            f"{folder}: {ups} matrices lora_B for {merged} of lora_A; the adapter is not whole"
        )
    used = (
        ".lora_A.weight",
        ".lora_B.weight",
        *_HEAD_ENDS,
        *(end.replace("weight", "bias") for end in _HEAD_ENDS),
    )
    if left := [name for name in tensors if not name.endswith(used)]:
        raise CheckpointError(
            f"{folder}: {left[0]} is no low-rank matrix; merge it with peft and serve the result"
        )
    if not merged:
        raise CheckpointError(f"{folder}: no low-rank matrices in {WEIGHTS}")
    return backbone


def _scale(config: dict[str, Any], folder: Path) -> float:
    try:
        rank, alpha = float(config["r"]), float(config["lora_alpha"])
    except (KeyError, TypeError, ValueError) as error:
        raise CheckpointError(f"{folder}: {ADAPTER} lacks a number for r or lora_alpha") from error
    if rank <= 0:
        raise CheckpointError(f"{folder}: {ADAPTER} says r={rank:g}; it must be above 0")
    return alpha / (rank**0.5 if config.get("use_rslora") else rank)
