"""Files of preference pairs → questions: every answer once, and which was chosen over which. Text only.

Reads rows of any form that ``clients.pairs.rows`` knows. A row that cannot be used is told with its line, counted,
and never ends the file. Questions are put aside for evaluation whole, by a hash of their ids: a row's neighbours of
the same question never land on the other side.

Not promised: that a question is not asked twice in other words. The same prompt under two ids is noticed.
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
    """What is not trained on, and why."""

    BAD_ROW = "rows that are no pair"
    """Told with their lines."""
    UNWRITABLE = "answers that cannot be written in the format"
    """Empty ones, and those with tokens that the model lacks."""
    TOO_LONG = "answers that are too long"
    """With their prompt, in tokens."""
    WITHOUT_ANSWER = "pairs of an answer that was dropped"
    """The other answer may be in other pairs."""
    SAME_ANSWER = "pairs of one answer with itself"
    """Their tokens are the same."""
    REPEATED = "pairs that repeat another"
    """The same two answers, chosen the same way."""
    CONTRADICTED = "pairs chosen both ways"
    """None of them is trained on."""
    NO_PAIR = "questions without a pair"
    """None was left."""
    SEEN_PROMPT = "held-out questions with a prompt of the training part"
    """The same prompt under two ids."""


@dataclass(frozen=True, slots=True)
class Pair:
    """Two answers of a question, by their places."""

    chosen: int
    rejected: int
    gap: float | None
    """Pass rate of the chosen answer less that of the rejected; ``None`` if not known."""


@dataclass(slots=True)
class Question:
    """One prompt, its answers and what was chosen over what."""

    id: str
    prompt: str
    place: tuple[str, int]
    """File and line of its first row."""
    answers: list[str] = field(default_factory=list)
    rates: list[float | None] = field(default_factory=list)
    """Pass rates of the answers, where a row told them."""
    pairs: list[Pair] = field(default_factory=list)


Bad = Callable[[BadRow], None]


def read_questions(paths: Sequence[Path], bad: Bad, dropped: Counter[Dropped]) -> list[Question]:
    """Read every pair; questions in the order in which they first appear.

    Raises:
        OSError: a file cannot be read.
        ValueError: a file holds no pair.
    """
    found: dict[tuple[str, str], _Gathered] = {}
    for path in paths:
        first, usable = "", False
        for line, row in rows_of_file(path):
            try:
                pair = pair_of(_object(row))
            except _UNUSABLE as error:
                told = BadRow(str(path), line, _in_words(error) + _columns(row, error))
                first = first or str(told)
                dropped[Dropped.BAD_ROW] += 1
                bad(told)
                continue
            usable = True
            key = (pair.question, pair.prompt)
            if key not in found:
                found[key] = _Gathered(Question(pair.question, pair.prompt, (str(path), line)))
            found[key].add(pair)
        if not usable:
            raise ValueError(
                f"{path}: holds no preference pair" + (f"; the first reason: {first}" if first else "")
            )
    return [each.question for each in found.values()]


@dataclass(slots=True)
class _Gathered:
    """A question while its rows are read."""

    question: Question
    places: dict[str, int] = field(default_factory=dict)

    def add(self, pair: PreferencePair) -> None:
        chosen = self._place(pair.chosen, pair.chosen_rate)
        rejected = self._place(pair.rejected, pair.rejected_rate)
        gap = pair.margin
        if gap is None and pair.chosen_rate is not None and pair.rejected_rate is not None:
            gap = pair.chosen_rate - pair.rejected_rate
        self.question.pairs.append(Pair(chosen, rejected, gap))

    def _place(self, answer: str, rate: float | None) -> int:
        question = self.question
        at = self.places.setdefault(answer, len(question.answers))
        if at == len(question.answers):
            question.answers.append(answer)
            question.rates.append(rate)
        elif question.rates[at] is None:
            question.rates[at] = rate
        return at


def split(
    questions: Iterable[Question], share: float, seed: int, dropped: Counter[Dropped]
) -> tuple[list[Question], list[Question]]:
    """Return the questions to train on and those held out, about ``share`` of all.

    Raises:
        ValueError: nothing is left to train on, or nothing to hold out although ``share`` is above 0.
    """
    parts: tuple[list[Question], list[Question]] = ([], [])
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
            f"raise --held-out, or give 0 and have no report"
        )
    return train, fresh


def is_held_out(question: str, share: float, seed: int) -> bool:
    """Whether a question is put aside: the same answer for its every row, in any file, on any machine."""
    digest = hashlib.sha256(f"{seed}:{question}".encode()).digest()
    return int.from_bytes(digest[:8], "big") < share * 2**64


def _object(row: Row | str) -> Row:
    if isinstance(row, str):
        raise ValueError(row)  # noqa: TRY004 - the text says what is wrong with the line
    return row


def _columns(row: Row | str, error: BaseException) -> str:
    """What the row has, where something is missing."""
    missing = isinstance(row, dict) and "missing" in str(error)
    return f"; this row has {', '.join(map(repr, row))}" if missing else ""


def _in_words(error: BaseException) -> str:
    if isinstance(error, ValidationError):
        return summarize_errors(error)
    return f"{error} is missing" if isinstance(error, KeyError) else str(error)
