"""Describes a history of metrics that outlives a process: what a service with a store keeps in buckets of time.

A bucket holds sums (``panels.sums_of``) of one interval, added up over all processes. Nothing here does I/O: the
service has the store.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from services.common.dashboard.panels import Panel, PanelKind, values_of


@dataclass(frozen=True, slots=True)
class Resolution:
    """How long the buckets of one history are, and how far back they reach."""

    name: str
    bucket_s: int
    span_s: int


RESOLUTIONS = (Resolution("hour", 10, 3600), Resolution("day", 300, 86_400))
"""An hour in points of 10 s, a day in points of 5 minutes: 360 and 288 of them, as many as a chart has pixels."""
FLUSH_S = 10
"""A process writes once in so many seconds: the shortest bucket."""
_SEPARATOR = "|"


@dataclass(frozen=True, slots=True)
class Sums:
    """What one process adds to a bucket, by field."""

    added: Mapping[str, float]
    """Increases, which add up; and of a level that each process has a part of, its part."""
    highest: Mapping[str, float]
    """Levels that all processes read: the highest is kept."""


class HistoryStore(Protocol):
    """Keeps the buckets of each resolution, and forgets old ones."""

    async def add(self, resolution: Resolution, start: int, sums: Sums) -> None:
        """Add to the bucket that begins at ``start``, in seconds since 1970; it need not exist."""
        ...

    async def read(self, resolution: Resolution, until: float) -> Sequence[tuple[int, Mapping[str, float]]]:
        """Return the buckets that ended by ``until``, oldest first: when each began, and its fields."""
        ...


def sums_to_add(
    panels: Sequence[Panel], sums_of_panel: Sequence[Mapping[str, float]], resolution: Resolution
) -> Sums:
    """Return what a process adds to a bucket, from the sums of each panel over ``FLUSH_S`` seconds."""
    added: dict[str, float] = {"processes": FLUSH_S / resolution.bucket_s}
    highest: dict[str, float] = {}
    for panel, sums in zip(panels, sums_of_panel, strict=True):
        # Of a histogram the empty buckets, too: between them and the next one, a quantile is interpolated.
        keeps_zeros = panel.kind is PanelKind.QUANTILES and any(sums.values())
        for line, number in sums.items():
            field = f"{panel.slug}{_SEPARATOR}{line}"
            if panel.kind is not PanelKind.LEVEL:
                if number or keeps_zeros:
                    added[field] = number
            elif panel.per_process:
                added[field] = number * FLUSH_S / resolution.bucket_s
            else:
                highest[field] = number
    return Sums(added, highest)


def sample_of(
    panels: Sequence[Panel], start: int, fields: Mapping[str, float], bucket_s: int
) -> dict[str, Any]:
    """Return a bucket as a sample of a live page: ``t``, its end, and ``values``, one mapping per panel."""
    by_panel: dict[str, dict[str, float]] = {}
    for field, number in fields.items():
        slug, _, line = field.partition(_SEPARATOR)
        by_panel.setdefault(slug, {})[line] = number
    values = []
    for panel in panels:
        sums = by_panel.get(panel.slug, {})
        numbers = values_of(panel, sums, bucket_s)
        values.append({line: round(number, 4) for line, number in numbers.items()})
    return {"t": start + bucket_s, "values": values}
