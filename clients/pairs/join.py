"""Joins the results of `acecoder execute` with the candidates it judged, into questions with all their answers.

Reads three files. A question is in memory from its first candidate to its last, so files of any size can be read if
the candidates of a question stand next to each other.
"""

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from clients.contract import CandidateResult
from clients.datasets import BadRow, BadRowHandler, CandidateEntry, RowFormat, read_candidates, rows_of_file
from clients.pairs.build import JudgedQuestion
from clients.pairs.rows import AnswerForm, acecode_prompt, answer_text


@dataclass(frozen=True, slots=True)
class Sources:
    """The files that the parts of a question are in."""

    results: Path
    """Written by ``acecoder execute``."""
    candidates: Path
    """Read by ``acecoder execute``."""
    suites: Path | None = None
    form: RowFormat = RowFormat.AUTO
    prompts: Mapping[str, str] = field(default_factory=dict)
    """Prompts by suite, for files of candidates without prompts."""


@dataclass
class _PartialQuestion:
    """The answers of one question that are read so far."""

    answers: list[str] = field(default_factory=list)
    programs: list[str] = field(default_factory=list)
    results: list[CandidateResult] = field(default_factory=list)
    hashes: list[str] = field(default_factory=list)


def read_questions(sources: Sources, form: AnswerForm, on_bad_row: BadRowHandler) -> Iterator[JudgedQuestion]:
    """Yield every question that has a prompt, as soon as all its candidates are read.

    Raises:
        OSError: a file cannot be read.
        ValueError: the results belong to other candidates, or no candidate can be used.
    """
    offsets = _row_offsets(sources.results, on_bad_row)
    unread = Counter(entry.suite.id for entry in _entries(sources))
    if not unread:
        raise ValueError(_nothing_usable(sources))
    partial: dict[str, _PartialQuestion] = {}
    without_prompt: list[str] = []
    with sources.results.open("rb") as lines:
        for position, entry in enumerate(_entries(sources)):
            suite = entry.suite.id
            parts = partial.setdefault(suite, _PartialQuestion())
            if position in offsets:
                _add(parts, entry, _row_at(lines, offsets[position]), position, form)
            unread[suite] -= 1
            if not unread[suite]:
                question = _question(entry, partial.pop(suite), sources.prompts, form)
                if question is None:
                    without_prompt.append(suite)
                else:
                    yield question
    if without_prompt:
        count = f"{len(without_prompt)} of {len(unread)} suites have no prompt"
        reason = f"{count}, the first {without_prompt[0]!r}; name a file with --prompts"
        on_bad_row(BadRow(str(sources.candidates), 0, reason))


def read_prompts(path: Path, on_bad_row: BadRowHandler) -> dict[str, str]:
    """Return the prompts of a file, by id. Its rows have ``id`` (or ``task_id``) and ``prompt`` (or ``question``)."""
    prompts = {}
    for line, row in rows_of_file(path):
        suite_id = row.get("id", row.get("task_id")) if isinstance(row, dict) else None
        prompt = row.get("prompt") or row.get("question") if isinstance(row, dict) else None
        if suite_id is None or not isinstance(prompt, str):
            on_bad_row(BadRow(str(path), line, "'id' or 'prompt' is missing; a row of prompts has both"))
        else:
            prompts[str(suite_id)] = prompt
    return prompts


def _entries(sources: Sources) -> Iterator[CandidateEntry]:
    """Return the usable rows: only they have a position in a run, which reported the others."""
    rows = read_candidates(sources.candidates, sources.suites, sources.form)
    return (row for row in rows if isinstance(row, CandidateEntry))


def _nothing_usable(sources: Sources) -> str:
    rows = read_candidates(sources.candidates, sources.suites, sources.form)
    first = next((row for row in rows if isinstance(row, BadRow)), None)
    return f"{sources.candidates}: no row can be used" + (f"; the first reason: {first}" if first else "")


def _row_offsets(results: Path, on_bad_row: BadRowHandler) -> dict[int, int]:
    """Return the byte offset of each candidate's row, by the candidate's position in the input."""
    offsets: dict[int, int] = {}
    offset = 0
    with results.open("rb") as lines:
        for number, line in enumerate(lines, 1):
            try:
                offsets[int(json.loads(line)["index"])] = offset
            except (ValueError, KeyError, TypeError, RecursionError):
                on_bad_row(BadRow(str(results), number, "not a row that `acecoder execute` wrote"))
            offset += len(line)
    return offsets


def _row_at(lines: IO[bytes], offset: int) -> dict[str, object]:
    lines.seek(offset)
    row: dict[str, object] = json.loads(lines.readline())
    return row


def _add(
    parts: _PartialQuestion, entry: CandidateEntry, row: dict[str, object], position: int, form: AnswerForm
) -> None:
    result = CandidateResult.model_validate(row)
    candidate_id = entry.candidate.id or str(position)
    if (result.suite, result.id) != (entry.suite.id, candidate_id):
        raise ValueError(
            f"candidate {position} is {candidate_id!r} of suite {entry.suite.id!r}, but its result is for "
            f"{result.id!r} of suite {result.suite!r}; give the file of candidates that was judged"
        )
    hashes = row.get("test_hashes")
    parts.hashes = parts.hashes or (list(map(str, hashes)) if isinstance(hashes, list) else [])
    program = result.extraction.program if result.extraction else entry.candidate.program or ""
    parts.answers.append(answer_text(form, program, entry.candidate.completion))
    parts.programs.append(program)
    parts.results.append(result)


def _question(
    entry: CandidateEntry, parts: _PartialQuestion, prompts: Mapping[str, str], form: AnswerForm
) -> JudgedQuestion | None:
    prompt = prompts.get(entry.suite.id) or entry.prompt
    if not prompt:
        return None
    if form is AnswerForm.ACECODE:
        prompt = acecode_prompt(prompt, (entry.suite.asserts or [""])[0])
    return JudgedQuestion(entry.suite.id, prompt, parts.answers, parts.programs, parts.results, parts.hashes)
