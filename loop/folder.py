"""Defines the folder of a run: where each step reads and writes, and which steps are done.

::

    config.yaml             the configuration, with defaults
    questions.jsonl         LoopQuestion rows
    models/policy/          the base policy, as save_pretrained writes it, with its tokenizer; models/solver/ the same
    synth/                  folder of ``acecoder synth run``: its ``dataset/`` has suites, samples and pairs
    models/reward/          the reward model, as ``acecoder train-rm`` writes it
    held_out/               samples of held-out questions, their verdicts and scores, JSONL
    rl/NAME/                policy/, rewards.jsonl (the monitor), points.jsonl
    results/NAME.json       results of a step: its model in ``loop.results``
    done/NAME.json          a finished step: what its result depends on
    report.html

A step is done when ``done/NAME.json`` exists and holds the digest of the options that the step depends on and of the
digests of the steps before it. A run with other options repeats the steps that depend on them.
"""

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel

from loop.questions import LoopQuestion, Split

Results = TypeVar("Results", bound=BaseModel)


class RunFolder:
    """Paths of a run's folder, and what is done in it."""

    def __init__(self, root: Path) -> None:
        self.root = root

    @property
    def questions_file(self) -> Path:
        """File of all questions."""
        return self.root / "questions.jsonl"

    @property
    def policy(self) -> Path:
        """Folder of the base policy."""
        return self.root / "models" / "policy"

    @property
    def solver(self) -> Path:
        """Folder of the solver."""
        return self.root / "models" / "solver"

    @property
    def reward_model(self) -> Path:
        """Folder of the reward model."""
        return self.root / "models" / "reward"

    @property
    def synth(self) -> Path:
        """Folder of synthesis."""
        return self.root / "synth"

    @property
    def held_out(self) -> Path:
        """Folder of samples of held-out questions."""
        return self.root / "held_out"

    def rl(self, name: str) -> Path:
        """Return the folder of an RL run."""
        return self.root / "rl" / name

    def questions(self, *splits: Split) -> Iterator[LoopQuestion]:
        """Yield the questions of some splits; of all without a split."""
        with self.questions_file.open(encoding="utf-8") as lines:
            for line in lines:
                question = LoopQuestion.model_validate_json(line)
                if not splits or question.split in splits:
                    yield question

    def write_results(self, name: str, results: BaseModel) -> None:
        """Write the results of a step."""
        path = self.root / "results" / f"{name}.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(results.model_dump_json(indent=1) + "\n", encoding="utf-8")

    def read_results(self, name: str, kind: type[Results]) -> Results | None:
        """Return the results of a step; ``None`` if it has written none."""
        path = self.root / "results" / f"{name}.json"
        return kind.model_validate_json(path.read_text(encoding="utf-8")) if path.exists() else None

    def is_done(self, step: str, digest: str) -> bool:
        """Return whether a step was finished with this digest."""
        path = self._done(step)
        return path.exists() and json.loads(path.read_text(encoding="utf-8"))["digest"] == digest

    def mark_done(self, step: str, digest: str, wall_s: float) -> None:
        """Record that a step is finished."""
        path = self._done(step)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps({"digest": digest, "wall_s": wall_s}) + "\n", encoding="utf-8")

    def _done(self, step: str) -> Path:
        return self.root / "done" / f"{step}.json"


def digest_of(*parts: object) -> str:
    """Return a digest of JSON values (first 16 hex digits of SHA-256)."""
    text = json.dumps(parts, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:16]
