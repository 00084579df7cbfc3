"""Reads files of preference pairs into questions, each with its distinct answers and its pairs; divides the questions
into a training part and a held-out part. Text only.

Reads rows of any form that ``clients.pairs.rows`` knows. A row that cannot be used is reported with its line and
counted; the rest of the file is read. Whole questions are held out, by a hash of their ids: all rows of a question are
in the same part.

Not promised: that the same question in other words is not in both parts. The same prompt under two ids is noticed.
"""

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from pydantic import ValidationError

from clients.contract import PreferencePair
from clients.contract.validation_errors import summarize_errors
from clients.datasets import BadRow, Row, rows_of_file
from clients.pairs import pair_of

_UNUSABLE = (ValidationError, ValueError, KeyError, TypeError, AttributeError)


class Dropped(StrEnum):
    """The reasons why something is not trained on. The values are keys in ``manifest.json``."""

    BAD_ROW = "rows that are no pair"
    """Each is reported with its line."""
    UNWRITABLE = "answers that cannot be written in the format"
    """Empty answers, and answers with tokens that the model lacks."""
    TOO_LONG = "answers that are too long"
    """Prompt and answer have more tokens than the limit."""
    WITHOUT_ANSWER = "pairs of an answer that was dropped"
    """The other answer may be in other pairs."""
    SAME_ANSWER = "pairs of one answer with itself"
    """The tokens of the two answers are the same."""
    REPEATED = "pairs that repeat another"
    """The same two answers, chosen the same way."""
    CONTRADICTED = "pairs chosen both ways"
    """Both of them are dropped."""
    NO_PAIR = "questions without a pair"
    """All pairs of the question were dropped."""
    SEEN_PROMPT = "held-out questions with a prompt of the training part"
    """The same prompt under two ids."""


@dataclass(frozen=True, slots=True)
class AnswerPair:
    """Two answers of a question, by their indices."""

    chosen: int
    rejected: int
    gap: float | None
    """Pass rate of the chosen answer less that of the rejected one; ``None`` if not known."""


@dataclass(slots=True)
class TrainingQuestion:
    """One prompt, its answers and its pairs."""

    id: str
    prompt: str
    place: tuple[str, int]
    """File and line of its first row."""
    answers: list[str] = field(default_factory=list)
    rates: list[float | None] = field(default_factory=list)
    """Pass rates of the answers; ``None`` where no row has one."""
    pairs: list[AnswerPair] = field(default_factory=list)


ReportBadRow = Callable[[BadRow], None]
"""Called with every row that is not used."""


def read_pair_files(
    paths: Sequence[Path], report_bad_row: ReportBadRow, dropped: Counter[Dropped]
) -> list[TrainingQuestion]:
    """Read all pairs; return the questions in the order in which they first appear.

    Raises:
        OSError: a file cannot be read.
        ValueError: a file holds no pair.
    """
    questions: dict[tuple[str, str], _QuestionBuilder] = {}
    for path in paths:
        first, usable = "", False
        for line, row in rows_of_file(path):
            try:
                pair = pair_of(_object(row))
            except _UNUSABLE as error:
                bad_row = BadRow(str(path), line, _error_text(error) + _columns(row, error))
                first = first or str(bad_row)
                dropped[Dropped.BAD_ROW] += 1
                report_bad_row(bad_row)
                continue
            usable = True
            key = (pair.question, pair.prompt)
            if key not in questions:
                question = TrainingQuestion(pair.question, pair.prompt, (str(path), line))
                questions[key] = _QuestionBuilder(question)
            questions[key].add(pair)
        if not usable:
            raise ValueError(
                f"{path}: holds no preference pair" + (f"; the first reason: {first}" if first else "")
            )
    return [builder.question for builder in questions.values()]


@dataclass(slots=True)
class _QuestionBuilder:
    """Collects the answers and pairs of one question from its rows."""

    question: TrainingQuestion
    places: dict[str, int] = field(default_factory=dict)
    """Answer → its index."""

    def add(self, pair: PreferencePair) -> None:
        chosen = self._place(pair.chosen, pair.chosen_rate)
        rejected = self._place(pair.rejected, pair.rejected_rate)
        gap = pair.margin
        if gap is None and pair.chosen_rate is not None and pair.rejected_rate is not None:
            gap = pair.chosen_rate - pair.rejected_rate
        self.question.pairs.append(AnswerPair(chosen, rejected, gap))

    def _place(self, answer: str, rate: float | None) -> int:
        question = self.question
        at = self.places.setdefault(answer, len(question.answers))
        if at == len(question.answers):
            question.answers.append(answer)
            question.rates.append(rate)
        elif question.rates[at] is None:
            question.rates[at] = rate
        return at


def split_questions(
    questions: Iterable[TrainingQuestion], share: float, seed: int, dropped: Counter[Dropped]
) -> tuple[list[TrainingQuestion], list[TrainingQuestion]]:
    """Return the questions to train on, and the held-out ones, which are about ``share`` of all.

    Raises:
        ValueError: nothing is left to train on, or nothing to hold out although ``share`` is above 0.
    """
    parts: tuple[list[TrainingQuestion], list[TrainingQuestion]] = ([], [])
    for question in questions:
        parts[is_held_out(question.id, share, seed)].append(question)
    train, held = parts
    prompts = {question.prompt for question in train}
    fresh = [question for question in held if question.prompt not in prompts]
    dropped[Dropped.SEEN_PROMPT] += len(held) - len(fresh)
    if not train:
        raise ValueError(
            f"no question is left to train on: {len(held)} of {len(held)} fall into the held-out share of {share:g}; "
            f"lower --held-out, or add questions"
        )
    if share and not fresh:
        raise ValueError(
            f"no question of {len(train)} falls into the held-out share of {share:g}; "
            f"raise --held-out, or give 0 to train without a report"
        )
    return train, fresh


def is_held_out(question: str, share: float, seed: int) -> bool:
    """Whether a question is held out; the same for all of its rows, in every file, on every machine."""
    digest = hashlib.sha256(f"{seed}:{question}".encode()).digest()
    return int.from_bytes(digest[:8], "big") < share * 2**64


def _object(row: Row | str) -> Row:
    if isinstance(row, str):
        raise ValueError(row)  # noqa: TRY004 - the text says what is wrong with the line
    return row


def _columns(row: Row | str, error: BaseException) -> str:
    """The columns of the row, as an addition to the error that one is missing."""
    missing = isinstance(row, dict) and "missing" in str(error)
    return f"; this row has {', '.join(map(repr, row))}" if missing else ""


def _error_text(error: BaseException) -> str:
    if isinstance(error, ValidationError):
        return summarize_errors(error)
    return f"{error} is missing" if isinstance(error, KeyError) else str(error)
