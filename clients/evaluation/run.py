"""Runs an evaluation from files to a folder of files: reads, judges (resumably), counts, writes.

``clients.evaluation.curves`` computes the numbers, ``clients.evaluation.result_rows`` makes the rows. A folder
that no evaluation wrote is not changed; verdicts of an earlier evaluation in the folder are not judged again.
"""

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from clients.config import ClientConfig
from clients.contract import Candidate, CandidateResult, Isolation, Status, UnscorableReason
from clients.datasets import (
    BadRow,
    BadRowHandler,
    CandidateEntry,
    EvaluationProblem,
    EvaluationSample,
    Row,
    read_problems,
    read_samples,
)
from clients.evaluation.curves import AnsweredProblem, Curve, Selector, steps_of_n
from clients.evaluation.result_rows import evalplus_results, human_eval_row, pick_row, sample_row
from clients.requests import RequestOptions
from clients.runs.outputs import ProgressReporter
from clients.runs.verdict_files import judge_into
from clients.selection.problems import options_for
from clients.selection.rules import By, has_verdict

_VERDICTS = "verdicts.jsonl"  # a folder with this file was written by an evaluation
_IMAGINED = "imagined_verdicts.jsonl"
_SAME_PROCESS = "problems judged with tests in the program's process, where a dishonest program can pass"


@dataclass
class Evaluation:
    """Problems with their judged samples."""

    problems: list[AnsweredProblem]
    tasks: dict[str, EvaluationProblem]
    samples: list[EvaluationSample]
    order: list[tuple[AnsweredProblem, int]]
    """For each sample, its problem and its position among the samples of that problem."""
    imagined: bool
    counts: dict[str, int] = field(default_factory=dict)
    """Counts that a reader of the numbers must know, by their labels."""


def prepare_output_dir(out: Path, *inputs: Path | None) -> None:
    """Create the output folder, after checking that it is new, empty, or written by an earlier evaluation.

    Raises:
        ValueError: it is a file, holds what no evaluation wrote, or holds an input.
        OSError: it cannot be created.
    """
    if out.exists() and not out.is_dir():
        raise ValueError(f"{out} is a file; give -o the name of a folder")
    has_files = out.is_dir() and any(out.iterdir())
    if has_files and not (out / _VERDICTS).is_file():
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
    unittest_isolation: Isolation = Isolation.SEPARATE,
) -> Evaluation:
    """Read and judge everything; check first that the samples have the scores that ``selectors`` need.

    ``unittest_isolation`` is how tests that are classes of unittest are judged.

    Raises:
        OSError: a file cannot be read or written.
        ValueError: a file has no row that can be used; ``rm`` has no scores.
        AceCoderError: the service cannot be used; finished verdicts are kept.
    """
    skipped = Counter[str]()
    on_bad_row = _counting(progress, skipped, "rows of problems skipped")
    tasks = read_problems(problems, on_bad_row, unittest_isolation)
    rows = read_samples(samples, tasks, _counting(progress, skipped, "rows of samples skipped"))
    if any(By.RM in selector.rules for selector in selectors) and all(row.score is None for row in rows):
        raise ValueError(f"{samples}: --select rm needs a number 'rm_score' in its rows; none has one")
    rules = [rule for selector in selectors for rule in selector.rules]
    judge = partial(judge_into, config=config, options=options_for(rules, options), progress=progress)
    graded = judge([row.entry for row in rows], out / _VERDICTS)
    programs = [_program(row, result) for row, result in zip(rows, graded, strict=True)]
    selection_results, selection_tasks = graded, tasks
    if imagined is not None:
        on_bad_row = _counting(progress, skipped, "rows of imagined tests skipped")
        selection_tasks = read_problems(imagined, on_bad_row, unittest_isolation)
        entries = [
            _with_suite_of(selection_tasks, row, text) for row, text in zip(rows, programs, strict=True)
        ]
        results = iter(judge([entry for entry in entries if entry is not None], out / _IMAGINED))
        selection_results = [
            _without_tests(result) if entry is None else next(results)
            for entry, result in zip(entries, graded, strict=True)
        ]
    answered, order = _by_problem(tasks, selection_tasks, rows, programs, graded, selection_results)
    return Evaluation(answered, tasks, rows, order, imagined is not None, _counts(tasks, answered, skipped))


