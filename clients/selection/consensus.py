"""Ranks groups of programs by a matrix of programs × tests in which programs and tests may both be wrong. Pure.

N programs for one question ran against T imagined tests. A right program passes exactly the right tests, so
programs with equal rows are right or wrong together: they form a group, and each rule here scores the groups.
Order has no effect: another order of programs or tests gives the same groups and scores. Equal
scores stay equal; the caller breaks ties.

Cells: ``True`` passed, ``False`` not passed, ``None`` unknown (an invalid test). A row that is ``None`` or has only
unknown cells is a program without a verdict; it is in no group. A program that passes no test is in no
group either: there is no evidence for it. ``weight_T`` is how many times each test counts: how often it was imagined.

Not promised: calibrated beliefs. Tests resemble each other, and every rule here counts that as agreement.
"""

from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass
from math import exp, fsum, lgamma, sqrt

from clients.contract import CandidateResult, Outcome, Status

MatrixRow = Sequence[bool | None] | None


@dataclass(frozen=True, slots=True)
class ProgramGroup:
    """Programs with equal rows in the matrix."""

    programs: list[int]
    """Positions of the programs."""
    tests: list[int]
    """Columns of the tests that they pass."""
    score: float
    """The rule's score; the higher the better."""
    belief: float
    """Their share of the belief in all groups, from 0 to 1."""


@dataclass(frozen=True, slots=True)
class Consensus:
    """The groups of one matrix, scored by one rule."""

    groups: list[ProgramGroup]
    """Best first; groups with equal scores are ordered by their first program."""
    unsupported: list[int]
    """Programs with a verdict that pass no test, so that no rule scores them."""
    unscorable: list[int]
    """Programs without a verdict."""

    @property
    def best(self) -> list[int]:
        """The programs of all groups with the highest score; empty if there is no group."""
        top = [group for group in self.groups if group.score == self.groups[0].score]
        return sorted(program for group in top for program in group.programs)

    def scores(self) -> list[float | None]:
        """Return one score per program; ``None`` for a program in no group."""
        count = len(self.unsupported) + len(self.unscorable) + sum(len(g.programs) for g in self.groups)
        scores: list[float | None] = [None] * count
        for group in self.groups:
            for program in group.programs:
                scores[program] = group.score
        return scores

    def beliefs(self, tests: int) -> list[float]:
        """Return, for each of ``tests`` columns, the sum of the beliefs of the groups that pass it."""
        return [fsum(group.belief for group in self.groups if test in group.tests) for test in range(tests)]


@dataclass(frozen=True, slots=True)
class Prior:
    """The prior beliefs of ``posterior``. The defaults are those of B4's authors, not tuned here."""

    right: float = 1e3
    """α of Beta(α, 1), the share of programs, and of tests, that is right; a larger α means a larger share."""
    wrong_passes_wrong: float = 1e4
    """β of Beta(1, β), the chance that a wrong program passes a wrong test; large, because two errors rarely agree."""


def passed(results: Iterable[CandidateResult]) -> list[list[bool | None] | None]:
    """Return the matrix of verdicts by one suite; a test that was not run counts as not passed, as in every rate."""
    return [_row(result) for result in results]


def agreement(passed_N_T: Sequence[MatrixRow], weight_T: Sequence[float] | None = None) -> Consensus:
    """Score each group by dual execution agreement (CodeT, arXiv 2207.10397): √programs × weight of their tests.

    Raises:
        ValueError: rows, or weights, differ in length; a weight is negative.
    """
    weights = _weights(passed_N_T, weight_T)
    return _consensus(
        passed_N_T, weights, lambda row, size: sqrt(size) * fsum(_weights_where(weights, row, True)), _shares
    )


