"""An evaluation from files to a folder of files: read, judged (resumably), counted, written.

What the numbers are is ``clients.evaluation``'s, what a line of a file is ``clients.evaluation.result_rows``'. A folder
that no evaluation wrote is left alone; what an earlier one left is judged no second time.
"""

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from clients.config import ClientConfig
from clients.contract import Candidate, CandidateResult, Status, UnscorableReason
from clients.datasets import (
    BadRow,
    CandidateEntry,
    EvaluationProblem,
    EvaluationSample,
    read_problems,
    read_samples,
)
from clients.datasets.samples import BadRowHandler
from clients.evaluation.curves import AnsweredProblem, Curve, Selector, steps_of_n
from clients.evaluation.result_rows import chosen, evalplus_results, human_eval_row, sample_row
from clients.requests import RequestOptions
from clients.runs.outputs import ProgressReporter
from clients.runs.verdict_files import judge_into
from clients.selection.rules import By, has_verdict

_VERDICTS = "verdicts.jsonl"  # its presence marks a folder as an evaluation's
_IMAGINED = "imagined_verdicts.jsonl"


@dataclass
class Evaluation:
    """Problems with their samples, judged."""

    problems: list[AnsweredProblem]
    tasks: dict[str, EvaluationProblem]
    samples: list[EvaluationSample]
    order: list[tuple[AnsweredProblem, int]]
    """Of each sample, its problem and its place among that problem's."""
    imagined: bool
    counts: dict[str, int] = field(default_factory=dict)
    """What a reader of the numbers must know, in words, and how many there are."""


def prepare_output_dir(out: Path, *inputs: Path | None) -> None:
    """See that ``out`` may be written: it is new, empty, or an earlier evaluation's; and make it.

    Raises:
        ValueError: it is a file, or holds what no evaluation wrote.
        OSError: it cannot be made.
    """
    if out.exists() and not out.is_dir():
        raise ValueError(f"{out} is a file; give -o the name of a folder")
    held = out.is_dir() and any(out.iterdir())
    if held and not (out / _VERDICTS).is_file():
        raise ValueError(f"{out}: holds files that `acecoder evaluate` did not write; give -o another folder")
    if any(path is not None and path.resolve().parent == out.resolve() for path in inputs):
        raise ValueError(f"{out}: an input is in the folder of the output; give -o another folder")
    out.mkdir(parents=True, exist_ok=True)
    (out / _VERDICTS).touch()


def judge_files(
    problems: Path,
    samples: Path,
    imagined: Path | None,
    out: Path,
    *,
    selectors: Sequence[Selector],
    config: ClientConfig,
    options: RequestOptions,
    progress: ProgressReporter,
) -> Evaluation:
    """Read and judge everything; ``selectors`` are seen to have what they look at.

    Raises:
        OSError: a file cannot be read or written.
        ValueError: a file has no row that can be used; ``rm`` has no scores.
        AceCoderError: the service cannot be used; what was finished is kept.
    """
    skipped = Counter[str]()
    tasks = read_problems(problems, _counting(progress, skipped, "rows of problems skipped"))
    read = read_samples(samples, tasks, _counting(progress, skipped, "rows of samples skipped"))
    if any(By.RM in each.rules for each in selectors) and all(each.score is None for each in read):
        raise ValueError(f"{samples}: --select rm needs a number 'rm_score' in its rows; none has one")
    graded = judge_into(
        [each.entry for each in read], out / _VERDICTS, config=config, options=options, progress=progress
    )
    programs = [_program(each, result) for each, result in zip(read, graded, strict=True)]
    shown, others = graded, tasks
    if imagined is not None:
        others = read_problems(imagined, _counting(progress, skipped, "rows of imagined tests skipped"))
        entries = [_by(others, each, program) for each, program in zip(read, programs, strict=True)]
        there = [each for each in entries if each is not None]
        said = iter(judge_into(there, out / _IMAGINED, config=config, options=options, progress=progress))
        shown = [
            _without_tests(result) if entry is None else next(said)
            for entry, result in zip(entries, graded, strict=True)
        ]
    made = _gathered(tasks, others, read, programs, graded, shown)
    return Evaluation(made[0], tasks, read, made[1], imagined is not None, _counts(tasks, made[0], skipped))


