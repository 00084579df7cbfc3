"""Hostile programs by what they try. Data only: ``test_attacks`` runs them.

A program here either tries to earn a pass it did not earn (then ``may`` holds no ``passed``), or tries to reach what is
not its own and says ``kept`` when it could not (then ``may`` is ``passed`` alone).
"""

from dataclasses import dataclass, field

FAILS = frozenset({"wrong_answer", "runtime_error"})
KEPT = frozenset({"passed"})
SQUARES = ("assert f(2) == 4", "x = 3\nassert f(x) == 9")
"""One test that is asked ahead, one that is asked in its turn."""


@dataclass(frozen=True, slots=True)
class Hostile:
    """A program, tests, and the outcomes any of them may have."""

    name: str
    program: str
    tests: tuple[str, ...] = SQUARES
    may: frozenset[str] = FAILS
    limits: dict[str, float] = field(default_factory=dict)
