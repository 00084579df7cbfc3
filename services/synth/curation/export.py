"""Writes what a run holds for programs that read it: every row in full, and the counts of the card as JSON."""

import gzip
import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import IO, cast

from clients.pairs import PairReport
from services.synth.curation.card import StageYield
from services.synth.curation.statistics import RunStatistics
from services.synth.llm.cache import Spent
from services.synth.pipeline.store import RowState, RunStore

STATISTICS = "statistics.json"


def write_rows(store: RunStore, path: Path, stage_names: Sequence[str]) -> int:
    """Write every row as a line of JSON, and return how many there are: finished ones first, then dropped ones.

    A line has ``state``, and ``row``: a ``SynthRow`` of ``clients.contract``. One of a dropped row has ``stage``,
    ``reason`` and ``detail``, too. Rows that a run has not finished are left out.

    Raises:
        OSError: the file cannot be written.
    """
    count = 0
    with _open(path) as file:
        for state in (RowState.DONE, RowState.DROPPED):
            for stored in store.rows(state):
                line: dict[str, object] = {"state": state}
                if state is RowState.DROPPED:
                    stage = stage_names[stored.stages_done - 1]
                    line |= {"stage": stage, "reason": stored.reason, "detail": stored.detail}
                line["row"] = stored.row.model_dump(mode="json", exclude_defaults=True)
                file.write(json.dumps(line, ensure_ascii=False) + "\n")
                count += 1
    return count


def _open(path: Path) -> IO[str]:
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.suffix == ".gz":
        return cast("IO[str]", gzip.open(path, "wt", encoding="utf-8"))
    return path.open("w", encoding="utf-8")


def write_statistics(
    folder: Path,
    yields: Sequence[StageYield],
    spent: Sequence[Spent],
    statistics: RunStatistics,
    pairs: PairReport,
) -> None:
    """Write ``statistics.json``: counts of the card that a program may want.

    Raises:
        OSError: the file cannot be written.
    """
    counts = {
        "seeds": statistics.total("seeds"),
        "questions_written": statistics.total("written"),
        "tests_imagined": statistics.total("imagined"),
        "tests_imagined_kept": statistics.total("imagined_kept"),
        "tests_kept": statistics.total("tests"),
        "questions": statistics.questions,
        "programs": statistics.programs,
        "mean_rate": statistics.mean_rate,
        "canaries": statistics.canaries,
        "solved_programs": statistics.solved_programs,
        "solved_questions": statistics.solved_questions,
        "all_solved_questions": statistics.all_solved_questions,
        "mutants": statistics.mutants,
        "mutants_caught": statistics.mutants_caught,
        "pairs": pairs.pairs,
        "pairs_by_rule": dict(statistics.pairs_by_rule),
        "dropped_tests": dict(statistics.dropped_tests),
        "dropped_imagined": {reason: count for reason, count in statistics.dropped_imagined.items() if count},
        "dropped_rows": [
            {"stage": stage, "reason": reason, "rows": rows}
            for (stage, reason), rows in statistics.dropped_rows.items()
        ],
        "stages": [asdict(one) for one in yields],
        "models": [asdict(one) for one in spent],
    }
    (folder / STATISTICS).write_text(json.dumps(counts, indent=1) + "\n", encoding="utf-8")
