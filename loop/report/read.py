"""Reads the results of a run from its folder, as far as it got."""

import json
from pathlib import Path
from typing import Any

from loop.folder import RunFolder
from loop.results import (
    AblationResults,
    DatasetResults,
    ExampleResults,
    LoopResults,
    RlResults,
    SelectionResults,
    WorldResults,
)

STEPS = ("world", "synthesise", "reward_model", "best_of_n", "rl", "ablations", "examples")
"""Steps in the order in which a reader expects their times."""


def read_loop_results(
    folder: RunFolder,
    *,
    name: str,
    seed: int,
    **rest: Any,  # noqa: ANN401 - fields of LoopResults
) -> LoopResults:
    """Return all results that the steps of a run have written; ``rest`` are further fields of ``LoopResults``."""
    rl = folder.read_results("rl", RlResults)
    files = {run.name: folder.root / run.monitor for run in rl.runs} if rl else {}
    return LoopResults(
        name=name,
        seed=seed,
        world=folder.read_results("world", WorldResults),
        dataset=folder.read_results("synthesise", DatasetResults),
        best_of_n=folder.read_results("best_of_n", SelectionResults),
        rl=rl,
        ablations=folder.read_results("ablations", AblationResults),
        examples=folder.read_results("examples", ExampleResults),
        monitor_steps={run: _lines(path) for run, path in files.items() if path.is_file()},
        wall_s=_times(folder.root / "done"),
        **rest,
    )


def _lines(path: Path) -> list[dict[str, object]]:
    """Return the rows of a JSONL file; a line that was cut off by a kill is left out."""
    rows = []
    for line in path.read_text(encoding="utf-8").splitlines():
        try:
            rows.append(json.loads(line))
        except ValueError:
            continue
    return rows


def _times(folder: Path) -> dict[str, float]:
    """Return step → seconds, in the order of the steps; without the step that draws the report."""
    files = {path.stem: path for path in folder.glob("*.json") if path.stem != "report"}
    names = sorted(files, key=lambda name: (STEPS.index(name) if name in STEPS else len(STEPS), name))
    return {
        name: float(json.loads(files[name].read_text(encoding="utf-8")).get("wall_s", 0)) for name in names
    }
