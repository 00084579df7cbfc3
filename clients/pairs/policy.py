"""What makes a preference pair, and what is told of those left out. ``clients.pairs`` applies it."""

from collections import Counter
from dataclasses import dataclass, field
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class PairPolicy:
    """Which pairs to make. The defaults are AceCoder's thresholds, and no cap."""

    chosen_at_least: float = 0.8
    """Lowest pass rate of a chosen answer."""
    gap_at_least: float = 0.4
    """Least difference between the two pass rates."""
    rejected_above: float = 0.0
    """Pass rate that a rejected answer must exceed: at 0, what fails everything is often not an attempt."""
    tests_at_least: int = 1
    """Valid tests below which a question makes no pairs."""
    per_question: int | None = None
    """Most pairs of one question. Those kept use as many answers as can be, and as often the shorter as the
    longer is chosen."""
    similar_at_least: float = 1.0
    """Answers at least this alike (``clients.pairs.similarity``), with the same outcomes, count once; at 1 only
    programs that are the same but for layout."""
    length_ratio_at_most: float | None = None
    """Longest answer of a pair divided by the shorter, in characters."""
    count_passes_resting_on_program: bool = True
    """Whether a pass counts that the program's own classes had a say in (``rests_on_program``)."""
    seed: int = 0
    """What decides between pairs that are equally good to keep."""

    def __post_init__(self) -> None:
        for name in ("chosen_at_least", "gap_at_least", "rejected_above", "similar_at_least"):
            if not 0 <= getattr(self, name) <= 1:
                raise ValueError(f"{name}={getattr(self, name)}: give a number within 0 and 1")
        if self.gap_at_least == 0:
            raise ValueError("gap_at_least=0: answers of one rate are no pair; give more than 0")
        if self.per_question is not None and self.per_question < 1:
            raise ValueError(f"per_question={self.per_question}: give 1 or more, or None for all")
        if self.length_ratio_at_most is not None and self.length_ratio_at_most < 1:
            raise ValueError(f"length_ratio_at_most={self.length_ratio_at_most}: give 1 or more")


class LeftOut(StrEnum):
    """Why an answer, a pair or a question is left out."""

    UNSCORABLE = "unscorable answers"
    """There is no verdict."""
    DUPLICATE = "answers like another"
    """Its program is another's, or nearly, with the same outcomes."""
    CONTRADICTED = "answers judged in two ways"
    """The same program has other outcomes elsewhere: the tests are not sure."""
    FEW_TESTS = "questions with too few tests"
    """Fewer valid tests than the policy asks for."""
    NO_PAIR = "questions without a pair"
    """No two answers fulfil the rule."""
    LENGTH = "pairs of too unlike lengths"
    """The longer answer is too much longer."""
    CAP = "pairs above the cap"
    """The question has enough."""


@dataclass
class PairReport:
    """What became of the questions."""

    questions: int = 0
    pairs: int = 0
    chosen_longer: int = 0
    """Pairs in which the chosen answer is the longer: far from half, a reward model learns length."""
    left_out: Counter[LeftOut] = field(default_factory=Counter)

    def in_words(self) -> str:
        """The report on one line."""
        told = [f"{self.pairs} pairs of {self.questions} questions"]
        if self.pairs:
            told.append(f"the longer answer is chosen in {self.chosen_longer / self.pairs:.0%}")
        return ", ".join(
            [*told, *(f"{count} {why}" for why, count in sorted(self.left_out.items()) if count)]
        )
