"""Keeps results of a long benchmark in a file, one line each, so that an interrupted run goes on where it ended.

A result is kept under a stage and the hash of what was measured. Not noticed: code that has changed since. Name a new
file after a change, or remove the lines of the stages that are to be measured again.
"""

import json
from hashlib import sha256
from pathlib import Path
from typing import Any


class KeptResults:
    """The results in one file, by stage and content. Without a file, the results of this run alone."""

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._results: dict[str, Any] = {}
        if path is not None and path.exists():
            for line in path.read_text(encoding="utf-8").splitlines():
                stage, digest, result = json.loads(line)
                self._results[stage + digest] = result

    def get(self, stage: str, content: object) -> Any:  # noqa: ANN401  -- whatever JSON can write
        """Return the result of this content at this stage; ``None`` if there is none yet."""
        return self._results.get(stage + _digest(content))

    def add(self, stage: str, content: object, result: object) -> None:
        """Keep a result that JSON can write; it is in the file when this returns."""
        digest = _digest(content)
        self._results[stage + digest] = result
        if self._path is not None:
            with self._path.open("a", encoding="utf-8") as file:
                file.write(json.dumps([stage, digest, result]) + "\n")


def _digest(content: object) -> str:
    return sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:20]
