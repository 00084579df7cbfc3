"""Draws the share of problems solved over N samples, one curve per selector, as one inline SVG.

The same numbers give the same bytes. Needs the extra ``report``. Draws on its own canvas: needs no window system, and
changes no global state of matplotlib.
"""

import io
import re
from collections.abc import Sequence

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import NullLocator, PercentFormatter

from clients.evaluation.curves import Curve

_SIZE_INCHES = (8.0, 4.5)  # fills a page's column at 72 points an inch


def plot_svg(curves: Sequence[Curve]) -> str:
    """Return an ``<svg>`` element: the share of problems solved over N, with intervals; oracles are dashed."""
    # The salt makes ids the same in every run; fonttype "none" keeps text as text.
    with mpl.rc_context({"svg.hashsalt": "acecoder", "svg.fonttype": "none"}):
        figure = Figure(figsize=_SIZE_INCHES, layout="constrained")
        axes = figure.add_subplot()
        for curve in curves:
            steps = [point.n for point in curve.points]
            shares = [point.share for point in curve.points]
            style = "--" if curve.oracle else "-"
            axes.plot(steps, [share.mean for share in shares], style, marker="o", label=curve.label)
            axes.fill_between(
                steps, [share.low for share in shares], [share.high for share in shares], alpha=0.12
            )
        _label(axes, sorted({point.n for curve in curves for point in curve.points}))
        written = io.StringIO()
        figure.savefig(written, format="svg", metadata=dict.fromkeys(("Date", "Creator", "Format", "Type")))
    return re.sub(r"^.*?(?=<svg)", "", written.getvalue(), count=1, flags=re.DOTALL)


def _label(axes: Axes, steps: Sequence[int]) -> None:
    axes.set_xscale("log", base=2)
    axes.set_xticks(steps, [str(n) for n in steps])
    axes.xaxis.set_minor_locator(NullLocator())
    axes.yaxis.set_major_formatter(PercentFormatter(1.0))
    axes.set_xlabel("N samples")
    axes.set_ylabel("problems solved")
    axes.grid(visible=True, alpha=0.3)
    if steps:
        axes.legend(loc="best")
