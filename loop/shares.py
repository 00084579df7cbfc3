"""Computes the mean of one value per question, with its interval where the questions are enough for one. Pure."""

from collections.abc import Sequence

from clients.evaluation.estimators import bootstrap
from loop.results import Share

LEAST_QUESTIONS = 10
"""Fewer questions have no useful interval (``clients.evaluation.estimators``): that of one question has no width."""


def share_of(values: Sequence[float]) -> Share:
    """Return the mean of one value per question, with its 95 % interval.

    Raises:
        ValueError: there are no values.
    """
    estimate = bootstrap(values)
    if len(values) < LEAST_QUESTIONS:
        return Share(mean=estimate.mean, questions=len(values))
    return Share(mean=estimate.mean, low=estimate.low, high=estimate.high, questions=len(values))
