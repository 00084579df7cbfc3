"""Writes the data set of a run: suites, AceCoder's columns, pairs, canaries, the hard subset, what was dropped, a card.

Every file is written in the order of the seeds and from the rows alone, so two runs with the same rows write the same
bytes. Rows are read one at a time, twice; memory holds one number triple a question.
"""

import gzip
import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import IO, Annotated

from pydantic import Field

from clients.contract import SynthRow
from clients.contract.base import RequestModel
from clients.datasets.rows import Row
from clients.pairs import (
    AnswerForm,
    JudgedQuestion,
    PairForm,
    PairPolicy,
    PairReport,
    count_pairs,
    preference_pairs,
    row_of,
)
from services.synth.curation.canary import canary_of, changed_position
from services.synth.curation.rows import acecode_row, judged_question, samples, suite_row
from services.synth.curation.statistics import RunStatistics
from services.synth.curation.subsets import Difficulty, difficulty, hard_subset
from services.synth.pipeline.stage import row_random
from services.synth.pipeline.store import RowState, RunStore

PAIR_RULES = {"the paper's rule": False, "rate 0 may be rejected": True}
"""Rule → whether an answer that passes no test may be rejected. The card counts the pairs of both, without a cap."""
_PARQUET_ROWS = 1024  # in one row group: some tens of megabytes


class CurationOptions(RequestModel):
    """What the data set holds."""

    canary_share: Annotated[float, Field(ge=0, le=1)] = 0.05
    """Share of the questions for which a canary is made; in training, mix them in at about 1 %."""
    chosen_at_least: Annotated[float, Field(ge=0, le=1)] = 0.8
    """Lowest pass rate of a chosen answer of a pair."""
    gap_at_least: Annotated[float, Field(gt=0, le=1)] = 0.4
    """Least difference between the two pass rates of a pair."""
    reject_rate_zero: bool = True
    """Whether answers that pass no test may be rejected answers. AceCoder leaves them out, and its reward models then
    never see a program that does not work at all."""
    pairs_per_question: Annotated[int, Field(ge=1)] | None = 16
    """Most pairs of one question; ``None`` for all."""
    answer: AnswerForm = AnswerForm.FENCED
    """Text of an answer of a pair."""
    parquet: bool = False
    """Whether ``acecode`` and ``pairs`` are written as parquet, too; needs the extra ``parquet``."""

    def policy(self) -> PairPolicy:
        """Return the rule of the pairs."""
        return PairPolicy(
            chosen_at_least=self.chosen_at_least,
            gap_at_least=self.gap_at_least,
            reject_rate_zero=self.reject_rate_zero,
            per_question=self.pairs_per_question,
        )


