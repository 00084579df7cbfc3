"""Defines the command ``acecoder pairs``: reads verdicts from a file and writes preference pairs to another."""

import gzip
import json
from collections.abc import Iterable, Iterator
from itertools import chain, islice
from pathlib import Path
from typing import Annotated, Any

import typer

from clients.cli.options import Form, Suites
from clients.datasets import BadRow, RowFormat
from clients.pairs import (
    AnswerForm,
    PairForm,
    PairPolicy,
    PairReport,
    Sources,
    llamafactory_entry,
    preference_pairs,
    read_prompts,
    read_questions,
    row_of,
)
from clients.progress import console
from clients.runs import resume

_DEFAULTS = PairPolicy()
_PARQUET_ROWS = 4096  # in one row group, which is held in memory: megabytes of programs, not gigabytes

Results = Annotated[
    Path, typer.Argument(help="File of results that 'acecoder execute' wrote.", exists=True, dir_okay=False)
]
Candidates = Annotated[
    Path,
    typer.Option(
        "--candidates", "-c", help="File of the candidates that were judged.", exists=True, dir_okay=False
    ),
]
Out = Annotated[Path, typer.Option("--out", "-o", help="File of pairs: .jsonl, .jsonl.gz or .parquet.")]
Prompts = Annotated[
    Path | None, typer.Option(help="File of prompts: rows of id (the suite's) and prompt.", exists=True)
]
For = Annotated[PairForm, typer.Option("--for", help="Trainer that reads the pairs.")]
Learn = Annotated[
    AnswerForm,
    typer.Option(
        "--answer",
        help="Text to train on: the program in a fence, the completion as given, or AceCoder's wrapper.",
    ),
]
ChosenAtLeast = Annotated[float, typer.Option(help="Lowest pass rate of a chosen answer.")]
GapAtLeast = Annotated[float, typer.Option(help="Smallest difference of the two pass rates.")]
RejectedAbove = Annotated[float, typer.Option(help="Pass rate a rejected answer must exceed.")]
RejectRateZero = Annotated[
    bool, typer.Option("--reject-rate-zero", help="Let answers that pass no test be rejected answers.")
]
TestsAtLeast = Annotated[int, typer.Option(help="Smallest number of valid tests of a question.")]
PerQuestion = Annotated[int | None, typer.Option(help="Largest number of pairs of a question.")]
SimilarAtLeast = Annotated[
    float,
    typer.Option(help="Similarity, from 0 to 1, from which two answers with the same outcomes count as one."),
]
LengthRatioAtMost = Annotated[
    float | None, typer.Option(help="Largest length of the longer answer divided by the shorter.")
]
Seed = Annotated[int, typer.Option(help="Seed that decides which pairs --per-question keeps.")]


def pairs(
    results: Results,
    *,
    candidates: Candidates,
    out: Out,
    suites: Suites = None,
    prompts: Prompts = None,
    form: Form = RowFormat.AUTO,
    reader: For = PairForm.OURS,
    answer: Learn = AnswerForm.FENCED,
    chosen_at_least: ChosenAtLeast = _DEFAULTS.chosen_at_least,
    gap_at_least: GapAtLeast = _DEFAULTS.gap_at_least,
    rejected_above: RejectedAbove = _DEFAULTS.rejected_above,
    reject_rate_zero: RejectRateZero = False,
    tests_at_least: TestsAtLeast = _DEFAULTS.tests_at_least,
    per_question: PerQuestion = None,
    similar_at_least: SimilarAtLeast = _DEFAULTS.similar_at_least,
    length_ratio_at_most: LengthRatioAtMost = None,
    seed: Seed = 0,
) -> None:
    """Make preference pairs from judged candidates, by AceCoder's rule; pass rates are computed again from outcomes."""
    policy = PairPolicy(
        chosen_at_least, gap_at_least, rejected_above, reject_rate_zero, tests_at_least, per_question,
        similar_at_least, length_ratio_at_most, seed=seed,
    )  # fmt: skip
    _check_output(out, results, candidates, suites, prompts)
    answer = AnswerForm.ACECODE if reader is PairForm.ACECODEPAIR else answer
    prompt_by_suite = read_prompts(prompts, _print_skipped) if prompts else {}
    sources, report = Sources(results, candidates, suites, form, prompt_by_suite), PairReport()
    made = preference_pairs(read_questions(sources, answer, _print_skipped), policy, report)
    _write(out, (row_of(pair, reader, number) for number, pair in enumerate(made)))
    console.print(report.in_words(), soft_wrap=True)
    if reader is PairForm.LLAMAFACTORY:
        entry = json.dumps({out.stem: llamafactory_entry(out.name)})
        console.print(f"for LLaMA-Factory's dataset_info.json: {entry}", markup=False, soft_wrap=True)


def _print_skipped(row: BadRow) -> None:
    console.print(f"skipped {row}", markup=False, soft_wrap=True)


def _check_output(out: Path, *inputs: Path | None) -> None:
    """Raise ``ValueError`` if the output would overwrite an input, or a file that holds anything but pairs."""
    resume.check_not_an_input(out, *inputs)
    if out.suffix != ".jsonl" and out.exists():
        raise ValueError(f"{out} exists already; remove it, or give -o another name")
    resume.check_overwritable(out, "pairs", ("chosen", "rejected"))


def _write(out: Path, rows: Iterable[dict[str, Any]]) -> None:
    if out.suffix == ".parquet":
        _write_parquet(out, iter(rows))
        return
    with gzip.open(out, "wt", encoding="utf-8") if out.suffix == ".gz" else out.open("w") as sink:
        for row in rows:
            sink.write(json.dumps(row) + "\n")


def _write_parquet(out: Path, rows: Iterator[dict[str, Any]]) -> None:
    try:
        import pyarrow as arrow  # noqa: PLC0415 - needs an extra, which only these files need
        from pyarrow import parquet  # noqa: PLC0415
    except ImportError:
        raise ValueError("install acecoder-services[parquet] to write parquet files") from None
    first = list(islice(rows, _PARQUET_ROWS))
    if not first:
        raise ValueError(f"{out}: no pairs were made, and a parquet file without rows has no columns")
    schema = arrow.Table.from_pylist(first).schema
    with parquet.ParquetWriter(out, schema) as writer:
        for part in chain([first], iter(lambda: list(islice(rows, _PARQUET_ROWS)), [])):
            writer.write_table(arrow.Table.from_pylist(part, schema=schema))
