"""Counts results for Prometheus, and measures the queue.

The depth of the queue is read at every scrape: a number that is set now and then is wrong in between.
"""

import math
import time
from collections import Counter, deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from prometheus_client import CollectorRegistry, Gauge, Histogram
from prometheus_client import Counter as Total
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector
from redis import RedisError

from clients.contract import Status
from services.executor.results.records import Fault, Verdict
from services.executor.reward_health import RewardHealthMetrics

RATE_WINDOW_S = 10
"""``Retry-After`` is estimated from the results of this last stretch of time."""
MAX_RETRY_AFTER_S = 60
"""Longest ``Retry-After``: the rate of the last ten seconds predicts little beyond the next minute."""

_SECONDS = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500)
"""Bounds of the histograms of waiting and judging: from a small program to above the default deadline. A quantile is
interpolated between two of them, so it may be wrong by a factor of two."""


class RedisGauge(Collector):
    """Collects numbers that are in Redis, such as one of each environment; gives no sample while Redis is away."""

    def __init__(
        self, name: str, text: str, read: Callable[[], Mapping[str, float]], label: str = "environment"
    ) -> None:
        """``read`` returns the number for each value of the ``label``."""
        self._name = name
        self._text = text
        self._read = read
        self._label = label

    def describe(self) -> Iterator[GaugeMetricFamily]:
        """Describe the metric without reading Redis."""
        yield GaugeMetricFamily(self._name, self._text, labels=[self._label])

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Read the numbers from Redis; called from a thread."""
        (family,) = self.describe()
        try:
            for value, number in self._read().items():
                family.add_metric([value], number)
        except (RedisError, OSError):
            return
        yield family


@dataclass(frozen=True, slots=True)
class Origin:
    """Whose candidates a result is about, and where they were judged."""

    environment: str
    caller: str


class Metrics:
    """The counters of one API process. Every label has few values: environments, names of keys, closed lists."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.candidates = Total(
            "executor_candidates", "Candidates answered", ["status", "reason"], registry=registry
        )
        self.outcomes = Total("executor_tests", "Tests judged", ["outcome"], registry=registry)
        self.running = Gauge("executor_executions_running", "Executions in progress", registry=registry)
        self.health = RewardHealthMetrics(registry)
        self._cached = Total(
            "executor_candidates_cached", "Candidates answered from earlier work", registry=registry
        )
        self._wait_s = Histogram(
            "executor_wait_seconds",
            "Time from the arrival of a request to a result, less the time of judging",
            ["environment"],
            buckets=_SECONDS,
            registry=registry,
        )
        self._run_s = Histogram(
            "executor_run_seconds",
            "Time for which a worker judged a program",
            ["environment"],
            buckets=_SECONDS,
            registry=registry,
        )
        self._run_s_of_caller = Total(
            "executor_caller_run_seconds",
            "Sum of the time for which each program was judged, by key",
            ["caller"],
            registry=registry,
        )
        self._recent: deque[tuple[float, int]] = deque()

    def record_result(
        self, result: Verdict | Fault, candidates: int, origin: Origin, *, cached: bool, passed_s: float
    ) -> None:
        """Count one result that so many candidates get, ``passed_s`` after their request arrived."""
        self._recent.append((time.monotonic(), candidates))
        self._drop_old()
        if isinstance(result, Fault):
            self.candidates.labels(Status.UNSCORABLE, result.reason).inc(candidates)
            return
        self.candidates.labels(Status.JUDGED, "").inc(candidates)
        for outcome, count in Counter(result.outcomes).items():
            self.outcomes.labels(outcome).inc(count)
        if cached:
            self._cached.inc(candidates)
            return
        self._cached.inc(max(candidates - 1, 0))  # equal candidates of a request are judged once
        self._wait_s.labels(origin.environment).observe(max(passed_s - result.run_s, 0.0))
        self._run_s.labels(origin.environment).observe(result.run_s)
        self._run_s_of_caller.labels(origin.caller).inc(result.run_s)

    def rate_per_s(self) -> float:
        """Return the candidates per second that got a result in the last ``RATE_WINDOW_S``."""
        self._drop_old()
        return sum(count for _, count in self._recent) / RATE_WINDOW_S

    def _drop_old(self) -> None:
        since = time.monotonic() - RATE_WINDOW_S
        while self._recent and self._recent[0][0] < since:
            self._recent.popleft()


def retry_after_s(excess: int, rate_per_s: float) -> int:
    """Return the seconds until ``excess`` candidates are judged; half the maximum if nothing was judged lately."""
    if rate_per_s <= 0:
        return MAX_RETRY_AFTER_S // 2
    return min(max(math.ceil(excess / rate_per_s), 1), MAX_RETRY_AFTER_S)
