"""Describes the panels of a live page, and computes their numbers from two readings of the metrics. Pure.

It takes two steps: ``sums_of`` reduces two readings to what is stored of an interval, and ``values_of`` makes of that
the numbers of the lines. Sums of several intervals and processes can be added up before the second step.
"""

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from math import inf

Reading = Mapping[tuple[str, tuple[tuple[str, str], ...]], float]
"""Name of a metric, as ``/metrics`` writes it, and its labels, sorted → its value."""
QUANTILES = (0.5, 0.99)
PER = "/"
"""Name of a ratio's divisor among its sums. No label has this value."""
MOST_CHARS = 39
"""Longest name of a line."""
SLUG_CHARS = 24
"""Longest name of a panel in the stored history. With the name of a line it has at most 64 bytes: Redis stores a hash
with longer names in twice the memory."""


class PanelKind(StrEnum):
    """How a panel's numbers are computed."""

    RATE = "rate"
    """Increase of counters per second, one line for each value of ``label``."""
    LEVEL = "level"
    """Present value of gauges, one line for each value of ``label``."""
    QUANTILES = "quantiles"
    """Median and 99th percentile of what a histogram counted between two readings, interpolated in its buckets."""
    RATIO = "ratio"
    """Increase of counters divided by the increase of the counter ``per``; no number if that did not increase. One line
    for each value of ``label``, or their difference (``difference``)."""


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
    per: str = ""
    """Of a ratio: the counter that it is divided by, all its labels added up."""
    difference: tuple[str, str] | None = None
    """Of a ratio with a label: the two values whose difference is the one line."""
    per_process: bool = False
    """Of a level: whether each process has a part of it. Otherwise all processes read one number, in Redis."""
    group: str = ""
    """Heading that the panel is under."""
    alarm_above: float | None = None
    """A number above which the panel is marked, for a day in which it happened once."""
    hint: str = ""
    """What the panel shows, and when it has numbers: written where it has none."""

    @property
    def slug(self) -> str:
        """The title as a name: what the stored history calls the panel."""
        return "-".join(re.findall("[a-z0-9]+", self.title.lower()))[:SLUG_CHARS]


LATENCY = Panel(
    "Time of a request", "http_request_duration_seconds", PanelKind.QUANTILES, unit="s", group="Time"
)
"""The time from a request to its answer, waiting included. Every service counts it."""


def panel_values(panel: Panel, before: Reading, now: Reading, elapsed_s: float) -> dict[str, float]:
    """Return the number of each line. A counter that is lower than before was restarted, and counts from 0."""
    return values_of(panel, sums_of(panel, before, now), elapsed_s)


def sums_of(panel: Panel, before: Reading, now: Reading) -> dict[str, float]:
    """Return what two readings say about a panel: increases by line or bucket, or present levels by line."""
    sums: dict[str, float] = defaultdict(float)
    suffix = "_bucket" if panel.kind is PanelKind.QUANTILES else ""
    label = "le" if panel.kind is PanelKind.QUANTILES else panel.label
    for (name, labels), value in now.items():
        if panel.per and name == panel.per:
            sums[PER] += _increase(before, name, labels, value)
        if name == panel.metric + suffix and _matches(panel, labels):
            is_level = panel.kind is PanelKind.LEVEL
            line = dict(labels).get(label, "")[:MOST_CHARS]
            sums[line] += value if is_level else _increase(before, name, labels, value)
    return dict(sums)


def values_of(panel: Panel, sums: Mapping[str, float], elapsed_s: float) -> dict[str, float]:
    """Return the number of each line from the sums of an interval of ``elapsed_s`` seconds."""
    match panel.kind:
        case PanelKind.LEVEL:
            return dict(sums)
        case PanelKind.RATE:
            return {line: number / max(elapsed_s, 1e-9) for line, number in sums.items()}
        case PanelKind.QUANTILES:
            return _quantiles(sums)
        case PanelKind.RATIO:
            return _ratios(panel, sums)


def _increase(before: Reading, name: str, labels: tuple[tuple[str, str], ...], value: float) -> float:
    earlier = before.get((name, labels), 0.0)
    return value - earlier if value >= earlier else value


def _ratios(panel: Panel, sums: Mapping[str, float]) -> dict[str, float]:
    whole = sums.get(PER, 0.0)
    if whole <= 0:
        return {}
    ratios = {line: number / whole for line, number in sums.items() if line != PER}
    if panel.difference:
        first, second = panel.difference
        return {"": ratios.get(first, 0.0) - ratios.get(second, 0.0)}
    return ratios or {"": 0.0}


def _matches(panel: Panel, labels: Sequence[tuple[str, str]]) -> bool:
    return panel.only is None or panel.only in labels


def _quantiles(sums: Mapping[str, float]) -> dict[str, float]:
    counts = {float(bound): number for bound, number in sums.items()}
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
