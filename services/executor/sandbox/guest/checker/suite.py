"""Holds what all kinds of tests need to know of a suite: its size, its invalid tests, its limits and rules.

A suite is prepared once and judges all its programs, so nothing here changes. What only one kind needs (compiled tests,
prefetched calls, expected outputs) is held by that kind (``kinds``).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

_MIN_WALL_S = 0.01
"""A candidate whose total is used up still gets a positive limit, for the last test that may start."""


@dataclass(frozen=True, slots=True)
class CandidateLimits:
    """What a candidate may use; seconds and bytes."""

    cpu_s: float
    """CPU time of one test."""
    wall_s: float
    """Idle wall time of one test."""
    total_cpu_s: float
    """CPU time of all tests together."""
    total_wall_s: float
    """Idle wall time of all tests together."""
    output_bytes: int
    """Size of one answer, or of what a script prints."""

    def after_idle(self, idle_s: float) -> "CandidateLimits":
        """Return the limits of a candidate that was idle for ``idle_s``: a test may be idle for what is left of the
        total at most.
        """
        wall_s = min(self.wall_s, max(self.total_wall_s - idle_s, _MIN_WALL_S))
        return CandidateLimits(self.cpu_s, wall_s, self.total_cpu_s, self.total_wall_s, self.output_bytes)


@dataclass(frozen=True, slots=True)
class PreparedSuite:
    """One suite, ready to judge programs."""

    size: int
    """Number of tests."""
    invalid: Mapping[int, str]
    """Tests that can judge no program, by number, with the reason."""
    limits: CandidateLimits
    fresh: bool
    """Whether each test runs against a load of its own."""
    stop_on_timeout: bool
    """Whether the tests after one that ran out of time are not run."""
    values: bool
    """Whether the answers to each test are hashed (``answer_hash``)."""

    @classmethod
    def from_message(cls, message: dict[str, Any], size: int, invalid: Mapping[int, str]) -> "PreparedSuite":
        """Read limits and rules from the worker's message."""
        return cls(
            size,
            invalid,
            CandidateLimits(**message["limits"]),
            message["state"] == "fresh",
            message["on_timeout"] == "stop",
            message["values"],
        )


def declared_names(message: dict[str, Any]) -> set[str]:
    """Return the entry points that the suite declares; of ``Solution.f`` the name ``Solution``."""
    declared = [message["entry_point"] or "", *message["entry_points"]]
    return {name.partition(".")[0] for name in declared if name}