def write_dataset(
    store: RunStore, folder: Path, options: CurationOptions, stage_names: list[str]
) -> tuple[RunStatistics, PairReport]:
    """Write all files of the data set to ``folder`` and return what they hold.

    Files: ``suites.jsonl.gz`` (questions with suites), ``acecode.jsonl.gz`` (AceCode-87K's columns),
    ``acecode_hard.jsonl.gz`` (its hard subset), ``pairs.jsonl.gz`` (AceCodePair-300K's columns),
    ``pairs_full.jsonl.gz`` (with outcomes and test hashes), ``canaries.jsonl.gz``, ``dropped.jsonl.gz``.

    Raises:
        ValueError: ``parquet`` is wanted and pyarrow is not installed.
        OSError: a file cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    statistics, report = RunStatistics(), PairReport()
    difficulties: dict[str, Difficulty] = {}
    with ExitStack() as exits:
        write = {
            name: _writer(exits, folder / f"{name}.jsonl.gz")
            for name in ("suites", "acecode", "pairs", "pairs_full", "canaries")
        }
        for stored in store.rows(RowState.DONE):
            row = stored.row
            statistics.add_done(row)
            write["suites"](suite_row(row))
            write["acecode"](acecode_row(row))
            judged = judged_question(row, options.answer)
            _write_pairs(row, judged, options, report, write)
            _count_pairs(judged, options, statistics)
            if canary := _canary_row(row, options.canary_share):
                write["canaries"](canary)
                statistics.canaries += 1
            rates = [program.pass_rate for program in samples(row) if program.pass_rate is not None]
            if one := difficulty(rates):
                difficulties[row.id] = one
    statistics.hard_questions = _write_hard(store, folder, difficulties)
    _write_dropped(store, folder, statistics, stage_names)
    if options.parquet:
        for name in ("acecode", "pairs"):
            to_parquet(folder / f"{name}.jsonl.gz", folder / f"{name}.parquet")
    return statistics, report


def _write_pairs(
    row: SynthRow,
    judged: JudgedQuestion,
    options: CurationOptions,
    report: PairReport,
    write: dict[str, Callable[[Row], None]],
) -> None:
    """Write the pairs in both forms; ``judged`` has the answers as ``options`` wants them."""
    of_paper = judged_question(row, AnswerForm.ACECODE)
    for form, question, name, counts in (
        (PairForm.ACECODEPAIR, of_paper, "pairs", PairReport()),
        (PairForm.OURS, judged, "pairs_full", report),
    ):
        for number, pair in enumerate(preference_pairs([question], options.policy(), counts), report.pairs):
            write[name](row_of(pair, form, number))


def _count_pairs(judged: JudgedQuestion, options: CurationOptions, statistics: RunStatistics) -> None:
    """Count the pairs that a question's programs make by each rule, without a cap and with the run's thresholds."""
    for name, reject_rate_zero in PAIR_RULES.items():
        policy = replace(options.policy(), reject_rate_zero=reject_rate_zero, per_question=None)
        statistics.pairs_by_rule[name] += count_pairs(judged, policy)


def _canary_row(row: SynthRow, share: float) -> Row | None:
    random = row_random(row, "canary")
    if random.random() >= share:
        return None
    suite = canary_of(row, random)
    if suite is None or row.question is None:
        return None
    return {
        "id": suite.id,
        "prompt": row.question.text,
        "suite": suite.model_dump(mode="json", exclude_defaults=True),
        "canary": True,
        "canary_test": changed_position(suite, row.suite(row.kept)),
    }


def _write_hard(store: RunStore, folder: Path, difficulties: dict[str, Difficulty]) -> int:
    hard = set(hard_subset(difficulties))
    with ExitStack() as exits:
        write = _writer(exits, folder / "acecode_hard.jsonl.gz")
        for stored in store.rows(RowState.DONE, hard):
            write(acecode_row(stored.row))
    return len(hard)


def _write_dropped(store: RunStore, folder: Path, statistics: RunStatistics, stage_names: list[str]) -> None:
    with ExitStack() as exits:
        write = _writer(exits, folder / "dropped.jsonl.gz")
        for stored in store.rows(RowState.DROPPED):
            stage = stage_names[stored.stages_done - 1]
            statistics.add_dropped(stored.row, stage, stored.reason)
            write({"id": stored.row.id, "stage": stage, "reason": stored.reason, "detail": stored.detail})


def _writer(exits: ExitStack, path: Path) -> Callable[[Row], None]:
    """Return a function that appends a row to a compressed file, which has the same bytes for the same rows."""
    raw = exits.enter_context(path.open("wb"))
    packed = gzip.GzipFile(filename="", mode="wb", fileobj=raw, mtime=0)  # no name, no time of writing
    exits.callback(packed.close)

    def write(row: Row) -> None:
        packed.write(json.dumps(row, ensure_ascii=False, sort_keys=True).encode() + b"\n")

    return write


def to_parquet(source: Path, target: Path) -> None:
    """Write the rows of a compressed JSONL file as parquet, a row group in memory at a time.

    Raises:
        ValueError: pyarrow is not installed.
    """
    try:
        import pyarrow as arrow  # noqa: PLC0415 - needs an extra, which only these files need
        from pyarrow import parquet  # noqa: PLC0415
    except ImportError:
        raise ValueError("install acecoder-services[parquet] to write parquet files") from None
    with gzip.open(source, "rt", encoding="utf-8") as lines, ExitStack() as exits:
        writer = None
        for rows in _batches(lines):
            table = arrow.Table.from_pylist(rows, schema=writer.schema if writer else None)
            writer = writer or exits.enter_context(parquet.ParquetWriter(target, table.schema))
            writer.write_table(table)


def _batches(lines: IO[str]) -> Iterator[list[Row]]:
    batch: list[Row] = []
    for line in lines:
        batch.append(json.loads(line))
        if len(batch) == _PARQUET_ROWS:
            yield batch
            batch = []
    if batch:
        yield batch
