"""Decides the expected output of inputs by the outputs that most solvers agree on. Pure.

Outputs are compared here only to choose one. What counts in the end is the executor: the chosen output becomes a test,
and the solvers' programs are judged by it.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from clients.contract import Comparison, ComparisonMode

_MOST_DIGITS = 300
"""Longest token that is read as a number."""


@dataclass(frozen=True, slots=True)
class Label:
    """The output that solvers gave for one input, or why there is none."""

    output: str | None
    """The first output of the largest group; ``None``: no solver ended without an error."""
    agreeing: tuple[int, ...] = ()
    """Solvers of that group, by number."""
    answering: int = 0
    """Solvers with an output."""
    alternatives: tuple[str, ...] = ()
    """The first output of each other group, from the largest on."""

    def is_settled(self, min_agreeing: int, min_share: float) -> bool:
        """Whether enough solvers gave this output, of those that gave one."""
        count = len(self.agreeing)
        return count >= min_agreeing and count >= min_share * self.answering


def label_of(outputs: Sequence[str | None], comparison: Comparison) -> Label:
    """Return the label of one input from one output per solver, ``None`` where a solver has none.

    Of groups of equal size, the one with the first solver wins.
    """
    groups: list[list[int]] = []
    for solver, output in enumerate(outputs):
        if output is None:
            continue
        for group in groups:
            first = outputs[group[0]]
            if first is not None and is_same(first, output, comparison):
                group.append(solver)
                break
        else:
            groups.append([solver])
    if not groups:
        return Label(None)
    largest, *others = sorted(groups, key=len, reverse=True)  # stable: equal groups stay in order
    alternatives = tuple(output for group in others if (output := outputs[group[0]]) is not None)
    return Label(outputs[largest[0]], tuple(largest), sum(map(len, groups)), alternatives)


def is_same(left: str, right: str, comparison: Comparison) -> bool:
    """Whether two outputs are the same under a comparison; ``exact`` and ``trailing_newline`` are read as ``lines``."""
    if comparison.mode in (ComparisonMode.TOKENS, ComparisonMode.FLOAT):
        words = list(zip(left.split(), right.split(), strict=False))
        if len(left.split()) != len(right.split()):
            return False
        if comparison.mode is ComparisonMode.TOKENS:
            return all(a == b for a, b in words)
        return all(_is_close(a, b, comparison) for a, b in words)
    return _lines(left) == _lines(right)


def is_numeric(outputs: Sequence[str]) -> bool:
    """Whether some output has a number with a fraction: then rounding may decide about equality."""
    return any("." in word and _number(word) is not None for text in outputs for word in text.split())


def _lines(text: str) -> list[str]:
    lines = [line.rstrip(" \t\r") for line in text.split("\n")]
    while lines and not lines[-1]:
        lines.pop()
    return lines


def _is_close(left: str, right: str, comparison: Comparison) -> bool:
    if left == right:
        return True
    a, b = _number(left), _number(right)
    if a is None or b is None or not ("." in left + right or "e" in (left + right).lower()):
        return False
    return math.isclose(a, b, rel_tol=comparison.rel_tol, abs_tol=comparison.abs_tol)


def _number(word: str) -> float | None:
    try:
        return float(word) if len(word) <= _MOST_DIGITS and word.isascii() else None
    except ValueError:
        return None
