"""Writes shares, differences, counts and times as text, and decides what an interval allows to claim. Pure."""

from enum import StrEnum

from loop.results import Share

NOT_MEASURED = "–"
"""What a cell without a number shows."""
TOO_FEW = "too few questions for an interval"
NO_INTERVAL = "no interval"
"""What stands for an interval in a sentence; a note below the sentences says why."""
_SPLITS = {"held_out": "held-out questions", "held_out_family": "held-out families"}
_REWARDS = {
    "rule": "rule reward",
    "pass_rate": "pass-rate reward",
    "reward_model": "reward-model score",
    "hybrid": "hybrid reward",
}


class Evidence(StrEnum):
    """What the interval of a difference allows to claim."""

    ABOVE = "above"
    """The whole interval is above 0."""
    BELOW = "below"
    """The whole interval is below 0."""
    UNCLEAR = "unclear"
    """The interval holds 0, or there is none: no difference that can be told from chance."""


def evidence_of(difference: Share) -> Evidence:
    """Return what the interval of a difference allows to claim."""
    if difference.low is None or difference.high is None:
        return Evidence.UNCLEAR
    if difference.low > 0:
        return Evidence.ABOVE
    return Evidence.BELOW if difference.high < 0 else Evidence.UNCLEAR


def evidence_between(first: Share, second: Share) -> Evidence:
    """Return what the intervals of two shares allow to claim where their paired difference is not known.

    Intervals that do not overlap are stronger evidence than a paired interval that leaves out 0; overlapping ones
    decide nothing.
    """
    bounds = (first.low, first.high, second.low, second.high)
    if any(bound is None for bound in bounds):
        return Evidence.UNCLEAR
    first_low, first_high, second_low, second_high = (bound for bound in bounds if bound is not None)
    if first_low > second_high:
        return Evidence.ABOVE
    return Evidence.BELOW if first_high < second_low else Evidence.UNCLEAR


def percent(value: float | None) -> str:
    """Return a share as percent with one decimal, without the sign."""
    return NOT_MEASURED if value is None else f"{100 * value:.1f}"


def interval(share: Share) -> str:
    """Return the interval of a share in percent; empty without one."""
    if share.low is None or share.high is None:
        return ""
    return f"{100 * share.low:.1f}–{100 * share.high:.1f}"


def points(value: float) -> str:
    """Return a difference of shares in percentage points, with its sign (U+2212 for a minus)."""
    text = f"{100 * value:+.1f}"
    return "0.0" if text in {"+0.0", "-0.0"} else text.replace("-", "−")


def points_interval(difference: Share) -> str:
    """Return the interval of a difference in percentage points; empty without one."""
    if difference.low is None or difference.high is None:
        return ""
    return f"{points(difference.low)} to {points(difference.high)}"


def count(number: float) -> str:
    """Return a count with separators of thousands."""
    return f"{number:,.0f}"


def decimal(value: float) -> str:
    """Return a number with one decimal, and a whole one without."""
    return f"{value:.1f}".removesuffix(".0")


def plural(number: int, noun: str) -> str:
    """Return a count with its noun, which forms its plural with ``s``."""
    return f"{count(number)} {noun}{'' if number == 1 else 's'}"


def size(parameters: int) -> str:
    """Return a number of parameters as ``3.1 M parameters`` or ``7.6 B parameters``; 0: they were not counted."""
    return f"{_size(parameters)} parameters" if parameters else "parameters not counted"


def _size(parameters: int) -> str:
    for unit, name in ((10**9, "B"), (10**6, "M")):
        if parameters >= unit / 10:
            return f"{parameters / unit:.1f} {name}"
    return count(parameters)


def duration(seconds: float) -> str:
    """Return a time as ``48 s``, ``12 min 05 s`` or ``1 h 05 min``."""
    whole = round(seconds)
    if whole < 60:
        return f"{seconds:.1f} s" if seconds < 10 else f"{whole} s"
    minutes, rest = divmod(whole, 60)
    if minutes < 60:
        return f"{minutes} min {rest:02d} s"
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes:02d} min"


def tight(text: str) -> str:
    """Return the text with percent signs that stay on the line of their number."""
    return text.replace(" %", "\N{NO-BREAK SPACE}%")


def ratio(part: float | None, whole: float | None) -> float | None:
    """Return ``part`` divided by ``whole``; ``None`` where one is not known or there is nothing to divide by."""
    return None if part is None or not whole else part / whole


def split_label(split: str) -> str:
    """Return a split in words."""
    return _SPLITS.get(split, split.replace("_", " "))


def run_label(name: str) -> str:
    """Return the name of an RL run in words, short: ``rule``, ``reward model``."""
    return name.replace("_", " ").replace("-", " ")


def reward_label(name: str) -> str:
    """Return the reward of an RL run in words: ``rule reward``, ``reward-model score``."""
    return _REWARDS.get(name.replace("-", "_"), f"{run_label(name)} reward")