def write_results(found: Evaluation, selectors: Sequence[Selector], out: Path, problems: Path) -> None:
    """Write samples, picks and other tools' results; what an earlier run made of its own is removed."""
    for stale in (*out.glob("best_of_*.json*"), *out.glob("report.html")):
        stale.unlink()
    date = datetime.now(UTC).strftime("%Y-%m-%d %H:%M")
    digest = hashlib.sha256(problems.read_bytes()).hexdigest()

    def write_one(name: str, rows: Iterable[dict[str, Any]], kept: dict[str, list[int]]) -> None:
        _lines(out / f"{name}.jsonl", rows)
        among = [(problem, kept[problem.task]) for problem in found.problems]
        results = evalplus_results(among, found.tasks, date=date, digest=digest)
        (out / f"{name}_eval_results.json").write_text(json.dumps(results))

    every = {problem.task: list(range(len(problem.programs))) for problem in found.problems}
    write_one("samples", (sample_row(problem, at) for problem, at in found.order), every)
    given = zip(found.samples, found.order, strict=True)
    _lines(
        out / "samples_results.jsonl",
        (human_eval_row(each.row, problem.graded[at]) for each, (problem, at) in given),
    )
    for place, selector in enumerate(selectors):
        for n in steps_of_n(found.problems)[1:]:
            picks = [chosen(problem, selector, n) for problem in found.problems]
            name = f"best_of_{n}" + (f"_{selector.name}" if place else "")
            tasks = [problem.task for problem in found.problems]
            write_one(
                name,
                (each.row for each in picks),
                {task: [each.at] for task, each in zip(tasks, picks, strict=True)},
            )


def write_curves(found: Evaluation, curves: Sequence[Curve], out: Path) -> None:
    """Write the numbers as one object."""
    rows = [
        {
            "label": curve.label,
            "oracle": curve.oracle,
            "points": [
                {"n": point.n, "share": point.share.mean, "low": point.share.low, "high": point.share.high,
                 "problems": point.share.problems}
                for point in curve.points
            ],
        }
        for curve in curves
    ]  # fmt: skip
    (out / "curves.json").write_text(json.dumps({"counts": found.counts, "curves": rows}, indent=1) + "\n")


def _counting(progress: ProgressReporter, skipped: Counter[str], what: str) -> BadRowHandler:
    def bad(row: BadRow) -> None:
        skipped[what] += 1
        progress.bad(row)

    return bad


def _program(sample: EvaluationSample, result: CandidateResult) -> str:
    """What was judged; where no program was found, what was given."""
    candidate = sample.entry.candidate
    found = result.extraction.program if result.extraction else ""
    return found or candidate.program or candidate.completion or ""


def _by(tasks: dict[str, EvaluationProblem], sample: EvaluationSample, program: str) -> CandidateEntry | None:
    """The same program, to be judged by other tests."""
    task = tasks.get(sample.entry.suite.id)
    if task is None:
        return None
    candidate = Candidate(id=sample.entry.candidate.id, suite=task.suite.id, program=program)
    return CandidateEntry(task.suite, candidate, sample.entry.prompt)


def _without_tests(result: CandidateResult) -> CandidateResult:
    return CandidateResult(
        id=result.id, index=result.index, suite=result.suite, status=Status.UNSCORABLE,
        reason=UnscorableReason.INVALID_SUITE, detail="there are no imagined tests of this problem",
    )  # fmt: skip


def _gathered(
    tasks: dict[str, EvaluationProblem],
    others: dict[str, EvaluationProblem],
    samples: Sequence[EvaluationSample],
    programs: Sequence[str],
    graded: Sequence[CandidateResult],
    shown: Sequence[CandidateResult],
) -> tuple[list[AnsweredProblem], list[tuple[AnsweredProblem, int]]]:
    """Group by problem, in the problems' order; and say where each sample went."""
    by_task: dict[str, list[int]] = {task: [] for task in tasks}
    for at, sample in enumerate(samples):
        by_task[sample.entry.suite.id].append(at)
    problems, places = list[AnsweredProblem](), dict[int, tuple[AnsweredProblem, int]]()
    for task, own in by_task.items():
        if own:
            weights = others[task].suite.weights if task in others else None
            problem = AnsweredProblem(
                task, tasks[task].prompt, [programs[at] for at in own], [graded[at] for at in own],
                [shown[at] for at in own], [samples[at].score for at in own], weights,
            )  # fmt: skip
            problems.append(problem)
            places |= {at: (problem, place) for place, at in enumerate(own)}
    return problems, [places[at] for at in range(len(samples))]


def _counts(
    tasks: dict[str, EvaluationProblem], problems: Sequence[AnsweredProblem], skipped: Counter[str]
) -> dict[str, int]:
    samples = sum(len(problem.programs) for problem in problems)
    counts = {"problems": len(problems), "samples": samples}
    counts["samples without a verdict, in no number"] = samples - sum(len(each.scorable) for each in problems)
    counts["problems without a verdict, in no number"] = sum(not each.scorable for each in problems)
    counts["problems without samples, in no number"] = len(tasks) - len(problems)
    counts["samples that selectors cannot see"] = sum(
        not has_verdict(result) and has_verdict(grade)
        for problem in problems
        for result, grade in zip(problem.shown, problem.graded, strict=True)
    )
    counts |= skipped
    return {what: count for what, count in counts.items() if count or what == "samples"}


def _lines(path: Path, rows: Iterable[dict[str, Any]]) -> None:
    with path.open("w", encoding="utf-8") as sink:
        sink.writelines(json.dumps(row) + "\n" for row in rows)
