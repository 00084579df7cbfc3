"""Reads one row of each format into candidates with their suites. Pure.

``clients.datasets.candidates`` reads whole files with these readers. Pass rates that a data set publishes are not
read: they are recomputed.
"""

import ast
import json
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from clients.completions.parsing import parse_quietly
from clients.contract import Candidate, Suite
from clients.datasets.rows import Row, rows_of_table
from clients.testspecs.checks import suite_of_test_text


class RowFormat(StrEnum):
    """The formats of rows."""

    AUTO = "auto"
    """Recognised from the first row."""
    OURS = "ours"
    """Candidates as in the contract; the suites are in another file."""
    HUMANEVAL = "humaneval"
    """``samples.jsonl`` (task_id with completion or solution), with the problems in the file of suites; or problems
    that have their own ``completions``."""
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
    """The prompt that the candidate answers; empty if the file does not have it."""


@dataclass(frozen=True, slots=True)
class SuiteWithPrompt:
    """One problem of the file of suites."""

    suite: Suite
    prompt: str


SuitesById = dict[str, SuiteWithPrompt]


class RowReader(Protocol):
    """Reads the rows of one format."""

    def __call__(self, row: Row, suites: SuitesById, *, reference: bool) -> Iterator[CandidateEntry]:
        """Yield the candidates of one row; with ``reference``, the data set's own solution instead."""


def suite_with_prompt(row: Row) -> SuiteWithPrompt:
    """Return the suite of one row of the file of suites: a suite of ours, or a problem."""
    if "test_list" in row:
        return _mbpp_suite(row)
    if "task_id" in row:
        suite = suite_of_test_text(str(row["task_id"]), row["test"], row["entry_point"].strip())
        return SuiteWithPrompt(suite, row["prompt"])
    suite = Suite.model_validate(row)
    if not _is_unicode(row):
        raise ValueError(
            "the suite contains an unpaired surrogate (such as \\ud800), which is not valid Unicode; remove it"
        )
    return SuiteWithPrompt(suite, "")


def _is_unicode(row: Row) -> bool:
    """Whether a row holds no lone surrogate. A suite with one is refused, not repaired: its author must correct it."""
    try:
        json.dumps(row, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return False
    return True


def _ours(row: Row, suites: SuitesById, *, reference: bool) -> Iterator[CandidateEntry]:
    if reference:
        raise ValueError("candidates of this format have no reference solution")
    candidate = Candidate.model_validate(row)
    problem = _find_suite(suites, candidate.suite)
    yield CandidateEntry(problem.suite, candidate, problem.prompt)


def _humaneval(row: Row, suites: SuitesById, *, reference: bool) -> Iterator[CandidateEntry]:
    task = str(row["task_id"])
    problem = suite_with_prompt(row) if "test" in row else _find_suite(suites, task)
    if reference:
        program = _reference(row["prompt"], row["canonical_solution"])
        yield CandidateEntry(problem.suite, Candidate(id=task, suite=task, program=program), problem.prompt)
        return
    samples = [{"completion": text} for text in row["completions"]] if "completions" in row else [row]
    for at, sample in enumerate(samples):
        candidate_id = f"{task}#{at}" if len(samples) > 1 else task
        yield CandidateEntry(problem.suite, _sample(sample, problem, candidate_id), problem.prompt)


def _sample(sample: Row, problem: SuiteWithPrompt, candidate_id: str) -> Candidate:
    suite = problem.suite.id
    if "solution" in sample:
        return Candidate(id=candidate_id, suite=suite, completion=sample["solution"])
    completion: str = sample["completion"]
    repeats_function = f"\n{completion}".find(f"\ndef {problem.suite.entry_point}(") >= 0
    if repeats_function or "```" in completion:
        return Candidate(id=candidate_id, suite=suite, completion=completion)
    return Candidate(id=candidate_id, suite=suite, program=problem.prompt + completion)


def _reference(prompt: str, solution: str) -> str:
    """Return prompt and solution as one program; where their indentation differs, without the docstring."""
    try:
        parse_quietly(prompt + solution)
    except SyntaxError:
        function = parse_quietly(prompt).body[-1]
        docstring = function.body[0] if isinstance(function, ast.FunctionDef) else function
        return "\n".join([*prompt.split("\n")[: docstring.lineno - 1], solution])
    return prompt + solution


def _acecode(row: Row, suites: SuitesById, *, reference: bool) -> Iterator[CandidateEntry]:  # noqa: ARG001 - a reader
    if reference:
        raise ValueError("rows of this format have no reference solution")
    asserts = row["test_cases"]
    if not isinstance(asserts, list):
        raise TypeError(f"'test_cases' is {type(asserts).__name__}, not a list of asserts")
    suite = Suite(id=str(row["id"]), asserts=asserts)
    for inference in rows_of_table(row["inferences"]):
        candidate_id = f"{suite.id}#{inference.get('model_name', '')}-{inference.get('completion_id', 0)}"
        candidate = Candidate(id=candidate_id, suite=suite.id, completion=inference["completion"])
        yield CandidateEntry(suite, candidate, row.get("question") or "")


def _mbpp(row: Row, suites: SuitesById, *, reference: bool) -> Iterator[CandidateEntry]:  # noqa: ARG001 - a reader
    problem = _mbpp_suite(row)
    completions = [row["code"]] if reference else row["completions"]
    for at, completion in enumerate(completions):
        candidate_id = f"{problem.suite.id}#{at}"
        candidate = Candidate(id=candidate_id, suite=problem.suite.id, completion=completion)
        yield CandidateEntry(problem.suite, candidate, problem.prompt)


def _mbpp_suite(row: Row) -> SuiteWithPrompt:
    setup = row.get("test_setup_code") or "\n".join(row.get("test_imports") or [])
    suite = Suite(id=str(row["task_id"]), setup=setup, asserts=row["test_list"])
    return SuiteWithPrompt(suite, row.get("prompt") or row.get("text") or "")


READERS: dict[RowFormat, RowReader] = {
    RowFormat.OURS: _ours,
    RowFormat.HUMANEVAL: _humaneval,
    RowFormat.ACECODE: _acecode,
    RowFormat.MBPP: _mbpp,
}


def format_of(row: Row) -> RowFormat:
    """Recognise the format of a row by its fields.

    Raises:
        ValueError: it has the fields of no format.
    """
    if "suite" in row:
        return RowFormat.OURS
    if "test_cases" in row and "inferences" in row:
        return RowFormat.ACECODE
    if "test_list" in row:
        return RowFormat.MBPP
    if "task_id" in row:
        return RowFormat.HUMANEVAL
    if {"asserts", "check", "io"} & set(row):
        raise ValueError("holds suites; name it with --suites, and give the candidates' file in its place")
    formats = ", ".join(form for form in RowFormat if form is not RowFormat.AUTO)
    fields = ", ".join(map(repr, row))
    raise ValueError(f"a row with {fields} has none of the formats {formats}; give one with --format")


def _find_suite(suites: SuitesById, suite_id: str) -> SuiteWithPrompt:
    if not suites:
        raise ValueError(f"no file of suites was given for suite {suite_id!r}; name it with --suites")
    if suite_id not in suites:
        raise ValueError(f"suite {suite_id!r} is not in the file of suites")
    return suites[suite_id]
