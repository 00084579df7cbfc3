"""Whether a program is judged again because a limit was near, and which of its judgements counts. Pure.

The CPU time of the same work differs from run to run, by a few percent on a quiet machine and by half on a busy one;
it is never less than the work needs. A judgement is at the edge if a test in it went over its CPU limit, stretched by
what the core surely lost, but ended by itself soon after (``guest/pace``): then the machine may be to blame. The
program is judged again from a fresh load, last of its chunk and with no other program awake beside it, until a
judgement is not at the edge, or until ``TRIES``, or the wall time for all of them, are spent. The one in which most
tests kept to their time counts, the first of equals: what passed has no say in it, and a whole judgement counts or
none of it, so that a program that guesses gains nothing by being slow.

Not promised: one outcome for a need within a fifth of its limit (docs/semantics.md).
"""

from collections.abc import Sequence
from dataclasses import dataclass

from clients.contract import Outcome, TestResult

TRIES = 5
"""With every further try the least of the times comes closer to what the work needs. With five, 80 % of a limit was
within it in every run of docs/design/0003."""
_OUT_OF_TIME = (Outcome.TIME_LIMIT, Outcome.NOT_RUN)


@dataclass(slots=True)
class Tries:
    """The judgements of one program so far."""

    wall_left_s: float
    """Wall seconds for all judgements after the first, however many: a program that naps between computing takes ten
    times its CPU limit for each."""
    count: int = 0
    best: list[TestResult] | None = None
    at_edge: bool = False
    """Whether the best is."""

    def add(self, tests: list[TestResult], *, at_edge: bool) -> None:
        """Take one more."""
        self.count += 1
        if self.best is None or _late(tests) < _late(self.best):
            self.best, self.at_edge = tests, at_edge

    @property
    def decided(self) -> bool:
        """Whether the best counts."""
        return not self.at_edge or self.count >= TRIES or self.wall_left_s <= 0


def _late(tests: Sequence[TestResult]) -> int:
    return sum(test.outcome in _OUT_OF_TIME for test in tests)
