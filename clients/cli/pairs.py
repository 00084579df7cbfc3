"""The command ``acecoder pairs``: verdicts in a file → preference pairs in a file."""

import gzip
import json
from collections.abc import Iterable, Iterator
from itertools import chain, islice
from pathlib import Path
from typing import Annotated, Any

import typer

from clients.cli.options import Form, Suites
from clients.datasets.candidates import BadRow, RowFormat
from clients.pairs.build import preference_pairs
from clients.pairs.join import Sources, read_prompts, read_questions
from clients.pairs.policy import PairPolicy, PairReport
from clients.pairs.rows import AnswerForm, PairForm, llamafactory_entry, row_of
from clients.progress import console
from clients.runs import resume

_DEFAULTS = PairPolicy()
_PARQUET_ROWS = 4096  # of one row group: megabytes of programs, not gigabytes

Results = Annotated[Path, typer.Argument(help="What 'acecoder execute' wrote.", exists=True, dir_okay=False)]
Candidates = Annotated[
    Path, typer.Option("--candidates", "-c", help="The candidates it judged.", exists=True, dir_okay=False)
]
Out = Annotated[Path, typer.Option("--out", "-o", help="Pairs: .jsonl, .jsonl.gz or .parquet.")]
Prompts = Annotated[Path | None, typer.Option(help="Rows of id and prompt, by suite.", exists=True)]
For = Annotated[PairForm, typer.Option("--for", help="Who reads the pairs.")]
Learn = Annotated[AnswerForm, typer.Option("--answer", help="What of an answer is learnt from.")]
ChosenAtLeast = Annotated[float, typer.Option(help="Lowest pass rate of a chosen answer.")]
GapAtLeast = Annotated[float, typer.Option(help="Least difference of pass rates.")]
RejectedAbove = Annotated[float, typer.Option(help="Pass rate a rejected answer must exceed.")]
TestsAtLeast = Annotated[int, typer.Option(help="Valid tests of a question.")]
PerQuestion = Annotated[int | None, typer.Option(help="Most pairs of a question.")]
SimilarAtLeast = Annotated[
    float, typer.Option(help="Answers at least this alike, with the same outcomes, count once.")
]
LengthRatioAtMost = Annotated[float | None, typer.Option(help="Longer answer divided by the shorter.")]
Seed = Annotated[int, typer.Option(help="Decides what a cap keeps.")]


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
    tests_at_least: TestsAtLeast = _DEFAULTS.tests_at_least,
    per_question: PerQuestion = None,
    similar_at_least: SimilarAtLeast = _DEFAULTS.similar_at_least,
    length_ratio_at_most: LengthRatioAtMost = None,
    seed: Seed = 0,
) -> None:
    """Make preference pairs of judged candidates, by AceCoder's rule on recomputed rates."""
    policy = PairPolicy(
        chosen_at_least, gap_at_least, rejected_above, tests_at_least, per_question,
        similar_at_least, length_ratio_at_most, seed=seed,
    )  # fmt: skip
    _keep(out, results, candidates, suites, prompts)
    answer = AnswerForm.ACECODE if reader is PairForm.ACECODEPAIR else answer
    known = read_prompts(prompts, _skipped) if prompts else {}
    sources, report = Sources(results, candidates, suites, form, known), PairReport()
    found = preference_pairs(read_questions(sources, answer, _skipped), policy, report)
    _write(out, (row_of(pair, reader, number) for number, pair in enumerate(found)))
    console.print(report.in_words(), soft_wrap=True)
    if reader is PairForm.LLAMAFACTORY:
        entry = json.dumps({out.stem: llamafactory_entry(out.name)})
        console.print(f"for LLaMA-Factory's dataset_info.json: {entry}", markup=False, soft_wrap=True)


def _skipped(row: BadRow) -> None:
    console.print(f"skipped {row}", markup=False, soft_wrap=True)


def _keep(out: Path, *inputs: Path | None) -> None:
    """Raise ``ValueError`` if the output would be written over an input, or over what is not pairs."""
    resume.check_not_an_input(out, *inputs)
    if out.suffix != ".jsonl" and out.exists():
        raise ValueError(f"{out} is there already; remove it, or give -o another name")
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
        import pyarrow as arrow  # noqa: PLC0415 - an extra, and only for these files
        from pyarrow import parquet  # noqa: PLC0415
    except ImportError:
        raise ValueError("install acecoder-services[parquet] to write parquet files") from None
    first = list(islice(rows, _PARQUET_ROWS))
    if not first:
        raise ValueError(f"{out}: there are no pairs, and a parquet file without rows has no columns")
    schema = arrow.Table.from_pylist(first).schema
    with parquet.ParquetWriter(out, schema) as writer:
        for part in chain([first], iter(lambda: list(islice(rows, _PARQUET_ROWS)), [])):
            writer.write_table(arrow.Table.from_pylist(part, schema=schema))
