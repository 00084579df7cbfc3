"""Decides whether a program is judged again because the machine may be the cause, and which attempt counts. Pure.

The CPU time of the same work differs from run to run, by a few percent on a quiet machine and by half on a busy one.
It is never less than the work needs. An attempt is *near the limit* if a test in it went over its CPU limit (extended
by what the core certainly lost, see ``guest/checker/cpu_speed.py``) but ended by itself soon after: the machine may be
the cause. An attempt in which the program's process was killed from outside counts as one: the kernel kills processes
when memory is short, and other programs may have taken it. Such a program is judged again from a fresh load, after the
other programs of its chunk and with no other program awake beside it. This ends when an attempt is not near the limit,
or when ``MAX_ATTEMPTS`` are made, or when the wall time for all of them is used up.

The attempt with the fewest tests out of time or memory counts; of equal ones, the first. Whether tests passed does not
influence the choice, and attempts are never mixed: a program that guesses gains nothing by being slow.

Not promised: always the same outcome for a program that needs within a fifth of its limit (docs/semantics.md).
"""

from collections.abc import Sequence
from dataclasses import dataclass

from clients.contract import Outcome, TestResult

MAX_ATTEMPTS = 5
"""The more attempts, the closer the shortest of their times comes to what the work needs. With five, a program that
needs 80 % of its limit was within it in every run of docs/design/0003."""
_OUT_OF_LIMITS = (Outcome.TIME_LIMIT, Outcome.NOT_RUN, Outcome.MEMORY_LIMIT)


@dataclass(slots=True)
class Attempts:
    """The finished attempts at judging one program."""

    wall_left_s: float
    """Wall seconds left for all attempts after the first together. Bounded because a program that sleeps between
    computing takes ten times its CPU limit for each attempt."""
    run_s: float = 0.0
    """Wall seconds of all attempts, unfinished ones included."""
    count: int = 0
    best: list[TestResult] | None = None
    is_best_near_limit: bool = False

    def add(self, tests: list[TestResult], *, is_near_limit: bool) -> None:
        """Add one finished attempt: a result for every test."""
        self.count += 1
        if self.best is None or _count_out_of_limits(tests) < _count_out_of_limits(self.best):
            self.best, self.is_best_near_limit = tests, is_near_limit

    @property
    def is_decided(self) -> bool:
        """Whether the best attempt counts and no further one is made."""
        return not self.is_best_near_limit or self.count >= MAX_ATTEMPTS or self.wall_left_s <= 0


def _count_out_of_limits(tests: Sequence[TestResult]) -> int:
    return sum(test.outcome in _OUT_OF_LIMITS for test in tests)
