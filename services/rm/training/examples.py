"""Tokenizes questions with their answers into training examples, exactly as the service tokenizes what it scores.

Answers with the same tokens are one answer. Answers that are too long are dropped, or shortened in the middle,
according to the options; with a dropped answer its pairs are dropped.
"""

from array import array
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from clients.contract.scoring import Group, Truncation
from clients.datasets import BadRow
from services.rm.tokens.formats import Writer
from services.rm.tokens.items import ScoringItem, make_items
from services.rm.tokens.prefix_sharing import Tokens, tokens_after_sharing
from services.rm.training.questions import AnswerPair, Dropped, ReportBadRow, TrainingQuestion


@dataclass(frozen=True, slots=True)
class TrainingExample:
    """A question as tokens."""

    question: str
    """Id of the question."""
    sequences: tuple["array[int]", ...]
    """Token ids of the prompt with each answer, all different; arrays, since a large data set has 10⁸ tokens."""
    rates: tuple[float | None, ...]
    """Pass rate of each answer; ``None`` if not known."""
    pairs: tuple[AnswerPair, ...]
    tokens: int
    """Tokens that the model computes for the question; a prefix that answers share counts once."""

    def ids(self) -> list[Tokens]:
        """Return the sequences in the type that the model takes."""
        return [tuple(sequence) for sequence in self.sequences]


@dataclass(frozen=True, slots=True)
class TokenLimits:
    """The limits of a model on its input."""

    longest: int
    """Tokens of an answer with its prompt."""
    vocabulary: int
    """Token ids are below this number."""
    truncation: Truncation = Truncation.ERROR
    """``error`` drops an answer that is too long, ``middle`` shortens it."""


def make_examples(
    questions: Iterable[TrainingQuestion],
    writer: Writer,
    limits: TokenLimits,
    report_bad_row: ReportBadRow,
    dropped: Counter[Dropped],
) -> Iterator[TrainingExample]:
    """Yield an example for every question that keeps a pair; count in ``dropped`` what is left out."""
    for question in questions:
        example = _example(question, writer, limits, report_bad_row, dropped)
        if example is None:
            dropped[Dropped.NO_PAIR] += 1
        else:
            yield example


def tokenize_answers(
    prompt: str,
    answers: list[str],
    writer: Writer,
    limits: TokenLimits,
    dropped: Counter[Dropped],
    report_error: Callable[[str], None],
) -> list[ScoringItem]:
    """Return the tokens of the answers to one prompt.

    A dropped answer has an ``error`` and no tokens. ``report_error`` gets the errors, except those of answers that are
    too long: there may be many of them.
    """
    group = Group(prompt=prompt, candidates=answers)
    items = make_items(group, writer, Truncation.ERROR, 0)
    too_long = [item.error is None and len(item.ids) > limits.longest for item in items]
    if any(too_long):
        cut = make_items(group, writer, limits.truncation, limits.longest)
        items = [
            short if is_long else item for short, is_long, item in zip(cut, too_long, items, strict=True)
        ]
    for at, item in enumerate(items):
        if item.error is None and max(item.ids, default=0) >= limits.vocabulary:
            error = f"token id {max(item.ids)} is outside the model's vocabulary of {limits.vocabulary}"
            items[at] = ScoringItem((), error=error)
    for is_long, item in zip(too_long, items, strict=True):
        if item.error:
            dropped[Dropped.TOO_LONG if is_long else Dropped.UNWRITABLE] += 1
            if not is_long:
                report_error(item.error)
    return items


def _example(
    question: TrainingQuestion,
    writer: Writer,
    limits: TokenLimits,
    report_bad_row: ReportBadRow,
    dropped: Counter[Dropped],
) -> TrainingExample | None:
    def report_error(error: str) -> None:
        report_bad_row(BadRow(*question.place, f"question {question.id!r}: {error}"))

    items = tokenize_answers(question.prompt, question.answers, writer, limits, dropped, report_error)
    sequences: dict[Tokens, int] = {}
    rates: list[float | None] = []
    places: dict[int, int] = {}
    for at, item in enumerate(items):
        if item.error is None:
            places[at] = sequences.setdefault(item.ids, len(sequences))
            if places[at] == len(rates):
                rates.append(question.rates[at])
    pairs = _pairs(question, places, dropped)
    if not pairs:
        return None
    return _packed(question.id, list(sequences), rates, pairs)


def _pairs(question: TrainingQuestion, places: dict[int, int], dropped: Counter[Dropped]) -> list[AnswerPair]:
    """The pairs of different token sequences, without repetitions and without pairs that are chosen both ways."""
    kept: dict[tuple[int, int], AnswerPair] = {}
    for pair in question.pairs:
        if pair.chosen not in places or pair.rejected not in places:
            dropped[Dropped.WITHOUT_ANSWER] += 1
            continue
        chosen, rejected = places[pair.chosen], places[pair.rejected]
        if chosen == rejected:
            dropped[Dropped.SAME_ANSWER] += 1
        elif (chosen, rejected) in kept:
            dropped[Dropped.REPEATED] += 1
        else:
            kept[chosen, rejected] = AnswerPair(chosen, rejected, pair.gap)
    both = {key for key in kept if key[::-1] in kept}
    dropped[Dropped.CONTRADICTED] += len(both)
    return [pair for key, pair in kept.items() if key not in both]


def _packed(
    question: str, sequences: list[Tokens], rates: list[float | None], pairs: list[AnswerPair]
) -> TrainingExample:
    """Remove the answers that are in no pair, and renumber the others."""
    used = sorted({at for pair in pairs for at in (pair.chosen, pair.rejected)})
    place = {at: new for new, at in enumerate(used)}
    kept = [sequences[at] for at in used]
    return TrainingExample(
        question,
        tuple(array("i", sequence) for sequence in kept),
        tuple(rates[at] for at in used),
        tuple(AnswerPair(place[pair.chosen], place[pair.rejected], pair.gap) for pair in pairs),
        tokens_after_sharing(kept),
    )
