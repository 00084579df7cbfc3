"""Draws the share of problems solved over N samples, one curve per selector, as one inline SVG.

The same numbers give the same bytes. Needs the extra ``report``. Draws on its own canvas: needs no window system, and
changes no global state of matplotlib.
"""

import io
import re
from collections.abc import Sequence

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from matplotlib.ticker import NullLocator, PercentFormatter

from clients.evaluation.curves import Curve
from clients.evaluation.labels import spread_labels

_SIZE_INCHES = (4.8, 3.8)  # a phone shows it 370 pixels wide: its text then has 10 pixels
_TEXT_POINTS = 9
_LINE = 0.055  # of the axis' height: one line of a label


def plot_svg(curves: Sequence[Curve], band: str = "") -> str:
    """Return an ``<svg>`` element: the share of problems solved over N; oracles are dashed.

    Only the curve with the label ``band`` shows its intervals: several bands over each other cannot be told apart.
    Curves with the same points are one line with all their names.
    """
    # The salt makes ids the same in every run; fonttype "none" keeps text as text.
    with mpl.rc_context({"svg.hashsalt": "acecoder", "svg.fonttype": "none", "font.size": _TEXT_POINTS}):
        figure = Figure(figsize=_SIZE_INCHES, layout="constrained")
        axes = figure.add_subplot()
        ends = [_draw(axes, alike, band) for alike in _alike(curves)]
        _name_lines(axes, [end for end in ends if end])
        _label(axes, sorted({point.n for curve in curves for point in curve.points}))
        written = io.StringIO()
        figure.savefig(written, format="svg", metadata=dict.fromkeys(("Date", "Creator", "Format", "Type")))
    return re.sub(r"^.*?(?=<svg)", "", written.getvalue(), count=1, flags=re.DOTALL)


def _alike(curves: Sequence[Curve]) -> list[list[Curve]]:
    """Return the curves in groups with the same points, but for rounding."""
    groups: dict[tuple[tuple[int, float], ...], list[Curve]] = {}
    for curve in curves:
        groups.setdefault(tuple((point.n, round(point.share.mean, 6)) for point in curve.points), []).append(
            curve
        )
    return list(groups.values())


def _draw(axes: Axes, alike: Sequence[Curve], band: str) -> tuple[float, float, str, str] | None:
    """Draw one line; return its end, its names and its colour."""
    curve = next((curve for curve in alike if curve.label == band), alike[0])
    if not curve.points:
        return None
    steps = [point.n for point in curve.points]
    shares = [point.share for point in curve.points]
    (line,) = axes.plot(
        steps, [share.mean for share in shares], "--" if curve.oracle else "-", marker="o", markersize=4
    )
    color = to_hex(line.get_color())
    if curve.label == band:
        low, high = [share.low for share in shares], [share.high for share in shares]
        axes.fill_between(steps, low, high, alpha=0.15, color=color)
    return steps[-1], shares[-1].mean, " = ".join(curve.label for curve in alike), color


def _name_lines(axes: Axes, ends: Sequence[tuple[float, float, str, str]]) -> None:
    """Write each line's names beside its end, none over another, and none beyond the axis."""
    bottom, top = axes.get_ylim()
    ends = sorted(ends, key=lambda end: end[1])
    texts = [names.replace(" (", "\n(").replace(" = ", "\n= ") for _, _, names, _ in ends]
    targets = [(y - bottom) / (top - bottom) for _, y, _, _ in ends]
    heights = spread_labels(targets, [(text.count("\n") + 1) * _LINE for text in texts])
    for (x, y, _, color), text, height in zip(ends, texts, heights, strict=True):
        axes.annotate(
            text, (x, y), xytext=(1.03, height), textcoords="axes fraction", color=color, va="center",
            fontsize=_TEXT_POINTS, annotation_clip=False,
        )  # fmt: skip


def _label(axes: Axes, steps: Sequence[int]) -> None:
    axes.set_xscale("log", base=2)
    axes.set_xticks(steps, [str(n) for n in steps])
    axes.xaxis.set_minor_locator(NullLocator())
    axes.yaxis.set_major_formatter(PercentFormatter(1.0))
    axes.set_xlabel("N samples")
    axes.set_ylabel("problems solved")
    axes.grid(visible=True, alpha=0.3)
