"""Draws the plot of the report: pairs in the right order by gap, and best-of-N curves. Needs the extra ``report``."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import NullLocator, PercentFormatter

from clients.evaluation import Curve

_SIZE_INCHES = (10.0, 4.0)  # two plots side by side, at a page's width


def write_plot(path: Path, buckets: Sequence[dict[str, Any]], curves: Sequence[Curve]) -> None:
    """Write the plot as SVG or PNG, according to the ending of the path."""
    figure = Figure(figsize=_SIZE_INCHES, layout="constrained")
    left, right = figure.subplots(1, 2)
    _bars(left, buckets)
    _curves(right, curves)
    figure.savefig(path)


def _bars(axes: Axes, buckets: Sequence[dict[str, Any]]) -> None:
    names = ["?" if row["from"] is None else f"{row['from']:g}–{row['to']:g}" for row in buckets]
    shares = [row["share"] for row in buckets]
    low, high = (
        [row["share"] if row[end] is None else row[end] for row in buckets] for end in ("low", "high")
    )
    errors = [
        [a - b for a, b in zip(shares, low, strict=True)],
        [b - a for a, b in zip(shares, high, strict=True)],
    ]
    axes.bar(names, shares, yerr=errors, capsize=3)
    for at, row in enumerate(buckets):
        axes.annotate(f"{row['pairs']} pairs", (at, 0.02), ha="center", fontsize=8, color="white")
    axes.axhline(0.5, linestyle=":", color="black")
    axes.set_ylim(0, 1)
    axes.yaxis.set_major_formatter(PercentFormatter(1.0))
    axes.set_xlabel("gap of the pass rates")
    axes.set_ylabel("held-out pairs in the right order")


def _curves(axes: Axes, curves: Sequence[Curve]) -> None:
    for curve in curves:
        steps = [point.n for point in curve.points]
        axes.plot(
            steps,
            [point.share.mean for point in curve.points],
            "--" if curve.oracle else "-",
            marker="o",
            label=curve.label,
        )
        low, high = ([getattr(point.share, end) for point in curve.points] for end in ("low", "high"))
        axes.fill_between(steps, low, high, alpha=0.12)
    axes.set_xlabel("N answers")
    axes.set_ylabel("held-out questions solved")
    axes.yaxis.set_major_formatter(PercentFormatter(1.0))
    if not curves:
        axes.text(0.5, 0.5, "pass rates are not known", ha="center", transform=axes.transAxes)
        return
    axes.set_xscale("log", base=2)
    ticks = sorted({point.n for curve in curves for point in curve.points})
    axes.set_xticks(ticks, [str(n) for n in ticks])
    axes.xaxis.set_minor_locator(NullLocator())
    axes.legend(loc="best")
