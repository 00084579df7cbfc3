"""Measures N samples of each problem: curves over N, intervals, picks and a report.

``estimators`` has the formulas (pass@k, best-of-N, bootstrap) and ``curves`` applies them; both are pure and are
imported here. ``run`` reads, judges and writes files for ``acecoder evaluate``, with the rows of ``result_rows``.
``report`` and ``plot`` need the extra ``report``.
"""

from clients.evaluation.curves import AnsweredProblem, Curve, Point, Selector, compute_curves, pick
from clients.evaluation.estimators import Estimate, best_of_draws, best_of_n_value, bootstrap, pass_at_k

__all__ = [
    "AnsweredProblem",
    "Curve",
    "Estimate",
    "Point",
    "Selector",
    "best_of_draws",
    "best_of_n_value",
    "bootstrap",
    "compute_curves",
    "pass_at_k",
    "pick",
]
