"""Turns every shape of ground truth that the field uses into a suite. Pure.

``suite_from`` reads a ground truth of any shape in ``SHAPES``; ``humaneval_suite`` makes of a HumanEval ``check`` one
test per assertion. Rows with equal ground truths share a suite: ``ground_truth_key`` says which are equal.
"""

from clients.testspecs.checks import entry_point_of, humaneval_suite, split_check
from clients.testspecs.ground_truths import SHAPES, UnknownTestSpecError, ground_truth_key, suite_from

__all__ = [
    "SHAPES",
    "UnknownTestSpecError",
    "entry_point_of",
    "ground_truth_key",
    "humaneval_suite",
    "split_check",
    "suite_from",
]