def posterior(
    passed_N_T: Sequence[MatrixRow], weight_T: Sequence[float] | None = None, prior: Prior | None = None
) -> Consensus:
    """Score each group by the log-posterior that it is the right one, up to a constant (B4, arXiv 2409.08692).

    The model: a program is right with chance θx, a test with θy. A right program passes the right tests and
    no other. A wrong program passes a right test with chance θ1 and a wrong test with chance θ0. Priors: θx, θy ~
    Beta(α, 1), θ1 ~ Beta(1, 1), θ0 ~ Beta(1, β). The hypotheses: exactly one group is right, and so are
    exactly the tests it passes. With the four θ integrated out, and B the beta function, a group of n among
    N programs that passes tests of weight t among T has the score

        ln B(t + α, T - t + 1) + ln B(n + α, N - n + 1) + ln B(p1 + 1, f1 + 1) + ln B(p0 + 1, f0 + β)

    where p1, f1 are the weights of passes and fails of all other programs on its tests, and p0, f0 the same on
    the tests it does not pass. Unknown cells are in none of them.

    Raises:
        ValueError: as ``agreement``.
    """
    prior = prior or Prior()
    weights = _weights(passed_N_T, weight_T)
    judged = [row for row in passed_N_T if _has_cells(row)]
    columns = range(len(weights))
    seen = [sum(row[t] is not None for row in judged if row) for t in columns]
    passes = [sum(row[t] is True for row in judged if row) for t in columns]
    total = fsum(weight for weight, count in zip(weights, seen, strict=True) if count)

    def score(row: Sequence[bool | None], size: int) -> float:
        passed_weight = fsum(_weights_where(weights, row, True))
        others: list[float] = []  # p1, f1, p0, f0
        for right in (True, False):
            on = [t for t in columns if (row[t] is True) is right]
            others.append(fsum(weights[t] * (passes[t] - size * right) for t in on))
            own_fails = {t: size * (row[t] is False) for t in on}
            others.append(fsum(weights[t] * (seen[t] - passes[t] - own_fails[t]) for t in on))
        p1, f1, p0, f0 = others
        terms = (
            _log_beta(passed_weight + prior.right, total - passed_weight + 1),
            _log_beta(size + prior.right, len(judged) - size + 1),
            _log_beta(p1 + 1, f1 + 1),
            _log_beta(p0 + 1, f0 + prior.wrong_passes_wrong),
        )
        return fsum(terms)

    return _consensus(passed_N_T, weights, score, _softmax)


def majority(output_N: Sequence[Hashable | None]) -> Consensus:
    """Group programs by equal outputs; the score of a group is its size. A program with output ``None`` is in none.

    An output is any hashable value: what was printed for each input, or the outcomes of all tests.
    """
    groups: dict[Hashable, list[int]] = {}
    for program, output in enumerate(output_N):
        if output is not None:
            groups.setdefault(output, []).append(program)
    scored = [(members, list[int](), float(len(members))) for members in groups.values()]
    unscorable = [program for program, output in enumerate(output_N) if output is None]
    return Consensus(_ordered(scored, _shares), [], unscorable)


def _row(result: CandidateResult) -> list[bool | None] | None:
    if result.status is not Status.JUDGED:
        return None
    return [test.outcome is Outcome.PASSED if test.counts else None for test in result.tests]


def _has_cells(row: MatrixRow) -> bool:
    return row is not None and any(cell is not None for cell in row)


def _weights(passed_N_T: Sequence[MatrixRow], weight_T: Sequence[float] | None) -> list[float]:
    widths = {len(row) for row in passed_N_T if row is not None}
    if weight_T is not None:
        widths.add(len(weight_T))
    if len(widths) > 1:
        raise ValueError(f"rows and weights have {sorted(widths)} cells; give one cell per test")
    if weight_T is not None and any(weight < 0 for weight in weight_T):
        raise ValueError("a weight is negative; give 0 or more")
    return list(weight_T) if weight_T is not None else [1.0] * max(widths, default=0)


def _consensus(
    passed_N_T: Sequence[MatrixRow],
    weights: Sequence[float],
    score: Callable[[Sequence[bool | None], int], float],
    beliefs: Callable[[Sequence[float]], list[float]],
) -> Consensus:
    members: dict[tuple[bool | None, ...], list[int]] = {}
    unsupported, unscorable = list[int](), list[int]()
    for program, row in enumerate(passed_N_T):
        if row is None or not _has_cells(row):
            unscorable.append(program)
        elif fsum(_weights_where(weights, row, True)) == 0:
            unsupported.append(program)
        else:
            members.setdefault(tuple(row), []).append(program)
    scored = [
        (programs, [test for test, cell in enumerate(row) if cell], score(row, len(programs)))
        for row, programs in members.items()
    ]
    return Consensus(_ordered(scored, beliefs), unsupported, unscorable)


def _ordered(
    scored: Sequence[tuple[list[int], list[int], float]], beliefs: Callable[[Sequence[float]], list[float]]
) -> list[ProgramGroup]:
    shares = beliefs([score for _, _, score in scored])
    groups = [
        ProgramGroup(programs, tests, score, share)
        for (programs, tests, score), share in zip(scored, shares, strict=True)
    ]
    return sorted(groups, key=lambda group: (-group.score, group.programs[0]))


def _weights_where(weights: Sequence[float], row: Sequence[bool | None], value: bool) -> list[float]:
    return [weight for weight, cell in zip(weights, row, strict=True) if cell is value]


def _shares(scores: Sequence[float]) -> list[float]:
    total = fsum(scores)
    return [score / total for score in scores]


def _softmax(scores: Sequence[float]) -> list[float]:
    most = max(scores, default=0.0)
    return _shares([exp(score - most) for score in scores])


def _log_beta(a: float, b: float) -> float:
    return lgamma(a) + lgamma(b) - lgamma(a + b)
