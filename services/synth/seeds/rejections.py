"""Defines why a row becomes no seed, and counts rejections. Pure."""

from collections import Counter
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class SeedReject(StrEnum):
    """Why a row of a source became no seed."""

    UNREADABLE = "unreadable"
    """The row cannot be read: no JSON object, or a column has another type than text."""
    NO_CODE = "no_code"
    """The row has no code: the column is empty, or the text has no fenced block of Python."""
    LANGUAGE = "language"
    """Its code is in another language."""
    LICENCE = "licence"
    """Its licence is not in the list of allowed ones, or is not known."""
    SYNTAX = "syntax"
    """The code does not parse."""
    NO_FUNCTION = "no_function"
    """The code defines no function, nor a class with a method."""
    TOO_SHORT = "too_short"
    """The code is shorter than the limit."""
    TOO_LONG = "too_long"
    """The code is longer than the limit."""
    NEEDS_OUTSIDE = "needs_outside"
    """The code uses files, the network, processes, the clock or the user, as far as its text shows."""
    NO_DOCSTRING = "no_docstring"
    """The function of a package has no documentation."""
    NOT_ALONE = "not_alone"
    """The function of a package needs parts of its package that cannot be taken with it."""
    NO_RESULT = "no_result"
    """The function of a package takes nothing or returns nothing, so that no test can compare its result."""
    NEEDS_OBJECT = "needs_object"
    """The function of a package takes objects of classes, as far as its text shows; a test has only literals."""
    REPEATED_ID = "repeated_id"
    """Another seed has the same id."""
    NEAR_DUPLICATE = "near_duplicate"
    """An earlier seed is nearly the same."""
    CONTAMINATED = "contaminated"
    """It resembles a problem of a benchmark."""


class SeedRejectedError(Exception):
    """Raised where a row becomes no seed."""

    def __init__(self, reason: SeedReject, detail: str = "") -> None:
        super().__init__(f"{reason}: {detail}" if detail else str(reason))
        self.reason = reason
        self.detail = detail


@dataclass(frozen=True, slots=True)
class RejectedSeed:
    """One row that became no seed."""

    place: str
    """Where it is: ``file:line``, or the id of the seed."""
    detail: str
    """The reason in words."""


_MAX_EXAMPLES = 5  # of each reason: enough to see what is meant


@dataclass(slots=True)
class SeedCounts:
    """What became of the rows of a source."""

    rows: int = 0
    """Rows that were read."""
    kept: int = 0
    """Seeds that were made of them."""
    by_reason: Counter[SeedReject] = field(default_factory=Counter)
    """Rejected rows by reason; with ``kept`` they sum to ``rows``."""
    examples: dict[SeedReject, list[RejectedSeed]] = field(default_factory=dict)
    """The first rejected rows of each reason."""

    def reject(self, place: str, reason: SeedReject, detail: str = "") -> None:
        """Count one rejected row."""
        self.by_reason[reason] += 1
        examples = self.examples.setdefault(reason, [])
        if len(examples) < _MAX_EXAMPLES:
            examples.append(RejectedSeed(place, detail))

    def as_json(self) -> dict[str, Any]:
        """Return the counts for a report."""
        return {
            "rows": self.rows,
            "kept": self.kept,
            "rejected": {
                reason.value: self.by_reason[reason] for reason in SeedReject if self.by_reason[reason]
            },
            "examples": {
                reason.value: [{"place": seed.place, "detail": seed.detail} for seed in seeds]
                for reason, seeds in sorted(self.examples.items())
            },
        }

    def with_examples(self) -> str:
        """Return the counts as a text in which each reason has its first row and detail."""
        first = {reason: seeds[0] for reason, seeds in self.examples.items()}
        lines = [
            f"{first[reason].place}: {first[reason].detail}" for reason, _ in self.by_reason.most_common()
        ]
        return f"{self}" + (f", for example {', '.join(lines)}" if lines else "")

    def __str__(self) -> str:
        reasons = ", ".join(f"{count:,} {reason.value}" for reason, count in self.by_reason.most_common())
        return f"{self.rows:,} rows, {self.kept:,} seeds" + (f"; rejected: {reasons}" if reasons else "")
