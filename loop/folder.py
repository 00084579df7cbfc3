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
    logs/STEP.log           what a step printed; logs/service-NAME.log the same of a service
    started/NAME.json       a step that was begun: what its files depend on
    done/NAME.json          a finished step: what its result depends on
    report.html

A step is done when ``done/NAME.json`` exists and holds the digest of the options that the step depends on and of the
digests of the steps before it. A run with other options repeats the steps that depend on them, after removing the files
that they made with the old ones.
"""

import hashlib
import json
import shutil
from collections.abc import Iterator, Sequence
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
    def config_file(self) -> Path:
        """File of the configuration, with defaults."""
        return self.root / "config.yaml"

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

    def log(self, name: str) -> Path:
        """Return the log of a step or of a service."""
        return self.root / "logs" / f"{name}.log"

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
        return self._digest("done", step) == digest

    def is_started(self, step: str, digest: str) -> bool:
        """Return whether a step was begun with this digest, so that it can use the files that it finds."""
        return self._digest("started", step) == digest

    def mark_started(self, step: str, digest: str, wall_s: float = 0.0) -> None:
        """Record that a step begins, after ``wall_s`` seconds of earlier attempts."""
        self._mark("started", step, {"digest": digest, "wall_s": wall_s})

    def started_wall_s(self, step: str) -> float:
        """Return the seconds of a step's earlier attempts."""
        path = self.root / "started" / f"{step}.json"
        return float(json.loads(path.read_text(encoding="utf-8"))["wall_s"]) if path.exists() else 0.0

    def mark_done(self, step: str, digest: str, wall_s: float) -> None:
        """Record that a step is finished."""
        self._mark("done", step, {"digest": digest, "wall_s": wall_s})

    def wall_s(self, step: str) -> float | None:
        """Return the seconds that a finished step took in all its attempts; ``None`` if it is not finished."""
        path = self.root / "done" / f"{step}.json"
        return float(json.loads(path.read_text(encoding="utf-8"))["wall_s"]) if path.exists() else None

    def forget(self, step: str, outputs: Sequence[str] = (), kept: Sequence[str] = ()) -> None:
        """Remove what says that a step was begun or finished, its results, and its ``outputs``.

        Files below the outputs whose paths begin with one of ``kept`` stay.
        """
        for kind in ("done", "started", "results"):
            (self.root / kind / f"{step}.json").unlink(missing_ok=True)
        for name in outputs:
            path = self.root / name
            if path.is_dir():
                self._remove_folder(path, [str(self.root / one) for one in kept])
            else:
                path.unlink(missing_ok=True)

    def _remove_folder(self, folder: Path, kept: Sequence[str]) -> None:
        stays = [path for path in folder.rglob("*") if str(path).startswith(tuple(kept))] if kept else []
        if not stays:
            shutil.rmtree(folder)
            return
        for path in sorted(folder.rglob("*"), reverse=True):  # what is in a folder comes before the folder
            if not path.is_dir():
                if path not in stays:
                    path.unlink()
            elif not any(path.iterdir()):
                path.rmdir()

    def _mark(self, kind: str, step: str, values: dict[str, object]) -> None:
        path = self.root / kind / f"{step}.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        partial = path.with_suffix(".partial")
        partial.write_text(json.dumps(values) + "\n", encoding="utf-8")
        partial.replace(path)

    def _digest(self, kind: str, step: str) -> str:
        path = self.root / kind / f"{step}.json"
        return str(json.loads(path.read_text(encoding="utf-8"))["digest"]) if path.exists() else ""


def digest_of(*parts: object) -> str:
    """Return a digest of JSON values (first 16 hex digits of SHA-256)."""
    text = json.dumps(parts, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:16]
