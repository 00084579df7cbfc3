"""Collects what null programs pass: the weak tests of each suite of one execution.

Null programs are judged as units of the execution, through the same chunks and the same cache. Where weak tests are
left out of rates, results of a suite are held back until its null programs have theirs. Pure.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from clients.contract import Outcome, RewardPolicy, WeakTests
from services.executor.planning.plan import Unit
from services.executor.results.grading import earning
from services.executor.results.records import Fault, Verdict


@dataclass(slots=True)
class HeldResult:
    """A result that cannot be graded yet."""

    members: list[int]
    result: Verdict | Fault
    cached: bool


@dataclass(slots=True)
class _NullRuns:
    """The null programs of one suite."""

    missing: set[int]
    """Numbers of their units without a result."""
    passed: set[int] = field(default_factory=set)
    fault: Fault | None = None
    """Why one of them has no verdict: then the weak tests are not known."""
    held: list[HeldResult] = field(default_factory=list)


class WeakTestFinder:
    """The weak tests of one execution, by position of the suite."""

    def __init__(self, mode: WeakTests, policy: RewardPolicy) -> None:
        self._mode = mode
        self._policy = policy
        self._runs: dict[int, _NullRuns] = {}

    def expect(self, units: Iterable[Unit]) -> None:
        """Wait for these units: the null programs."""
        for unit in units:
            self._runs.setdefault(unit.suite, _NullRuns(set())).missing.add(unit.number)

    def is_null(self, unit: Unit) -> bool:
        """Whether a unit is a null program."""
        return not unit.members

    def add(self, unit: Unit, result: Verdict | Fault) -> Sequence[HeldResult]:
        """Add the result of a null program; return the results that can be graded now."""
        runs = self._runs[unit.suite]
        runs.missing.discard(unit.number)
        if isinstance(result, Fault):
            runs.fault = result
        else:
            passed = [t for t, outcome in enumerate(result.outcomes) if outcome is Outcome.PASSED]
            runs.passed.update(
                earning(passed, result.rests, self._policy, result.decided, result.same_process)
            )
        return [] if runs.missing else self._take_held(runs)

    def hold(self, suite: int, result: HeldResult) -> bool:
        """Keep a result if its suite's weak tests must be known first; return whether it was kept."""
        runs = self._runs.get(suite)
        if self._mode is not WeakTests.EXCLUDE or runs is None or not runs.missing:
            return False
        runs.held.append(result)
        return True

    def give_up(self) -> list[list[int]]:
        """Stop waiting; return the members of the results that were held back, none of which can be graded."""
        return [held.members for runs in self._runs.values() for held in self._take_held(runs)]

    def of(self, suite: int) -> list[int] | None:
        """Return the positions of a suite's weak tests; ``None`` if they are not known."""
        runs = self._runs.get(suite)
        return None if runs is None or runs.missing or runs.fault else sorted(runs.passed)

    def excluded(self, suite: int) -> tuple[frozenset[int], Fault | None]:
        """Return which tests of a suite count in no rate, or why that is not known."""
        if self._mode is not WeakTests.EXCLUDE or suite not in self._runs:
            return frozenset(), None
        runs = self._runs[suite]
        return frozenset(runs.passed), runs.fault

    def _take_held(self, runs: _NullRuns) -> list[HeldResult]:
        held, runs.held = runs.held, []
        return held
