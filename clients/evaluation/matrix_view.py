"""Prepares the picture of one problem's matrix: clusters of programs × the tests that selectors see. Pure.

A cluster is a set of samples that end every test alike: with equal values where the results have value hashes, else
with equal outcomes. Samples and tests that are right by the grading tests are marked.

Not promised: every cluster and test. The picture shows the largest clusters and the first tests, and says how many are
left out.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from clients.contract import CandidateResult, Outcome
from clients.evaluation.curves import AnsweredProblem
from clients.selection.values import ValueCell, returned

_MAX_CLUSTERS = 12
"""Rows of a picture; most clusters after these are single programs."""
_MAX_TESTS = 60
"""Columns of a picture: what a phone shows after one swipe."""


@dataclass(frozen=True, slots=True)
class ClusterRow:
    """One cluster."""

    samples: list[int]
    """Positions of its samples."""
    right: int
    """Number of right samples in the cluster."""
    cells: list[str]
    """Per test: ``pass``, ``value`` (it returned another value), ``stop`` (it raised or was ended) or ``void``."""


@dataclass(frozen=True, slots=True)
class MatrixView:
    """The picture of one problem's matrix."""

    rows: list[ClusterRow]
    """Largest cluster first."""
    right_tests: list[bool | None]
    """Per test whether most right samples pass it; ``None`` if no sample is right."""
    more_clusters: int
    more_tests: int


def matrix_view(problem: AnsweredProblem) -> MatrixView | None:
    """Return the picture; ``None`` if no sample has outcomes of tests."""
    results = problem.selection_results
    clusters: dict[tuple[ValueCell, ...], list[int]] = {}
    for at, row in enumerate(returned(results)):
        if row:
            outcomes = tuple(test.outcome for test in results[at].tests)
            clusters.setdefault((*row, *((True, outcome) for outcome in outcomes)), []).append(at)
    if not clusters:
        return None
    ordered = sorted(clusters.values(), key=lambda samples: (-len(samples), samples[0]))
    tests = max(len(result.tests) for result in results)
    rows = [_row(problem, samples) for samples in ordered[:_MAX_CLUSTERS]]
    right_tests = _right_tests(problem, min(tests, _MAX_TESTS))
    return MatrixView(rows, right_tests, len(ordered) - len(rows), max(0, tests - _MAX_TESTS))


def _row(problem: AnsweredProblem, samples: Sequence[int]) -> ClusterRow:
    right = problem.right
    cells = _cells(problem.selection_results[samples[0]])
    return ClusterRow(list(samples), sum(right[at] is True for at in samples), cells)


def _cells(result: CandidateResult) -> list[str]:
    names = {
        Outcome.PASSED: "pass",
        Outcome.WRONG_ANSWER: "value",
        Outcome.INVALID_TEST: "void",
        Outcome.NOT_RUN: "void",
    }
    return [names.get(test.outcome, "stop") for test in result.tests[:_MAX_TESTS]]


def _right_tests(problem: AnsweredProblem, tests: int) -> list[bool | None]:
    right = [
        at for at, is_right in enumerate(problem.right) if is_right and problem.selection_results[at].tests
    ]
    return [
        2 * sum(problem.selection_results[at].tests[t].outcome is Outcome.PASSED for at in right) > len(right)
        if right
        else None
        for t in range(tests)
    ]
