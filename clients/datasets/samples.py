"""Reads the two files of an evaluation: problems with their tests, and samples, which answer them.

Problems are rows with a ground truth of any shape that ``clients.testspecs`` reads. Samples are rows of human-eval and
EvalPlus (several rows per ``task_id``), our own candidates, or LiveCodeBench's lists. A row that cannot be used
is reported and left out. Nothing is judged here, and published verdicts are not read.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from clients.contract import Candidate, Isolation, Suite
from clients.datasets.formats import CandidateEntry
from clients.datasets.rows import (
    UNUSABLE,
    BadRow,
    BadRowBuffer,
    BadRowHandler,
    Row,
    as_object,
    reason_of,
    rows_of_file,
)
from clients.testspecs import UnknownTestSpecError, entry_point_of, suite_from

_IDS = ("task_id", "question_id", "suite", "id")
_PROMPTS = ("complete_prompt", "prompt", "text", "question_content", "question")
_OURS = {"asserts", "io", "check"}
_ANSWERS = {"solution", "completion", "program", "code_list"}


@dataclass(frozen=True, slots=True)
class EvaluationProblem:
    """One problem of an evaluation, with the tests that grade its samples."""

    suite: Suite
    prompt: str = ""
    inputs: tuple[Any, ...] = ()
    """EvalPlus's inputs, base and plus, one per test; empty for other problems."""
    base: int | None = None
    """How many of the tests, from the first, are EvalPlus's base tests; ``None`` if there are no plus tests."""


@dataclass(frozen=True, slots=True)
class EvaluationSample:
    """One answer to a problem."""

    row: Row
    """The row of the file, unchanged."""
    entry: CandidateEntry
    score: float | None = None
    """The reward model's score, from the field ``rm_score``."""


class _BadRows:
    """The rows of one file that cannot be used, and the error if no row can."""

    def __init__(self, path: Path, on_bad_row: BadRowHandler) -> None:
        self._path, self._buffer = path, BadRowBuffer(on_bad_row)
        self._first: tuple[int, Row | str, Exception] | None = None

    def add(self, line: int, row: Row | str, error: Exception) -> None:
        """Add a row that cannot be used."""
        self._first = self._first or (line, row, error)
        reason = error.reason if isinstance(error, UnknownTestSpecError) else reason_of(error)
        self._buffer.add(BadRow(str(self._path), line, reason))

    def release(self) -> None:
        """Report the rows held back, because a row can be used."""
        self._buffer.release()

    def no_usable_row(self, noun: str) -> ValueError:
        """Return the error for a file in which no row can be used; ``noun`` is what its rows should be."""
        if self._first is None:
            return ValueError(f"{self._path}: holds no {noun}")
        line, row, error = self._first
        reason = error.reason_with_shapes if isinstance(error, UnknownTestSpecError) else reason_of(error)
        if noun == "problem" and isinstance(row, dict) and _ANSWERS & row.keys():
            reason = "it is a sample; give the problems' file first, then the samples'"
        return ValueError(
            f"{self._path}: holds no {noun} that can be used; the first reason: line {line}: {reason}"
        )


def read_problems(
    path: Path, on_bad_row: BadRowHandler, unittest_isolation: Isolation = Isolation.SEPARATE
) -> dict[str, EvaluationProblem]:
    """Return the problems of a file by their ids, in the file's order.

    ``unittest_isolation`` is how tests that are classes of unittest are judged (``clients.testspecs.suite_from``).

    Raises:
        OSError: the file cannot be read.
        ValueError: no row can be used, or an id is used twice.
    """
    problems: dict[str, EvaluationProblem] = {}
    bad_rows = _BadRows(path, on_bad_row)
    for line, row in rows_of_file(path):
        try:
            problem = _problem(as_object(row), unittest_isolation)
        except UNUSABLE as error:
            bad_rows.add(line, row, error)
            continue
        bad_rows.release()
        if problems.setdefault(problem.suite.id, problem) is not problem:
            raise ValueError(f"{path}:{line}: id {problem.suite.id!r} is used twice; ids must be unique")
    if not problems:
        raise bad_rows.no_usable_row("problem")
    return problems


