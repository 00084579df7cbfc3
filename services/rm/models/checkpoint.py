"""A model folder: which file holds which tensor, where its reward head is, and a fingerprint of it all.

The index decides, never the file names: a published folder may hold two complete sets of shards. Exactly one head is
found or the folder is refused: transformers would serve a random one with a line in a log.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from torch import Tensor

from services.rm.engine.head import Head

INDEX, WEIGHTS, CONFIG, ADAPTER = (
    "model.safetensors.index.json",
    "model.safetensors",
    "config.json",
    "adapter_config.json",
)
SIDE_FILES = ("value_head.safetensors", "value_head.bin")
"""Where LLaMA-Factory writes the head, beside the decoder."""
HEADS: Mapping[str, tuple[str, ...]] = {
    "classification": ("score",),
    "value head": ("v_head.summary",),
    "v_head": ("v_head",),
    "value_head": ("value_head",),
    "two layers": ("score.0", "score.2"),
}
"""Layouts by name: the tensors' names before ``.weight`` and ``.bias``, layer by layer."""
_POINTER = b"version https://git-lfs"
"""What stands in a file's place until Git LFS has fetched it."""
_SAMPLES, _SAMPLE_BYTES = 16, 2**16
"""Of every file, for the fingerprint: a trained model differs in all of its tensors."""


class CheckpointError(ValueError):
    """A folder that cannot be served, and why, in one sentence."""


class NoHeadError(CheckpointError):
    """A model without a reward head; training may begin with a new one."""


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A model folder."""

    folder: Path
    config: Mapping[str, Any]
    files: Mapping[str, Path]
    """Where each tensor is."""

    def tensor(self, name: str) -> Tensor:
        """Read one tensor.

        Raises:
            CheckpointError: its file cannot be read.
        """
        path = self.files[name]
        try:
            if path.suffix == ".bin":
                found: Tensor = torch.load(path, map_location="cpu", weights_only=True)[name]
                return found
            with safe_open(path, framework="pt") as file:
                tensor: Tensor = file.get_tensor(name)
                return tensor
        except (OSError, SafetensorError, RuntimeError, KeyError) as error:
            raise CheckpointError(f"{path}: {name} cannot be read ({error}); copy the file again") from error

    def shape(self, name: str) -> list[int]:
        """Read one tensor's shape from its file's header; empty for files that have none."""
        path = self.files[name]
        if path.suffix == ".bin":
            return []
        with safe_open(path, framework="pt") as file:
            return list(file.get_slice(name).get_shape())


def open_checkpoint(folder: Path) -> Checkpoint:
    """Read what a folder holds.

    Raises:
        CheckpointError: it is no model folder, or a file that it needs is missing or broken.
    """
    if not (folder / CONFIG).is_file():
        raise CheckpointError(f"{folder} has no {CONFIG}; give the folder of a model")
    config = _json(folder / CONFIG)
    if (folder / INDEX).is_file():
        shards = _json(folder / INDEX).get("weight_map", {})
        files = {name: folder / str(shard) for name, shard in shards.items()}
    elif (folder / WEIGHTS).is_file():
        files = dict.fromkeys(_names(folder / WEIGHTS), folder / WEIGHTS)
    else:
        raise CheckpointError(f"{folder} has neither {INDEX} nor {WEIGHTS}; save the model as safetensors")
    missing = sorted({path.name for path in files.values() if not path.is_file()})
    if missing:
        raise CheckpointError(f"{folder}: the index names {', '.join(missing)}, which is not there")
    _all_there(files)
    for side in SIDE_FILES:
        if (folder / side).is_file():
            files |= {name: folder / side for name in _names(folder / side) if name not in files}
            break
    return Checkpoint(folder, config, files)


def _all_there(files: Mapping[str, Path]) -> None:
    """See that every shard can be opened and holds what the index says: only headers are read."""
    for path in sorted(set(files.values())):
        held = set(_names(path))
        if lost := sorted(name for name, its in files.items() if its == path and name not in held):
            raise CheckpointError(
                f"{path} lacks {lost[0]}, which the index says it has; copy the folder again"
            )


def _json(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(path.read_text())
    except (OSError, ValueError) as error:
        raise CheckpointError(f"{path} cannot be read ({error})") from error
    if not isinstance(found, dict):
        raise CheckpointError(f"{path} holds no JSON object")
    return found


def _names(path: Path) -> list[str]:
    try:
        if path.suffix == ".bin":
            return list(torch.load(path, map_location="cpu", weights_only=True))
        with safe_open(path, framework="pt") as file:
            return list(file.keys())
    except (OSError, SafetensorError, RuntimeError) as error:
        raise CheckpointError(f"{path} cannot be read ({error}); {_cure(path)}") from error


def _cure(path: Path) -> str:
    with path.open("rb") as file:
        pointer = file.read(len(_POINTER)) == _POINTER
    return "it is a pointer of Git LFS: run 'git lfs pull'" if pointer else "copy the file again"


def find_head(checkpoint: Checkpoint, hidden: int, prefix: str = "") -> tuple[Head, str]:
    """Return the head and its layout's name; ``prefix`` names one that no layout knows (OpenRLHF's
    ``value_head_prefix``).

    Raises:
        NoHeadError: there is none.
        CheckpointError: there are several, or it does not fit ``hidden``, or is not finite.
    """
    layouts = {**HEADS}
    if named := named_head(checkpoint, prefix):
        layouts = {layout: names for layout, names in HEADS.items() if names == (named,)} or {named: (named,)}
    found = {
        layout: names
        for layout, names in layouts.items()
        if all(f"{name}.weight" in checkpoint.files for name in names)
    }
    where = checkpoint.folder
    if not found:
        known = ", ".join(f"{name}.weight" for names in layouts.values() for name in names)
        raise NoHeadError(
            f"{where} has no reward head ({known}), and a random one is never served: {_advice(checkpoint, hidden)}"
        )
    if len(found) > 1:
        raise CheckpointError(
            f"{where} has several reward heads ({', '.join(found)}); say which with RM_HEAD, as in RM_HEAD=score"
        )
    ((layout, names),) = found.items()
    layers = [_layer(checkpoint, name) for name in names]
    _check(layers, hidden, f"{where}: head {names[0]!r}")
    return Head(layers), layout


def _advice(checkpoint: Checkpoint, hidden: int) -> str:
    for name in sorted(checkpoint.files):
        if name.endswith(".weight") and checkpoint.shape(name) == [1, hidden]:
            return f"{name} looks like one; if it is, set RM_HEAD={name.removesuffix('.weight')}"
    return "it is no reward model; acecoder train-rm makes one of it"


def named_head(checkpoint: Checkpoint, prefix: str = "") -> str:
    """Return the head's name if somebody gave it one: the operator, or OpenRLHF in the configuration."""
    return prefix or str(checkpoint.config.get("value_head_prefix") or "")


