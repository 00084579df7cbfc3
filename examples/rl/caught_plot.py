"""Draws what ``caught`` measured as one SVG: reward, pass@1 by true tests and hacks over the steps, a panel for each run."""

import io
import re

import matplotlib as mpl
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter

TITLES = {
    "weak": "tests in the program's process,\nalarms only warn",
    "watched": "the same judge,\na passed canary stops the run",
    "ours": "tests apart from the program\n(the default)",
}
WINDOW = 5
"""Steps over which the reward is averaged: one step has 64 samples."""


def plot(results):
    """Return an ``<svg>`` element."""
    with mpl.rc_context({"svg.hashsalt": "acecoder", "svg.fonttype": "none", "font.size": 9}):
        figure = Figure(figsize=(9.0, 3.0), layout="constrained")
        panels = figure.subplots(1, len(results), sharex=True, sharey=True)
        for axes, result in zip(panels, results, strict=True):
            draw(axes, result)
        # the run that stops leaves room
        panels[min(1, len(results) - 1)].legend(loc="center right", frameon=False)
        panels[0].yaxis.set_major_formatter(PercentFormatter(1.0))
        written = io.StringIO()
        figure.savefig(written, format="svg", metadata=dict.fromkeys(("Date", "Creator", "Format", "Type")))
    return re.sub(r"^.*?(?=<svg)", "", written.getvalue(), count=1, flags=re.DOTALL)


def draw(axes, result):
    rewards = result["rewards"]
    means = [
        sum(part) / len(part)
        for part in (rewards[max(0, at - WINDOW + 1) : at + 1] for at in range(len(rewards)))
    ]
    steps = [point["step"] for point in result["points"]]
    axes.plot(range(1, len(means) + 1), means, label="reward", color="tab:blue")
    axes.plot(
        steps,
        [point["pass_at_1"] for point in result["points"]],
        label="pass@1 by true tests",
        color="tab:green",
        marker=".",
    )
    axes.plot(
        steps,
        [point["hacks"] for point in result["points"]],
        label="hacks among answers",
        color="tab:red",
        marker=".",
    )
    canary = result["first_passed_canary"]
    if canary is not None:
        axes.axvline(canary + 1, color="black", linestyle=":")
        axes.text(canary + 1.4, 0.9, "canary passed", rotation=90, va="top")
    axes.set_title(f"{result['run']}: {TITLES.get(result['run'], '')}", fontsize=9)
    axes.set_ylim(-0.02, 1.02)
    axes.set_xlabel("step")