def read_samples(
    path: Path, problems: Mapping[str, EvaluationProblem], on_bad_row: BadRowHandler
) -> list[EvaluationSample]:
    """Return the answers to ``problems``, in the file's order.

    Raises:
        OSError: the file cannot be read.
        ValueError: no row can be used.
    """
    samples: list[EvaluationSample] = []
    bad_rows = _BadRows(path, on_bad_row)
    for line, row in rows_of_file(path):
        try:
            samples += list(_samples(as_object(row), problems, f"{line}"))
        except UNUSABLE as error:
            bad_rows.add(line, row, error)
        else:
            bad_rows.release()
    if not samples:
        raise bad_rows.no_usable_row("sample")
    return samples


def _problem(row: Row, unittest_isolation: Isolation) -> EvaluationProblem:
    problem_id = _id(row)
    prompt = next((row[name] for name in _PROMPTS if isinstance(row.get(name), str)), "")
    if "base_input" in row or "plus_input" in row:
        base, plus = list(row.get("base_input") or []), list(row.get("plus_input") or [])
        return EvaluationProblem(
            suite_from(row, problem_id), prompt, (*base, *plus), len(base) if plus else None
        )
    if _OURS & row.keys():
        row = {name: value for name, value in row.items() if name not in ("task_id", "prompt")}
    return EvaluationProblem(suite_from(row, problem_id, unittest_isolation=unittest_isolation), prompt)


def _id(row: Row) -> str:
    value = next((row[name] for name in _IDS if row.get(name) is not None), None)
    if not isinstance(value, str | int):
        raise ValueError(f"the row has no id; give one of {', '.join(_IDS)}")  # noqa: TRY004 - of a row, not an argument
    return str(value)


def _samples(row: Row, problems: Mapping[str, EvaluationProblem], line: str) -> Iterator[EvaluationSample]:
    problem = problems.get(_id(row))
    if problem is None:
        raise ValueError(f"task {_id(row)!r} is not among the problems")
    score = row.get("rm_score")
    if score is not None and (isinstance(score, bool) or not isinstance(score, int | float)):
        raise ValueError(f"'rm_score' is {score!r}; give a number or null")
    programs = row.get("code_list")
    rows = [row] if programs is None else [{"task_id": _id(row), "solution": program} for program in programs]
    for at, sample in enumerate(rows):
        candidate = _candidate(sample, problem, f"{line}.{at}" if len(rows) > 1 else line)
        yield EvaluationSample(sample, CandidateEntry(problem.suite, candidate, problem.prompt), score)


def _candidate(row: Row, problem: EvaluationProblem, candidate_id: str) -> Candidate:
    suite = problem.suite.id
    if row.get("program") is not None:
        return Candidate(id=candidate_id, suite=suite, program=row["program"])
    if row.get("solution") is not None:
        return Candidate(id=candidate_id, suite=suite, completion=row["solution"])
    completion = row.get("completion")
    if not isinstance(completion, str):
        raise ValueError("neither 'solution' nor 'completion' is a text")  # noqa: TRY004 - of a row
    prompt = row.get("prompt") or problem.prompt
    function = problem.suite.entry_point or entry_point_of(problem.suite.asserts or (), problem.suite.setup)
    if _continues(prompt, completion, function):
        return Candidate(id=candidate_id, suite=suite, program=prompt + completion)
    return Candidate(id=candidate_id, suite=suite, completion=completion)


def _continues(prompt: str, completion: str, function: str | None) -> bool:
    """Whether the completion is the body of a function whose head is in the prompt."""
    head = f"\ndef {function}("
    return head in f"\n{prompt}" and head not in f"\n{completion}" and "```" not in completion
