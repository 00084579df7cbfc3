"""Decides tests by the probability that their expected values are right, from all programs and tests at once. Pure.

Two models look at the matrix, and the mean of their log-odds is the probability (a logarithmic opinion pool):

- **One right behaviour** (B4, arXiv 2409.08692, with a hypothesis more). Either exactly one agreement group of programs
  is right, and exactly the tests that it passes are, or no program is. A group that many programs share and that
  passes many tests is likely; a wrong program rarely passes a wrong test, since two errors rarely agree.
- **Single tests.** Each test on its own, by the share of programs that pass it. It helps where no program is right in
  everything, and programs are right in parts.

What follows for the cases that a reader asks about:

- *Duplicates.* Tests with equal columns say nearly the same about the programs: m of them weigh √m, not m.
- *Tests that all programs pass* distinguish no group. Their probability is near 1 if a group is believed, and comes
  from the share, (N + ½)/(N + 1½), if none is.
- *Tests that all programs fail* are wrong under every group. What is left is the chance that no program is right.
- *Programs are not independent*, since one model wrote them, nor are tests. So N·T cells weigh as √(N·T) independent
  ones do, times ``evidence``.

The priors were chosen on one half of the problems of ``benchmarks/filter_quality.py``, which reports the other half.
Not promised: calibration for solvers that share one misconception. Agreement is all the evidence there is.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from math import exp, fsum, lgamma, log, sqrt

from clients.contract import TestDrop
from services.synth.filtering.matrix import FilterMatrix, TestDecision

_Cells = tuple[bool | None, ...]
_EDGE = 1e-6
"""Probabilities stay this far from 0 and 1: no finite number of programs is proof."""


@dataclass(frozen=True, slots=True)
class TestPrior:
    """The prior beliefs of the policy."""

    __test__ = False  # pytest must not collect it as a test class

    wrong_passes_wrong: float = 10.0
    """β of Beta(1, β), the chance that a wrong program passes a wrong test: 9 % on average. B4's authors take 10⁴,
    as if no two errors ever agreed; errors of one model do."""
    evidence: float = 3.0
    """The whole matrix weighs as much as this × √(N·T) independent cells, but not more than N·T."""
    duplicates: float = 0.5
    """m tests with equal columns weigh m to this power."""
    keep_from: float = 0.7
    """Probability from which a test is kept. At 0.5 recall is higher, and more wrong tests are kept."""
    reject_below: float = 0.2
    """Probability below which a test is rejected; between the two it is undecided."""


@dataclass(frozen=True, slots=True)
class TestBeliefs:
    """What the matrix says about the tests."""

    __test__ = False  # pytest must not collect it as a test class

    probabilities: list[float]
    """Per test the chance that its expected value is right."""
    no_program_right: float
    """Probability that no program is right, by the model of one right behaviour."""


def decide_by_posterior(matrix: FilterMatrix, prior: TestPrior | None = None) -> list[TestDecision]:
    """Keep the tests whose expected values are probably right."""
    prior = prior or TestPrior()
    passes_T = [sum(cell is True for cell in column) for column in matrix.columns()]
    beliefs = beliefs_in_tests(matrix, prior)
    return [
        _decision(probability, passes, len(matrix.judged), prior)
        for probability, passes in zip(beliefs.probabilities, passes_T, strict=True)
    ]


def _decision(probability: float, passes: int, programs: int, prior: TestPrior) -> TestDecision:
    if probability >= prior.keep_from:
        return TestDecision(None, probability)
    dropped = TestDrop.REJECTED if probability < prior.reject_below else TestDrop.UNDECIDED
    return TestDecision(dropped, probability, f"{passes} of {programs} programs pass it")


def beliefs_in_tests(matrix: FilterMatrix, prior: TestPrior) -> TestBeliefs:
    """Return the probability of each test, by the pool of both models."""
    rows = [tuple(matrix.rows[at] or ()) for at in matrix.judged]
    one_right = _OneRightBehaviour(rows, matrix.columns(), prior)
    shares = [_share(column) for column in matrix.columns()]
    by_group = one_right.tests()
    pooled = [_pool(*pair) for pair in zip(by_group, shares, strict=True)]
    return TestBeliefs(pooled, one_right.no_program_right)


def _share(column: _Cells) -> float:
    """Return the mean of Beta(½ + passes, 1 + fails): a test without evidence is right with chance 1/3."""
    passes, known = sum(cell is True for cell in column), sum(cell is not None for cell in column)
    return (passes + 0.5) / (known + 1.5)


def _pool(one: float, other: float) -> float:
    odds = (_log_odds(one) + _log_odds(other)) / 2
    return 1 / (1 + exp(-odds))


def _log_odds(probability: float) -> float:
    bounded = min(max(probability, _EDGE), 1 - _EDGE)
    return log(bounded / (1 - bounded))


class _OneRightBehaviour:
    """The model in which one agreement group is right, or no program is.

    A program is right with chance θx ~ Beta(1, 1), a test with θy ~ Beta(1, 1). A wrong program passes a right test
    with θ1 ~ Beta(1, 1), a wrong one with θ0 ~ Beta(1, β). All four are integrated out, as in B4.
    """

    def __init__(self, rows: Sequence[_Cells], columns: Sequence[_Cells], prior: TestPrior) -> None:
        self._columns = columns
        self._beta = prior.wrong_passes_wrong
        copies = Counter(columns)
        self._weight_T = [copies[column] ** (prior.duplicates - 1) for column in columns]
        cells = max(len(rows) * len(columns), 1)
        self._evidence = min(1.0, prior.evidence / sqrt(cells))
        self._groups = Counter(rows)
        self._programs = len(rows)
        scores = {row: self._score(row, size) for row, size in self._groups.items() if any(row)}
        nothing = self._score_of_none()
        top = max([*scores.values(), nothing])
        total = fsum(exp(score - top) for score in [*scores.values(), nothing])
        self._chances = {row: exp(score - top) / total for row, score in scores.items()}
        self.no_program_right = exp(nothing - top) / total

    def tests(self) -> list[float]:
        """Return per test the chance that it is right."""
        return [
            fsum(chance for row, chance in self._chances.items() if row[test])
            + self.no_program_right * self._right_if_none(column)
            for test, column in enumerate(self._columns)
        ]

    def _score(self, row: _Cells, size: int) -> float:
        """Return the weighted log-likelihood of the matrix if the group ``row`` of ``size`` programs is right."""
        weights = self._weight_T
        right = fsum(weight for weight, cell in zip(weights, row, strict=True) if cell)
        on_right, on_wrong = [0.0, 0.0], [0.0, 0.0]  # passes and fails of the other programs
        for other, count in self._groups.items():
            if other != row:
                for weight, own, cell in zip(weights, row, other, strict=True):
                    if cell is not None:
                        (on_right if own else on_wrong)[0 if cell else 1] += count * weight
        terms = (
            _log_beta_ratio(size, self._programs - size, 1),
            _log_beta_ratio(right, fsum(weights) - right, 1),
            _log_beta_ratio(on_right[0], on_right[1], 1),
            _log_beta_ratio(on_wrong[0], on_wrong[1], self._beta),
        )
        return self._evidence * fsum(terms)

    def _score_of_none(self) -> float:
        """Return the same if no program is right; then each test is right with chance ½, on its own."""
        terms = [_log_beta_ratio(0, self._programs, 1)]
        for weight, column in zip(self._weight_T, self._columns, strict=True):
            right, wrong = self._column_terms(column)
            top = max(right, wrong)
            terms.append(weight * (top + log((exp(right - top) + exp(wrong - top)) / 2)))
        return self._evidence * fsum(terms)

    def _right_if_none(self, column: _Cells) -> float:
        right, wrong = self._column_terms(column)
        return 1 / (1 + exp(self._evidence * (wrong - right)))

    def _column_terms(self, column: _Cells) -> tuple[float, float]:
        """Return the log-likelihood of a column of wrong programs if the test is right, and if it is wrong."""
        passes, known = sum(cell is True for cell in column), sum(cell is not None for cell in column)
        return _log_beta_ratio(passes, known - passes, 1), _log_beta_ratio(passes, known - passes, self._beta)


def _log_beta_ratio(passes: float, fails: float, beta: float) -> float:
    """Return ln of the chance of so many passes and fails in one order, with the rate ~ Beta(1, ``beta``)."""
    return _log_beta(1 + passes, beta + fails) - _log_beta(1, beta)


def _log_beta(a: float, b: float) -> float:
    return lgamma(a) + lgamma(b) - lgamma(a + b)
