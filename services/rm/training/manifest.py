"""``manifest.json``: what a training was made of, so that it can be made again. Decides whether one may go on."""

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

from services.rm.training.examples import Example

MANIFEST = "manifest.json"
_PACKAGES = ("acecoder-services", "torch", "transformers", "accelerate", "peft", "tokenizers")
_GIT_S = 10.0  # git answers in milliseconds; a repository on a drive that is gone never does


def facts() -> dict[str, Any]:
    """Return versions, the commit that the code is at (if it is in a repository), and the time."""
    return {
        "began": datetime.now(UTC).isoformat(timespec="seconds"),
        "python": platform.python_version(),
        "versions": {name: found for name in _PACKAGES if (found := _version(name))},
        "commit": _commit(),
    }


def hashes(paths: Sequence[Path]) -> list[dict[str, Any]]:
    """Return name, size and SHA-256 of files."""
    found = []
    for path in paths:
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        found.append({"name": path.name, "bytes": path.stat().st_size, "sha256": digest})
    return found


def counts(examples: Sequence[Example]) -> dict[str, int]:
    """Return how much there is, and how many tokens it would be pair by pair."""
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


def in_words(told: Mapping[str, Any]) -> str:
    """Say what is trained on."""
    on, held = told["trained_on"], told["held_out"]
    size = f"{on['pairs']} pairs of {on['answers']} answers to {on['questions']} questions"
    lines = [
        f"{size}, {held['questions']} questions held out",
        f"head: {told['base']['head']}; attention: {told['attention']}; format: {told['format']}",
        f"{on['tokens']} tokens an epoch; pair by pair it would be {on['tokens_pair_by_pair']}",
    ]
    if told["dropped"]:
        lines.append("dropped: " + ", ".join(f"{number} {name}" for name, number in told["dropped"].items()))
    return "\n".join(lines)


def write(out: Path, manifest: Mapping[str, Any]) -> None:
    """Write the manifest, whole or not at all."""
    half = out / f".{MANIFEST}"
    half.write_text(json.dumps(manifest, indent=1, default=str) + "\n", encoding="utf-8")
    half.replace(out / MANIFEST)


def check_free(out: Path, *, resume: bool) -> None:
    """See, before anything is loaded, that the folder is free, or holds a training if one is to go on.

    Raises:
        ValueError: it holds something else.
    """
    if out.exists() and not out.is_dir():
        raise ValueError(f"{out} is a file; give --out the name of a folder")
    if not (out / MANIFEST).is_file():
        if out.is_dir() and os.listdir(out):
            raise ValueError(f"{out} holds something that is no training; give --out another name")
        return
    if not resume:
        raise ValueError(f"{out} holds a training; give --resume to go on with it, or --out another name")


def check_same(out: Path, manifest: Mapping[str, Any]) -> None:
    """See that a training that the folder holds is this one.

    Raises:
        ValueError: it is another one.
    """
    if not (out / MANIFEST).is_file():
        return
    earlier = json.loads((out / MANIFEST).read_text(encoding="utf-8"))
    now = json.loads(json.dumps(manifest, default=str))
    for part in ("options", "pairs", "base"):
        if earlier.get(part) != now[part]:
            raise ValueError(
                f"{out} holds another training: {_difference(part, earlier.get(part), now[part])}; "
                f"give what it was begun with, or --out another name"
            )


def _difference(part: str, earlier: object, now: object) -> str:
    if isinstance(earlier, dict) and isinstance(now, dict):
        name = next(name for name in now if earlier.get(name) != now[name])
        return f"{name} was {earlier.get(name)!r} and is {now[name]!r}"
    return f"its {part} were others"


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def _commit() -> str | None:
    command = ["git", "-C", str(Path(__file__).parent), "describe"]
    command += [
        "--always",
        "--dirty",
        "--abbrev=40",
        "--exclude=*",
    ]  # the commit, and whether files were changed
    try:
        ended = subprocess.run(  # noqa: S603 - no part of it is input
            command, capture_output=True, text=True, check=False, timeout=_GIT_S
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return ended.stdout.strip() or None if ended.returncode == 0 else None
