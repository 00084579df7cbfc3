"""Defines which preference pairs to make, and counts what is left out. ``clients.pairs.build`` applies it."""

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
    """Pass rate that a rejected answer must exceed: an answer with rate 0 is often not an attempt. An answer with rate
    0 is decided by ``reject_rate_zero`` alone."""
    reject_rate_zero: bool = False
    """Whether an answer with rate 0 may be rejected too. AceCoder leaves such answers out; where they are
    attempts, they are what a reward model must learn to score low."""
    tests_at_least: int = 1
    """Least number of valid tests; a question with fewer makes no pairs."""
    per_question: int | None = None
    """Most pairs of one question. The kept pairs use as many answers as possible, and choose the shorter answer
    as often as the longer one."""
    similar_at_least: float = 1.0
    """Answers at least this similar (``clients.pairs.similarity``), with the same outcomes, count once; at 1 only
    programs that are the same apart from layout."""
    length_ratio_at_most: float | None = None
    """Most characters of the longer answer of a pair, divided by those of the shorter; ``None`` for no limit."""
    count_passes_resting_on_program: bool = True
    """Whether a pass counts in which the program's code had a say (``rests_on_program``)."""
    count_passes_decided_by_program: bool = False
    """Whether a pass counts that the program alone decided (``decided_by_program``)."""
    count_same_process_passes: bool = True
    """Whether a pass counts whose test ran in the program's own process (``same_process``)."""
    seed: int = 0
    """Decides between pairs that are equally good to keep."""

    def __post_init__(self) -> None:
        for name in ("chosen_at_least", "gap_at_least", "rejected_above", "similar_at_least"):
            if not 0 <= getattr(self, name) <= 1:
                raise ValueError(f"{name}={getattr(self, name)}: give a number between 0 and 1")
        if self.gap_at_least == 0:
            raise ValueError("gap_at_least=0: two answers of the same rate are not a pair; give more than 0")
        if self.per_question is not None and self.per_question < 1:
            raise ValueError(f"per_question={self.per_question}: give 1 or more, or None for all")
        if self.length_ratio_at_most is not None and self.length_ratio_at_most < 1:
            raise ValueError(f"length_ratio_at_most={self.length_ratio_at_most}: give 1 or more")


class LeftOut(StrEnum):
    """Why an answer, a pair or a question is left out."""

    UNSCORABLE = "unscorable answers"
    """They have no verdict."""
    DUPLICATE = "answers like another"
    """Another answer has the same or a similar program, with the same outcomes."""
    CONTRADICTED = "answers judged in two ways"
    """The same program has different outcomes in another answer, so its verdict is not certain."""
    FEW_TESTS = "questions with too few tests"
    """They have fewer valid tests than the policy requires."""
    NO_PAIR = "questions without a pair"
    """No two of their answers fulfil the rule."""
    LENGTH = "pairs of too unlike lengths"
    """The longer answer is longer than the policy allows."""
    CAP = "pairs above the cap"
    """The question has as many pairs as the policy allows."""


@dataclass
class PairReport:
    """Counts of questions, pairs, and what is left out."""

    questions: int = 0
    pairs: int = 0
    chosen_longer: int = 0
    """Pairs in which the chosen answer is the longer one; if that is far from half of them, a reward model learns
    length."""
    left_out: Counter[LeftOut] = field(default_factory=Counter)

    def in_words(self) -> str:
        """Return the counts as one line of text."""
        parts = [f"{self.pairs} pairs of {self.questions} questions"]
        if self.pairs:
            parts.append(f"the longer answer is chosen in {self.chosen_longer / self.pairs:.0%}")
        parts += [f"{count} {reason}" for reason, count in sorted(self.left_out.items()) if count]
        return ", ".join(parts)
