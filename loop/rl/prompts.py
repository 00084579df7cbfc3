"""Reads the prompts of RL, with the suites that reward them, from the data set that ``acecoder synth run`` wrote.

``suites.jsonl.gz`` has the questions, ``canaries.jsonl.gz`` the canaries, ``acecode.jsonl.gz`` the pass rates of the
sampled programs. A row for TRL has ``prompt`` (messages), ``ground_truth`` (JSON of the suite), ``canary`` and
``canary_test``; the adapters read these names.
"""

import gzip
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

PromptRow = dict[str, Any]


def read_prompts(dataset: Path, *, canary_share: float = 0.0, mixed_only: bool = False) -> list[PromptRow]:
    """Return the rows of a data set, with canaries repeated until they have ``canary_share`` of all rows.

    ``mixed_only`` leaves out questions whose sampled programs all passed, or all failed: groups of such a question
    mostly have equal rewards, from which nothing is learned.

    Raises:
        ValueError: the data set has no questions; or a share of canaries is wanted and it has none.
    """
    mixed = _mixed_questions(dataset / "acecode.jsonl.gz") if mixed_only else None
    rows = [_row(row) for row in _lines(dataset / "suites.jsonl.gz") if mixed is None or row["id"] in mixed]
    if not rows:
        raise ValueError(
            f"{dataset / 'suites.jsonl.gz'}: no questions to train on; synthesise more, or keep more"
        )
    count = max(1, round(len(rows) * canary_share / (1 - canary_share))) if canary_share else 0
    canaries = [_row(row) for row in _lines(dataset / "canaries.jsonl.gz")] if count else []
    if count and not canaries:
        raise ValueError(
            f"{dataset / 'canaries.jsonl.gz'}: no canaries; raise canary_share of `acecoder synth run`, "
            f"or set rl.canary_share to 0"
        )
    return [*rows, *(canaries[at % len(canaries)] for at in range(count))]


def _row(row: PromptRow) -> PromptRow:
    return {
        "prompt": [{"role": "user", "content": row["prompt"]}],
        "ground_truth": json.dumps(row["suite"]),
        "canary": bool(row.get("canary")),
        "canary_test": row.get("canary_test"),
        "question": row["id"],
    }


def _mixed_questions(path: Path) -> set[str]:
    """Return the questions whose sampled programs do not all have the same pass rate."""
    return {row["id"] for row in _lines(path) if len({*_rates(row["inferences"])}) > 1}


def _rates(inferences: Sequence[PromptRow]) -> Iterator[float]:
    return (float(program["pass_rate"]) for program in inferences)


def _lines(path: Path) -> Iterator[PromptRow]:
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            yield json.loads(line)
