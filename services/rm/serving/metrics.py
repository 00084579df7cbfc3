"""Counts candidates, tokens, scores and batches for Prometheus."""

from collections.abc import Callable

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from clients.contract.scoring import ModelInfo
from services.common.dashboard.panels import LATENCY, Panel, PanelKind
from services.rm.backend import ScoreResult

_SCORES = tuple(range(-30, 31, 3))
"""Bounds of the histogram: the published examples of AceCodeRM score from -20 to 23."""
_BATCH_S = (0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30)


PANELS = (
    Panel("Candidates computed", "rm_candidates_total", PanelKind.RATE, "outcome", "/s"),
    Panel("Tokens", "rm_tokens_total", PanelKind.RATE, "kind", "/s"),
    Panel("Candidates waiting", "rm_waiting_candidates", PanelKind.LEVEL),
    Panel("From the cache", "rm_candidates_cached_total", PanelKind.RATE, unit="/s"),
    Panel("Scores", "rm_score", PanelKind.QUANTILES),
    Panel("Too late for the deadline", "rm_candidates_late_total", PanelKind.RATE, unit="/s", is_error=True),
    Panel(
        "Refused, the queue is full", "rm_candidates_refused_total", PanelKind.RATE, unit="/s", is_error=True
    ),
    LATENCY,
)
"""The charts of the live page."""


class RmMetrics:
    """The counters of one process of the reward-model service."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._items = Counter("rm_candidates", "Candidates computed", ["outcome"], registry=registry)
        self._tokens = Counter(
            "rm_tokens", "Tokens, by whether they were computed", ["kind"], registry=registry
        )
        self._scores = Histogram("rm_score", "Raw scores", buckets=_SCORES, registry=registry)
        self._batch_s = Histogram("rm_batch_seconds", "Time of a batch", buckets=_BATCH_S, registry=registry)
        self._batch_size = Histogram(
            "rm_batch_candidates", "Size of a batch", buckets=(1, 4, 16, 64, 256, 1024), registry=registry
        )

        self._cached = Counter(
            "rm_candidates_cached", "Candidates that needed no computing of their own", registry=registry
        )
        self._late = Counter(
            "rm_candidates_late", "Candidates not scored before their deadline", registry=registry
        )
        self._refused = Counter(
            "rm_candidates_refused", "Candidates answered 429: the queue is full", registry=registry
        )
        self._waiting = {
            unit: Gauge(
                f"rm_waiting_{unit}", f"{unit.title()} in the queue, not in a batch", registry=registry
            )
            for unit in ("candidates", "tokens")
        }
        self._model = Gauge(
            "rm_model",
            "1, for the model that is served",
            ["model", "version", "dtype", "sharing"],
            registry=registry,
        )

    def watch_queue(self, candidates: Callable[[], int], tokens: Callable[[], int]) -> None:
        """Show the queue's length whenever the metrics are read."""
        self._waiting["candidates"].set_function(candidates)
        self._waiting["tokens"].set_function(tokens)

    def record_model(self, info: ModelInfo) -> None:
        """Show what is served."""
        self._model.labels(info.model, info.version, info.dtype or "", info.sharing or "").set(1)

    def record_refused(self, candidates: int) -> None:
        """Count the candidates of a request that found no room."""
        self._refused.inc(candidates)

    def record_answers(self, *, cached: int, late: int) -> None:
        """Count the candidates of one request that were known, and those whose deadline passed."""
        self._cached.inc(cached)
        self._late.inc(late)

    def record_item(self, score: ScoreResult, tokens: int) -> None:
        """Count one item that the backend scored or failed to score."""
        self._items.labels("scored" if score.value is not None else "failed").inc()
        # A remote server may report impossible counts; a counter must not fall.
        self._tokens.labels("computed").inc(max(score.computed, 0))
        if score.value is not None:  # nothing was shared of a candidate that a server refused
            self._tokens.labels("shared").inc(max(tokens - score.computed, 0))
            self._scores.observe(score.value)

    def record_batch(self, items: int, wall_s: float) -> None:
        """Count one batch."""
        self._batch_size.observe(items)
        self._batch_s.observe(wall_s)