def _layer(checkpoint: Checkpoint, name: str) -> tuple[Tensor, Tensor | None]:
    bias = f"{name}.bias"
    return checkpoint.tensor(f"{name}.weight"), checkpoint.tensor(bias) if bias in checkpoint.files else None


def _check(layers: list[tuple[Tensor, Tensor | None]], hidden: int, what: str) -> None:
    width = hidden
    for weight, bias in layers:
        if weight.ndim != 2 or weight.shape[1] != width:
            raise CheckpointError(
                f"{what} has shape {list(weight.shape)}; the model's states are {width} wide"
            )
        width = weight.shape[0]
        if not all(bool(each.isfinite().all()) for each in (weight, bias) if each is not None):
            raise CheckpointError(f"{what} holds numbers that are not finite")
    if width != 1:
        raise CheckpointError(f"{what} gives {width} numbers; a reward model gives one")


def fingerprint(checkpoint: Checkpoint) -> str:
    """Return 12 hex digits that stand for the weights: of the configuration, and of every file's size and samples."""
    digest = hashlib.sha256(json.dumps(checkpoint.config, sort_keys=True).encode())
    for path in sorted(set(checkpoint.files.values())):
        size = path.stat().st_size
        digest.update(f"{path.name} {size}".encode())
        with path.open("rb") as file:
            for n in range(_SAMPLES):
                file.seek(n * max(size - _SAMPLE_BYTES, 0) // (_SAMPLES - 1))
                digest.update(file.read(_SAMPLE_BYTES))
    return digest.hexdigest()[:12]