def write_results(evaluation: Evaluation, selectors: Sequence[Selector], out: Path, problems: Path) -> None:
    """Write the files of samples and picks, ours and those of other tools; remove picks of an earlier run first."""
    for stale in (*out.glob("best_of_*.json*"), *out.glob("report.html")):
        stale.unlink()
    date = datetime.now(UTC).strftime("%Y-%m-%d %H:%M")
    digest = hashlib.sha256(problems.read_bytes()).hexdigest()

    def write_both(name: str, rows: Iterable[Row], positions: dict[str, list[int]]) -> None:
        """Write rows of ours, and EvalPlus's results of the samples at these positions, by task."""
        _write_lines(out / f"{name}.jsonl", rows)
        selected = [(problem, positions[problem.task]) for problem in evaluation.problems]
        results = evalplus_results(selected, evaluation.tasks, date=date, digest=digest)
        (out / f"{name}_eval_results.json").write_text(json.dumps(results))

    all_positions = {problem.task: list(range(len(problem.programs))) for problem in evaluation.problems}
    write_both("samples", (sample_row(problem, at) for problem, at in evaluation.order), all_positions)
    samples = zip(evaluation.samples, evaluation.order, strict=True)
    _write_lines(
        out / "samples_results.jsonl",
        (human_eval_row(sample.row, problem.graded[at]) for sample, (problem, at) in samples),
    )
    for number, selector in enumerate(selectors):
        for n in steps_of_n(evaluation.problems)[1:]:
            picks = {problem.task: pick_row(problem, selector, n) for problem in evaluation.problems}
            name = f"best_of_{n}" + (f"_{selector.name}" if number else "")
            positions = {task: [pick.at] for task, pick in picks.items()}
            write_both(name, (pick.row for pick in picks.values()), positions)


def write_curves(evaluation: Evaluation, curves: Sequence[Curve], out: Path) -> None:
    """Write the counts and the points of all curves as one JSON object."""
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
    (out / "curves.json").write_text(
        json.dumps({"counts": evaluation.counts, "curves": rows}, indent=1) + "\n"
    )


def _counting(progress: ProgressReporter, skipped: Counter[str], label: str) -> BadRowHandler:
    def count(row: BadRow) -> None:
        skipped[label] += 1
        progress.bad(row)

    return count


def _program(sample: EvaluationSample, result: CandidateResult) -> str:
    """Return the program that was judged; if none was extracted, the sample's own text."""
    candidate = sample.entry.candidate
    extracted = result.extraction.program if result.extraction else ""
    return extracted or candidate.program or candidate.completion or ""


def _with_suite_of(
    tasks: dict[str, EvaluationProblem], sample: EvaluationSample, program: str
) -> CandidateEntry | None:
    """Return the same program with the suite that ``tasks`` has for its problem; ``None`` if it has none."""
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


def _by_problem(
    tasks: dict[str, EvaluationProblem],
    selection_tasks: dict[str, EvaluationProblem],
    samples: Sequence[EvaluationSample],
    programs: Sequence[str],
    graded: Sequence[CandidateResult],
    selection_results: Sequence[CandidateResult],
) -> tuple[list[AnsweredProblem], list[tuple[AnsweredProblem, int]]]:
    """Group the samples by problem, in the problems' order; return also each sample's problem and position there."""
    by_task: dict[str, list[int]] = {task: [] for task in tasks}
    for at, sample in enumerate(samples):
        by_task[sample.entry.suite.id].append(at)
    problems, places = list[AnsweredProblem](), dict[int, tuple[AnsweredProblem, int]]()
    for task, positions in by_task.items():
        if positions:
            weights = selection_tasks[task].suite.weights if task in selection_tasks else None
            problem = AnsweredProblem(
                task, tasks[task].prompt, [programs[at] for at in positions], [graded[at] for at in positions],
                [selection_results[at] for at in positions], [samples[at].score for at in positions], weights,
            )  # fmt: skip
            problems.append(problem)
            places |= {at: (problem, place) for place, at in enumerate(positions)}
    return problems, [places[at] for at in range(len(samples))]


def _counts(
    tasks: dict[str, EvaluationProblem], problems: Sequence[AnsweredProblem], skipped: Counter[str]
) -> dict[str, int]:
    samples = sum(len(problem.programs) for problem in problems)
    counts = {"problems": len(problems), "samples": samples}
    counts["samples without a verdict, in no number"] = samples - sum(
        len(problem.scorable) for problem in problems
    )
    counts["problems without a verdict, in no number"] = sum(not problem.scorable for problem in problems)
    counts["problems without samples, in no number"] = len(tasks) - len(problems)
    counts["samples that selectors cannot see"] = sum(
        not has_verdict(result) and has_verdict(grade)
        for problem in problems
        for result, grade in zip(problem.selection_results, problem.graded, strict=True)
    )
    counts[_SAME_PROCESS] = sum(
        tasks[problem.task].suite.isolation is Isolation.SAME_PROCESS for problem in problems
    )
    counts |= skipped
    return {label: count for label, count in counts.items() if count or label == "samples"}


def _write_lines(path: Path, rows: Iterable[Row]) -> None:
    with path.open("w", encoding="utf-8") as file:
        file.writelines(json.dumps(row) + "\n" for row in rows)
