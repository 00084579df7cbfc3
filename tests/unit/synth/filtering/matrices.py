"""Matrices written as one string per program: ``1`` passed, ``0`` not passed, ``?`` unknown."""

from services.synth.filtering.matrix import FilterMatrix

_CELLS = {"1": True, "0": False, "?": None}


def matrix(*rows):
    """A matrix of these rows; ``None`` is a program without a verdict."""
    cells = [None if row is None else [_CELLS[cell] for cell in row] for row in rows]
    return FilterMatrix(cells)


def dropped(decisions):
    """The reasons of the decisions."""
    return [decision.dropped for decision in decisions]
