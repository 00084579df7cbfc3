"""Describes the panels of a live page, and computes their numbers from two readings of the metrics. Pure."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from math import inf

Reading = Mapping[tuple[str, tuple[tuple[str, str], ...]], float]
"""Name of a metric, as ``/metrics`` writes it, and its labels, sorted → its value."""
QUANTILES = (0.5, 0.99)


class PanelKind(StrEnum):
    """How a panel's numbers are computed."""

    RATE = "rate"
    """Increase of counters per second, one line for each value of ``label``."""
    LEVEL = "level"
    """Present value of gauges, one line for each value of ``label``."""
    QUANTILES = "quantiles"
    """Median and 99th percentile of what a histogram counted between two readings, interpolated in its buckets."""


@dataclass(frozen=True, slots=True)
class Panel:
    """One chart of a live page."""

    title: str
    metric: str
    """Name as ``/metrics`` writes it: of a counter with ``_total``, of a histogram without ``_bucket``."""
    kind: PanelKind
    label: str = ""
    """Label with one line for each of its values; empty: one line, the sum."""
    unit: str = ""
    """Written after a number: ``s``, ``/s``."""
    is_error: bool = False
    """Whether the lines are drawn in the colour of errors, because any number above 0 needs attention."""
    overlapping: bool = False
    """Whether the lines count the same things: the number beside the title is then the highest line, not the sum."""
    only: tuple[str, str] | None = None
    """A label and its value; metrics with another value are left out."""


LATENCY = Panel("Time of a request", "http_request_duration_seconds", PanelKind.QUANTILES, unit="s")
"""The time from a request to its answer, waiting included. Every service counts it."""


def panel_values(panel: Panel, before: Reading, now: Reading, elapsed_s: float) -> dict[str, float]:
    """Return the number of each line. A counter that is lower than before was restarted, and counts from 0."""
    if panel.kind is PanelKind.QUANTILES:
        return _quantiles(panel, before, now)
    totals: dict[str, float] = defaultdict(float)
    for (name, labels), value in now.items():
        if name != panel.metric or not _matches(panel, labels):
            continue
        line = dict(labels).get(panel.label, "")
        if panel.kind is PanelKind.RATE:
            earlier = before.get((name, labels), 0.0)
            increase = value - earlier if value >= earlier else value
            totals[line] += increase / max(elapsed_s, 1e-9)
        else:
            totals[line] += value
    return dict(totals)


def _matches(panel: Panel, labels: Sequence[tuple[str, str]]) -> bool:
    return panel.only is None or panel.only in labels


def _quantiles(panel: Panel, before: Reading, now: Reading) -> dict[str, float]:
    counts: dict[float, float] = defaultdict(float)
    for (name, labels), value in now.items():
        if name == f"{panel.metric}_bucket" and _matches(panel, labels):
            earlier = before.get((name, labels), 0.0)
            counts[float(dict(labels)["le"])] += max(value - earlier, 0.0)
    bounds = sorted(counts)
    if not bounds or counts[bounds[-1]] <= 0:
        return {}
    return {f"p{quantile * 100:g}": _quantile(quantile, bounds, counts) for quantile in QUANTILES}


def _quantile(quantile: float, bounds: Sequence[float], counts: Mapping[float, float]) -> float:
    """Interpolate as Prometheus' ``histogram_quantile`` does; above the last finite bound, return that bound."""
    rank = quantile * counts[bounds[-1]]
    low, below = 0.0, 0.0
    for bound in bounds:
        if counts[bound] >= rank:
            if bound == inf:
                return low
            inside = counts[bound] - below
            return low + (bound - low) * ((rank - below) / inside if inside else 1.0)
        low, below = bound, counts[bound]
    return low
