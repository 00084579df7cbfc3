"""Draws the predicted programs per second over the worker cores, for several stacks, as SVG. Needs matplotlib."""

import io
import re
from collections.abc import Mapping, Sequence
from typing import Any

import matplotlib as mpl
from matplotlib.figure import Figure
from matplotlib.ticker import NullLocator

Curves = Mapping[tuple[int, int], Sequence[tuple[int, float]]]
"""Number of API processes and of Redis servers → worker cores and programs a second."""


def draw(curves: Curves, rows: Sequence[Mapping[str, Any]]) -> str:
    """Return an ``<svg>`` element: rates on the left, waits in the queue on the right."""
    with mpl.rc_context({"svg.hashsalt": "acecoder", "svg.fonttype": "none", "font.size": 9}):
        figure = Figure(figsize=(9.0, 3.4), layout="constrained")
        rates, waits = figure.subplots(1, 2, width_ratios=(3, 2))
        _draw_rates(rates, curves)
        _draw_waits(waits, rows)
        written = io.StringIO()
        figure.savefig(written, format="svg", metadata=dict.fromkeys(("Date", "Creator", "Format", "Type")))
    return re.sub(r"^.*?(?=<svg)", "", written.getvalue(), count=1, flags=re.DOTALL)


def _draw_rates(axes: Any, curves: Curves) -> None:  # noqa: ANN401 - matplotlib's axes
    for (apis, redis), points in curves.items():
        label = f"{apis} API process{'es' if apis > 1 else ''}, {redis} Redis"
        axes.plot(*zip(*points, strict=True), marker=".", label=label)
    workers, rate = next(iter(curves.values()))[0]
    ends = [workers, max(count for points in curves.values() for count, _ in points)]
    axes.plot(ends, [count * rate / workers for count in ends], ":", color="black", label="workers alone")
    ticks = sorted({count for points in curves.values() for count, _ in points})
    _scale(axes, ticks)
    axes.set_ylabel("programs a second (predicted)")
    axes.legend(frameon=False, fontsize=8)


def _draw_waits(axes: Any, rows: Sequence[Mapping[str, Any]]) -> None:  # noqa: ANN401 - matplotlib's axes
    workers = [row["workers"] for row in rows]
    for name in rows[0]["queue_s"]:
        axes.plot(workers, [row["queue_s"][name] for row in rows], marker=".", label=name)
    _scale(axes, workers)
    axes.set_ylabel("wait in the queue at 80 % load, s (predicted)")
    axes.legend(frameon=False, fontsize=8)


def _scale(axes: Any, ticks: Sequence[int]) -> None:  # noqa: ANN401 - matplotlib's axes
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.set_xticks(ticks, [str(tick) for tick in ticks])
    axes.xaxis.set_minor_locator(NullLocator())
    axes.set_xlabel("worker cores")
