"""Questions → token ids: what a model trains on. Written exactly as the service writes what it scores.

Answers whose tokens are the same are one answer. Too long ones are dropped or shortened in the middle, as asked;
the pairs of a dropped answer go with it.
"""

from array import array
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from clients.contract.scoring import Group, Truncation
from clients.datasets import BadRow
from services.rm.tokens.formats import Writer
from services.rm.tokens.items import ScoringItem, make_items
from services.rm.tokens.prefix_sharing import Tokens, group_by_prefix, group_cost
from services.rm.training.questions import Bad, Dropped, Pair, Question


@dataclass(frozen=True, slots=True)
class Example:
    """A question as tokens."""

    question: str
    sequences: tuple["array[int]", ...]
    """Every answer with its prompt, all different; arrays, since a large set has 10⁸ tokens."""
    rates: tuple[float | None, ...]
    """Pass rate of each answer, where known."""
    pairs: tuple[Pair, ...]
    tokens: int
    """Computed for it, what its answers share counted once."""

    def ids(self) -> list[Tokens]:
        """Return the sequences as the model takes them."""
        return [tuple(each) for each in self.sequences]


@dataclass(frozen=True, slots=True)
class Limits:
    """What a model takes."""

    longest: int
    """Tokens of an answer with its prompt."""
    vocabulary: int
    truncation: Truncation = Truncation.ERROR
    """``error`` drops what is too long, ``middle`` shortens it."""


def examples(
    questions: Iterable[Question], writer: Writer, limits: Limits, bad: Bad, dropped: Counter[Dropped]
) -> Iterator[Example]:
    """Yield every question that keeps a pair."""
    for question in questions:
        made = _example(question, writer, limits, bad, dropped)
        if made is None:
            dropped[Dropped.NO_PAIR] += 1
        else:
            yield made


def written(
    prompt: str,
    answers: list[str],
    writer: Writer,
    limits: Limits,
    dropped: Counter[Dropped],
    tell: Callable[[str], None],
) -> list[ScoringItem]:
    """Write answers to one prompt. Those dropped have an ``error`` and no tokens; ``tell`` hears what is wrong with
    them, but for those that are too long, of which there may be many.
    """
    group = Group(prompt=prompt, candidates=answers)
    found = make_items(group, writer, Truncation.ERROR, 0)
    long = [item.error is None and len(item.ids) > limits.longest for item in found]
    if any(long):
        cut = make_items(group, writer, limits.truncation, limits.longest)
        found = [short if is_long else item for short, is_long, item in zip(cut, long, found, strict=True)]
    for at, item in enumerate(found):
        if item.error is None and max(item.ids, default=0) >= limits.vocabulary:
            found[at] = ScoringItem(
                (), error=f"token id {max(item.ids)} is not among the model's {limits.vocabulary}"
            )
    for is_long, item in zip(long, found, strict=True):
        if item.error:
            dropped[Dropped.TOO_LONG if is_long else Dropped.UNWRITABLE] += 1
            if not is_long:
                tell(item.error)
    return found


def _example(
    question: Question, writer: Writer, limits: Limits, bad: Bad, dropped: Counter[Dropped]
) -> Example | None:
    def tell(wrong: str) -> None:
        bad(BadRow(*question.place, f"question {question.id!r}: {wrong}"))

    items = written(question.prompt, question.answers, writer, limits, dropped, tell)
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


def _pairs(question: Question, places: dict[int, int], dropped: Counter[Dropped]) -> list[Pair]:
    """The pairs over different token sequences, each once, without those chosen both ways."""
    kept: dict[tuple[int, int], Pair] = {}
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
            kept[chosen, rejected] = Pair(chosen, rejected, pair.gap)
    both = {key for key in kept if key[::-1] in kept}
    dropped[Dropped.CONTRADICTED] += len(both)
    return [pair for key, pair in kept.items() if key not in both]


def _packed(question: str, sequences: list[Tokens], rates: list[float | None], pairs: list[Pair]) -> Example:
    """Leave out answers that no pair is about, and number the rest anew."""
    used = sorted({at for pair in pairs for at in (pair.chosen, pair.rejected)})
    place = {at: new for new, at in enumerate(used)}
    kept = [sequences[at] for at in used]
    return Example(
        question,
        tuple(array("i", each) for each in kept),
        tuple(rates[at] for at in used),
        tuple(Pair(place[pair.chosen], place[pair.rejected], pair.gap) for pair in pairs),
        sum(group_cost(group, kept) for group in group_by_prefix(kept)),
    )
