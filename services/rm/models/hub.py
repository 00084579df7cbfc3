"""Where a model's files are: a folder as it is, or the hub's name, of which only what the index names is fetched."""

import json
from pathlib import Path

from services.rm.models.checkpoint import ADAPTER, CONFIG, INDEX, SIDE_FILES, CheckpointError

_SMALL = ["*.json", "*.jinja", "*.txt", "*.model"]


def resolve_folder(model: str, revision: str | None = None) -> Path:
    """Return the folder of a model or an adapter, fetched from the hub if it is none.

    Raises:
        CheckpointError: there is no such model, or the hub does not answer.
    """
    path = Path(model).expanduser()
    if path.is_dir():
        return path
    if path.is_file():
        raise CheckpointError(f"{model!r} is a file; give its folder, {str(path.parent)!r}")
    if path.is_absolute() or model.startswith((".", "~")) or model.count("/") != 1:
        raise CheckpointError(f"{model!r} is no folder, nor a name of the hub (owner/model)")
    from huggingface_hub import snapshot_download  # noqa: PLC0415 - not needed for folders
    from huggingface_hub.errors import HfHubHTTPError, LocalEntryNotFoundError  # noqa: PLC0415

    try:
        folder = Path(snapshot_download(model, revision=revision, allow_patterns=_SMALL))
        wanted = _weights(folder)
        return Path(snapshot_download(model, revision=revision, allow_patterns=[*_SMALL, *wanted]))
    except (HfHubHTTPError, LocalEntryNotFoundError, OSError, ValueError) as error:
        told = (str(error).strip() or type(error).__name__).splitlines()[0]
        raise CheckpointError(f"{model!r} is no folder, and the hub does not give it: {told}") from error


def _weights(folder: Path) -> list[str]:
    if (folder / ADAPTER).is_file() and not (folder / CONFIG).is_file():
        return ["adapter_model.safetensors"]
    if (folder / INDEX).is_file():
        shards = set(json.loads((folder / INDEX).read_text())["weight_map"].values())
        return [*sorted(shards), *SIDE_FILES]
    return ["model.safetensors", *SIDE_FILES]
