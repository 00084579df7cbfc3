"""What `acecoder execute` wrote, joined again to the candidates it judged: questions with all their answers.

Reads three files and decides nothing. A question is held in memory from its first candidate to its last, so
that files with the candidates of a question side by side are read at any size.
"""

import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from clients.contract import CandidateResult
from clients.datasets import BadRow, CandidateEntry, RowFormat, read_candidates, rows_of_file
from clients.pairs.build import JudgedQuestion
from clients.pairs.rows import AnswerForm, acecode_prompt, answer_text


@dataclass(frozen=True, slots=True)
class Sources:
    """Where the parts of a question are."""

    results: Path
    """What ``acecoder execute`` wrote."""
    candidates: Path
    """What it read."""
    suites: Path | None = None
    form: RowFormat = RowFormat.AUTO
    prompts: Mapping[str, str] = field(default_factory=dict)
    """By suite, for candidates whose file does not say what they answer."""


@dataclass
class _Gathered:
    """The answers of one question so far."""

    answers: list[str] = field(default_factory=list)
    programs: list[str] = field(default_factory=list)
    results: list[CandidateResult] = field(default_factory=list)
    hashes: list[str] = field(default_factory=list)


def read_questions(
    sources: Sources, answer: AnswerForm, bad: Callable[[BadRow], None]
) -> Iterator[JudgedQuestion]:
    """Yield every question that has a prompt, once all its candidates were read.

    Raises:
        OSError: a file cannot be read.
        ValueError: the results are of other candidates, or no candidate can be used.
    """
    places = _places(sources.results, bad)
    left = Counter(entry.suite.id for entry in _entries(sources))
    if not left:
        raise ValueError(_nothing_usable(sources))
    gathered: dict[str, _Gathered] = {}
    bare: list[str] = []
    with sources.results.open("rb") as lines:
        for position, entry in enumerate(_entries(sources)):
            suite = entry.suite.id
            own = gathered.setdefault(suite, _Gathered())
            if position in places:
                _add(own, entry, _row_at(lines, places[position]), position, answer)
            left[suite] -= 1
            if not left[suite]:
                question = _question(entry, gathered.pop(suite), sources.prompts, answer)
                if question is None:
                    bare.append(suite)
                else:
                    yield question
    if bare:
        what = f"{len(bare)} of {len(left)} suites have no prompt, the first {bare[0]!r}; name a file with --prompts"
        bad(BadRow(str(sources.candidates), 0, what))


def read_prompts(path: Path, bad: Callable[[BadRow], None]) -> dict[str, str]:
    """Read a file of prompts: objects with ``id`` (or ``task_id``) and ``prompt`` (or ``question``)."""
    prompts = {}
    for line, row in rows_of_file(path):
        own_id = row.get("id", row.get("task_id")) if isinstance(row, dict) else None
        prompt = row.get("prompt") or row.get("question") if isinstance(row, dict) else None
        if own_id is None or not isinstance(prompt, str):
            bad(BadRow(str(path), line, "a prompt has 'id' and 'prompt'"))
        else:
            prompts[str(own_id)] = prompt
    return prompts


def _entries(sources: Sources) -> Iterator[CandidateEntry]:
    """The usable rows: those that have a position in a run. The run told of the others."""
    rows = read_candidates(sources.candidates, sources.suites, sources.form)
    return (row for row in rows if isinstance(row, CandidateEntry))


def _nothing_usable(sources: Sources) -> str:
    rows = read_candidates(sources.candidates, sources.suites, sources.form)
    bad = next((row for row in rows if isinstance(row, BadRow)), None)
    return f"{sources.candidates}: no row can be used" + (f"; the first reason: {bad}" if bad else "")


def _places(results: Path, bad: Callable[[BadRow], None]) -> dict[int, int]:
    """Where the row of each candidate begins, by its position in the input."""
    places: dict[int, int] = {}
    place = 0
    with results.open("rb") as lines:
        for number, line in enumerate(lines, 1):
            try:
                places[int(json.loads(line)["index"])] = place
            except (ValueError, KeyError, TypeError, RecursionError):
                bad(BadRow(str(results), number, "not a row that `acecoder execute` wrote"))
            place += len(line)
    return places


def _row_at(lines: IO[bytes], place: int) -> dict[str, object]:
    lines.seek(place)
    row: dict[str, object] = json.loads(lines.readline())
    return row


def _add(
    own: _Gathered, entry: CandidateEntry, row: dict[str, object], position: int, answer: AnswerForm
) -> None:
    result = CandidateResult.model_validate(row)
    named = entry.candidate.id or str(position)
    if (result.suite, result.id) != (entry.suite.id, named):
        raise ValueError(
            f"candidate {position} is {named!r} of suite {entry.suite.id!r}, but its result is of {result.id!r} of "
            f"{result.suite!r}; give the file of candidates that was judged"
        )
    hashes = row.get("test_hashes")
    own.hashes = own.hashes or (list(map(str, hashes)) if isinstance(hashes, list) else [])
    program = result.extraction.program if result.extraction else entry.candidate.program or ""
    own.answers.append(answer_text(answer, program, entry.candidate.completion))
    own.programs.append(program)
    own.results.append(result)


def _question(
    entry: CandidateEntry, own: _Gathered, prompts: Mapping[str, str], answer: AnswerForm
) -> JudgedQuestion | None:
    prompt = prompts.get(entry.suite.id) or entry.prompt
    if not prompt:
        return None
    if answer is AnswerForm.ACECODE:
        prompt = acecode_prompt(prompt, (entry.suite.asserts or [""])[0])
    return JudgedQuestion(entry.suite.id, prompt, own.answers, own.programs, own.results, own.hashes)
