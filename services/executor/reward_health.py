"""Counts, over the results of one execution, the signs that rewards are earned honestly and teach something.

They are numbers of the service: what a trainer measures for each of its steps is ``clients.monitor``. A sign that needs
several candidates is counted within one execution: a trainer that sends each candidate in a request of its own has no
groups here.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from prometheus_client import CollectorRegistry, Counter

from clients.contract import ExecutionRequest, Outcome, SuiteInfo
from clients.contract.suites import CANARY_SUFFIX, HELD_OUT_SUFFIX
from services.executor.results.records import Verdict, reward_of


@dataclass(slots=True)
class _Group:
    """The candidates of one suite that have a reward."""

    first: float
    size: int = 1
    is_mixed: bool = False


class RewardHealth:
    """What one execution shows, so far."""

    def __init__(self, request: ExecutionRequest) -> None:
        self._candidates = request.candidates
        names = {suite.id for suite in request.suites}
        self._base_of = {
            name: base
            for name in names
            if name.endswith(HELD_OUT_SUFFIX) and (base := name.removesuffix(HELD_OUT_SUFFIX)) in names
        }
        """Suite of held-out tests → the suite of the same problem that gives the reward."""
        self._compared = {*self._base_of, *self._base_of.values()}
        self._rates: dict[tuple[str, str], float] = {}
        """Suite and program → pass rate, for suites with held-out tests, and these tests."""
        self._groups: dict[str, _Group] = {}
        self.passes = self.resting_passes = 0
        self.canaries = self.passed_canaries = 0

    def add(self, lines: Iterable[tuple[int, bytes]], verdict: Verdict) -> None:
        """Note the verdict of some candidates: their positions, and their result lines."""
        valid = [outcome for outcome in verdict.outcomes if outcome is not Outcome.INVALID_TEST]
        passes = sum(outcome is Outcome.PASSED for outcome in valid)
        resting = sum(verdict.rests) if passes else 0
        for index, line in lines:
            reward = reward_of(line)
            if reward is None:
                continue
            candidate = self._candidates[index]
            if candidate.suite.endswith(CANARY_SUFFIX):
                self.canaries += 1
                self.passed_canaries += verdict.perfect
                continue
            self.passes += passes
            self.resting_passes += min(resting, passes)
            if candidate.suite in self._compared:
                program = candidate.program if candidate.program is not None else candidate.completion or ""
                self._rates[candidate.suite, program] = passes / len(valid)
            if candidate.suite not in self._base_of:
                self._add_reward(candidate.suite, reward)

    def _add_reward(self, suite: str, reward: float) -> None:
        group = self._groups.get(suite)
        if group is None:
            self._groups[suite] = _Group(reward)
            return
        group.size += 1
        group.is_mixed = group.is_mixed or reward != group.first

    def groups(self) -> list[bool]:
        """Return for each suite with several candidates whether their rewards differ."""
        return [group.is_mixed for group in self._groups.values() if group.size > 1]

    def held_out(self) -> list[tuple[float, float]]:
        """Return the pass rates of each program that both suites of a problem judged: the reward's, the held-out."""
        return [
            (self._rates[base, program], rate)
            for (suite, program), rate in self._rates.items()
            if (base := self._base_of.get(suite)) is not None and (base, program) in self._rates
        ]


class RewardHealthMetrics:
    """The counters of one API process."""

    def __init__(self, registry: CollectorRegistry) -> None:
        def counter(name: str, text: str, *labels: str) -> Counter:
            return Counter(f"executor_{name}", text, labels, registry=registry)

        self._passes = counter("passes", "Passed tests, canaries left out", "rests_on_program")
        self._canaries = counter("canaries", "Canaries with a verdict", "result")
        self._groups = counter("groups", "Candidates of one suite in one request", "rewards")
        self._searched = counter("searched_tests", "Tests that null programs were tried on", "weak")
        self._pairs = counter("held_out_programs", "Programs judged by a suite and its held-out tests")
        self._rates = counter("held_out_pass_rate", "Sum of the pass rates of these programs", "tests")

    def record(self, health: RewardHealth, suites: Iterable[SuiteInfo]) -> None:
        """Count what an execution shows that has ended."""
        _add(self._passes, "yes", health.resting_passes)
        _add(self._passes, "no", health.passes - health.resting_passes)
        _add(self._canaries, "passed", health.passed_canaries)
        _add(self._canaries, "failed", health.canaries - health.passed_canaries)
        groups = health.groups()
        _add(self._groups, "mixed", sum(groups))
        _add(self._groups, "equal", len(groups) - sum(groups))
        for info in suites:
            if info.weak_tests is not None:
                valid = len(info.test_hashes) - len(info.invalid_tests)
                _add(self._searched, "yes", len(info.weak_tests))
                _add(self._searched, "no", valid - len(info.weak_tests))
        for rate, held_out in health.held_out():
            self._pairs.inc()
            self._rates.labels("reward").inc(rate)
            self._rates.labels("held_out").inc(held_out)


def _add(counter: Counter, value: str, number: float) -> None:
    if number > 0:
        counter.labels(value).inc(number)
