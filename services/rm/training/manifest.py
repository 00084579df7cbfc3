"""Writes and compares ``manifest.json``, which holds what is needed to repeat a training.

The comparison decides whether a new training may continue the old one.
"""

import hashlib
import json
import os
import platform
import subprocess
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from services.rm.training.examples import TrainingExample

MANIFEST = "manifest.json"
_PACKAGES = ("acecoder-services", "torch", "transformers", "accelerate", "peft", "tokenizers")
_GIT_S = 10.0  # git takes milliseconds, but blocks for ever if the drive of the repository is gone


def environment_facts() -> dict[str, Any]:
    """Return the time, versions, and the commit of the code if it is in a repository."""
    return {
        "began": datetime.now(UTC).isoformat(timespec="seconds"),
        "python": platform.python_version(),
        "versions": {name: number for name in _PACKAGES if (number := _version(name))},
        "commit": _commit(),
    }


def hash_files(paths: Sequence[Path]) -> list[dict[str, Any]]:
    """Return name, size and SHA-256 of files."""
    files = []
    for path in paths:
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        files.append({"name": path.name, "bytes": path.stat().st_size, "sha256": digest})
    return files


def count_examples(examples: Sequence[TrainingExample]) -> dict[str, int]:
    """Return the numbers of questions, answers, pairs and tokens; and of tokens if every pair were computed alone."""
    return {
        "questions": len(examples),
        "answers": sum(len(example.sequences) for example in examples),
        "pairs": sum(len(example.pairs) for example in examples),
        "tokens": sum(example.tokens for example in examples),
        "tokens_pair_by_pair": sum(
            len(example.sequences[at])
            for example in examples
            for pair in example.pairs
            for at in (pair.chosen, pair.rejected)
        ),
    }


def summarize(manifest: Mapping[str, Any]) -> str:
    """Return a few lines for the user: the data, the model, and what was dropped."""
    trained, held = manifest["trained_on"], manifest["held_out"]
    size = f"{_count(trained, 'pairs')} of {_count(trained, 'answers')} to {_count(trained, 'questions')}"
    lines = [
        f"{size}, {_count(held, 'questions')} held out",
        f"head: {manifest['base']['head']}; attention: {manifest['attention']}; format: {manifest['format']}",
        f"{trained['tokens']} tokens per epoch; {trained['tokens_pair_by_pair']} if every pair were computed alone",
    ]
    if dropped := manifest["dropped"]:
        lines.append("dropped: " + ", ".join(f"{count} {reason}" for reason, count in dropped.items()))
    return "\n".join(lines)


def _count(part: Mapping[str, Any], name: str) -> str:
    """Return a number with its noun: ``1 question``, ``2 questions``."""
    number = part[name]
    return f"{number} {name.removesuffix('s') if number == 1 else name}"


def write(out: Path, manifest: Mapping[str, Any]) -> None:
    """Write the manifest, completely or not at all."""
    partial = out / f".{MANIFEST}"
    partial.write_text(json.dumps(manifest, indent=1, default=str) + "\n", encoding="utf-8")
    partial.replace(out / MANIFEST)


def check_output_folder(out: Path, *, resume: bool) -> None:
    """Check that the folder is new or empty, or holds a training if ``resume``. Called before anything is loaded.

    Raises:
        ValueError: the folder holds other files, or a training without ``resume``.
    """
    if out.exists() and not out.is_dir():
        raise ValueError(f"{out} is a file; give --out the name of a folder")
    if not (out / MANIFEST).is_file():
        if out.is_dir() and os.listdir(out):
            raise ValueError(
                f"{out} holds files that are not of a training; give --out a new or empty folder"
            )
        return
    if not resume:
        raise ValueError(f"{out} holds a training; give --resume to continue it, or --out another folder")


def check_same_training(out: Path, manifest: Mapping[str, Any]) -> None:
    """Check that a training in the folder has the same options, pairs and base as this one.

    Raises:
        ValueError: it has not.
    """
    if not (out / MANIFEST).is_file():
        return
    earlier = json.loads((out / MANIFEST).read_text(encoding="utf-8"))
    now = json.loads(json.dumps(manifest, default=str))
    for part in ("options", "pairs", "base"):
        if earlier.get(part) != now[part]:
            raise ValueError(
                f"{out} holds another training: {_difference(part, earlier.get(part), now[part])}; "
                f"give the options and files that it began with, or --out another folder"
            )


def _difference(part: str, earlier: object, now: object) -> str:
    if isinstance(earlier, dict) and isinstance(now, dict):
        name = next(name for name in now if earlier.get(name) != now[name])
        return f"{name} was {earlier.get(name)!r} and is {now[name]!r}"
    return f"its {part} were different ones"


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def _commit() -> str | None:
    """The commit, with ``-dirty`` if files were changed; ``None`` outside a repository."""
    command = ["git", "-C", str(Path(__file__).parent), "describe"]
    command += ["--always", "--dirty", "--abbrev=40", "--exclude=*"]
    try:
        ended = subprocess.run(  # noqa: S603 - no part of the command is input
            command, capture_output=True, text=True, check=False, timeout=_GIT_S
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return ended.stdout.strip() or None if ended.returncode == 0 else None
