"""Finds a model's folder, or downloads it from the hub. Only files that the index names are downloaded."""

import json
from pathlib import Path

from services.rm.models.checkpoint import ADAPTER, CONFIG, INDEX, SIDE_FILES, CheckpointError

_SMALL = ["*.json", "*.jinja", "*.txt", "*.model"]


def resolve_folder(model: str, revision: str | None = None) -> Path:
    """Return the folder of a model or an adapter; a name of the hub is downloaded.

    Raises:
        CheckpointError: there is no such folder or model, or the hub does not answer.
    """
    path = Path(model).expanduser()
    if path.is_dir():
        return path
    if path.is_file():
        raise CheckpointError(f"{model!r} is a file; give the folder, {str(path.parent)!r}")
    if path.is_absolute() or model.startswith((".", "~")) or model.count("/") != 1:
        raise CheckpointError(
            f"{model!r} is neither a folder nor a name on the Hugging Face Hub (owner/model)"
        )
    from huggingface_hub import snapshot_download  # noqa: PLC0415 - not needed for folders
    from huggingface_hub.errors import HfHubHTTPError, LocalEntryNotFoundError  # noqa: PLC0415

    try:
        folder = Path(snapshot_download(model, revision=revision, allow_patterns=_SMALL))
        weights = _weight_files(folder)
        return Path(snapshot_download(model, revision=revision, allow_patterns=[*_SMALL, *weights]))
    except (HfHubHTTPError, LocalEntryNotFoundError, OSError, ValueError) as error:
        reason = (str(error).strip() or type(error).__name__).splitlines()[0]
        raise CheckpointError(
            f"{model!r} is not a folder, and cannot be downloaded from the Hugging Face Hub: {reason}"
        ) from error


def _weight_files(folder: Path) -> list[str]:
    if (folder / ADAPTER).is_file() and not (folder / CONFIG).is_file():
        return ["adapter_model.safetensors"]
    if (folder / INDEX).is_file():
        shards = set(json.loads((folder / INDEX).read_text())["weight_map"].values())
        return [*sorted(shards), *SIDE_FILES]
    return ["model.safetensors", *SIDE_FILES]
