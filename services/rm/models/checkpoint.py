"""Reads a model folder: the configuration, the file of each tensor, and a fingerprint of the weights.

The index decides which files are read, not the file names: a published folder may contain two complete sets of shards.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import torch
from safetensors import SafetensorError, safe_open
from torch import Tensor

INDEX, WEIGHTS, CONFIG, ADAPTER = (
    "model.safetensors.index.json",
    "model.safetensors",
    "config.json",
    "adapter_config.json",
)
SIDE_FILES = ("value_head.safetensors", "value_head.bin")
"""Files in which LLaMA-Factory writes the head, beside the decoder."""
_POINTER = b"version https://git-lfs"
"""Start of the pointer that is in a file's place until Git LFS has fetched it."""
_SAMPLE_BYTES = 4096
"""Bytes in the middle of every tensor that the fingerprint reads. Training changes every row of a tensor that it
trains; a 7B model has 339 tensors, so the reads take less time than the loading."""


class CheckpointError(ValueError):
    """A model cannot be served; the message says why and what to do, in one sentence."""


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A model folder that was read."""

    folder: Path
    config: Mapping[str, Any]
    files: Mapping[str, Path]
    """Name of a tensor → its file."""

    @property
    def quantization(self) -> str:
        """How the weights are quantised (``bitsandbytes``, ``awq``); empty if they are not."""
        config = self.config.get("quantization_config")
        return str(config.get("quant_method") or "an unknown method") if isinstance(config, dict) else ""

    def tensor(self, name: str) -> Tensor:
        """Read one tensor.

        Raises:
            CheckpointError: its file cannot be read.
        """
        path = self.files[name]
        try:
            if path.suffix == ".bin":
                loaded: Tensor = torch.load(path, map_location="cpu", weights_only=True)[name]
                return loaded
            with safe_open(path, framework="pt") as file:
                tensor: Tensor = file.get_tensor(name)
                return tensor
        except (OSError, SafetensorError, RuntimeError, KeyError) as error:
            raise CheckpointError(f"{path}: {name} cannot be read ({error}); copy the file again") from error

    def shape(self, name: str) -> list[int]:
        """Read one tensor's shape from its file's header; empty for a file without a header (``.bin``)."""
        path = self.files[name]
        if path.suffix == ".bin":
            return []
        with safe_open(path, framework="pt") as file:
            return list(file.get_slice(name).get_shape())


def open_checkpoint(folder: Path) -> Checkpoint:
    """Read the index and the file headers of a model folder.

    Raises:
        CheckpointError: it is not a model folder, or a file of it is missing or damaged.
    """
    if not (folder / CONFIG).is_file():
        raise CheckpointError(
            f"{folder} has no {CONFIG}, so it is not a model folder; {_nearest_model(folder)}"
        )
    config = _read_json(folder / CONFIG)
    if (folder / INDEX).is_file():
        shards = _read_json(folder / INDEX).get("weight_map", {})
        files = {name: folder / str(shard) for name, shard in shards.items()}
    elif (folder / WEIGHTS).is_file():
        files = dict.fromkeys(_tensor_names(folder / WEIGHTS), folder / WEIGHTS)
    else:
        raise CheckpointError(f"{folder} has neither {INDEX} nor {WEIGHTS}; save the model as safetensors")
    missing = sorted({path.name for path in files.values() if not path.is_file()})
    if missing:
        raise CheckpointError(
            f"{folder}: the index names {', '.join(missing)}, which is missing; copy the folder again"
        )
    _check_shards(files)
    for side in SIDE_FILES:
        if (folder / side).is_file():
            files |= {name: folder / side for name in _tensor_names(folder / side) if name not in files}
            break
    return Checkpoint(folder, config, files)


def _nearest_model(folder: Path) -> str:
    """Return what to give instead: the model in a subfolder, if there is one (``train-rm`` writes such folders)."""
    models = sorted(path.parent for path in folder.glob(f"*/{CONFIG}"))
    return f"give {models[0]}, which has one" if models else "give the folder of a model"


def _check_shards(files: Mapping[str, Path]) -> None:
    """Check that every shard can be opened and has the tensors that the index names. Reads headers only."""
    for path in sorted(set(files.values())):
        present = set(_tensor_names(path))
        if missing := sorted(name for name, file in files.items() if file == path and name not in present):
            raise CheckpointError(f"{path} lacks {missing[0]}, which the index names; copy the folder again")


def _read_json(path: Path) -> dict[str, Any]:
    try:
        content = json.loads(path.read_text())
    except (OSError, ValueError) as error:
        raise CheckpointError(f"{path} cannot be read ({error}); copy the file again") from error
    if not isinstance(content, dict):
        raise CheckpointError(f"{path} is not a JSON object; copy the file again")
    return content


def _tensor_names(path: Path) -> list[str]:
    try:
        if path.suffix == ".bin":
            return list(torch.load(path, map_location="cpu", weights_only=True))
        with safe_open(path, framework="pt") as file:
            return list(file.keys())
    except (OSError, SafetensorError, RuntimeError) as error:
        raise CheckpointError(f"{path} cannot be read ({error}); {_repair(path)}") from error


def _repair(path: Path) -> str:
    with path.open("rb") as file:
        is_pointer = file.read(len(_POINTER)) == _POINTER
    return "it is a pointer of Git LFS: run 'git lfs pull'" if is_pointer else "copy the file again"


def fingerprint(checkpoint: Checkpoint) -> str:
    """Return 12 hexadecimal digits that identify the weights.

    It is a hash of the configuration, of the name, type and shape of every tensor, and of a sample of each.
    """
    digest = hashlib.sha256(json.dumps(checkpoint.config, sort_keys=True).encode())
    for path in sorted(set(checkpoint.files.values())):
        digest.update(path.name.encode())
        if path.suffix == ".bin":  # the small file of a head
            digest.update(path.read_bytes())
            continue
        with path.open("rb") as file:
            for sample in _samples(file):
                digest.update(sample)
    return digest.hexdigest()[:12]


def _samples(file: BinaryIO) -> Iterator[bytes]:
    """Yield the header of a safetensors file (https://github.com/huggingface/safetensors#format), then the middle of
    each tensor.
    """
    length = int.from_bytes(file.read(8), "little")
    header = file.read(length)
    yield header
    tensors = {name: entry for name, entry in json.loads(header).items() if name != "__metadata__"}
    for start, end in sorted(tuple(entry["data_offsets"]) for entry in tensors.values()):
        size = min(_SAMPLE_BYTES, end - start)
        file.seek(8 + length + (start + end - size) // 2)
        yield file.read(size)
