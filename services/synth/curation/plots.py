"""Draws the distributions of a run as one SVG of four panels, for the data set's card.

The same counts give the same bytes. Needs the extra ``report``.
"""

import io
import re
from collections.abc import Sequence
from pathlib import Path

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from services.synth.curation.statistics import BINS, RunStatistics

_SIZE_INCHES = (9.0, 6.0)
_TOP = 10  # reasons shown; the rest is in the table


def write_plots(statistics: RunStatistics, path: Path) -> None:
    """Write the panels to ``path``: tests per question, pass rates, probabilities of tests, reasons of drops."""
    with mpl.rc_context({"svg.hashsalt": "acecoder", "svg.fonttype": "none"}):
        figure = Figure(figsize=_SIZE_INCHES, layout="constrained")
        panels = figure.subplots(2, 2)
        counts = statistics.tests_per_question
        _bars(
            panels[0][0],
            "kept tests of a question",
            "questions",
            sorted(counts),
            [counts[n] for n in sorted(counts)],
        )
        _histogram(panels[0][1], "pass rate of a program", "programs", statistics.rate_bins)
        _histogram(panels[1][0], "probability that a test is right", "tests", statistics.probability_bins)
        _reasons(panels[1][1], statistics)
        written = io.StringIO()
        figure.savefig(written, format="svg", metadata=dict.fromkeys(("Date", "Creator", "Format", "Type")))
    path.write_text(
        re.sub(r"^.*?(?=<svg)", "", written.getvalue(), count=1, flags=re.DOTALL), encoding="utf-8"
    )


def _bars(axes: Axes, x_label: str, y_label: str, x: Sequence[float], heights: Sequence[int]) -> None:
    axes.bar(x, heights, color="#4477aa")
    axes.set_xlabel(x_label)
    axes.set_ylabel(y_label)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.yaxis.set_major_locator(MaxNLocator(integer=True))
    axes.grid(visible=True, axis="y", alpha=0.3)


def _histogram(axes: Axes, x_label: str, y_label: str, bins: dict[int, int]) -> None:
    positions = [n / BINS for n in range(BINS + 1)]
    axes.bar(
        positions, [bins.get(n, 0) for n in range(BINS + 1)], width=0.9 / BINS, align="edge", color="#4477aa"
    )
    axes.set_xlabel(f"{x_label} (the last bar: exactly 1)")
    axes.set_ylabel(y_label)
    axes.grid(visible=True, axis="y", alpha=0.3)


def _reasons(axes: Axes, statistics: RunStatistics) -> None:
    most = statistics.dropped_tests.most_common(_TOP)[::-1]
    axes.barh([reason for reason, _ in most], [count for _, count in most], color="#cc6677")
    axes.set_xlabel("dropped tests, by reason")
    axes.grid(visible=True, axis="x", alpha=0.3)
