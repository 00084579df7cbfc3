"""Fits the probability that a pick by consensus is right, and measures its calibration by cross-validation.

    python -m benchmarks.calibration [--help]

Reads the matrices that ``benchmarks.consensus`` and ``benchmarks.filter_quality`` saved. Each pick of the rules
consensus, agreement and overlap, for each pair of writers and number of samples, is one case. A case is predicted by
coefficients that were fitted without any case of its problem (ten folds over problems). The last lines are for
coefficients that were fitted on the programs of one model, and tested on the other model's, with other problems.
"""

import argparse
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks import report
from benchmarks.consensus import FILTERS, MATRIX
from benchmarks.selection_data import PAIRS, Samples, load_pairs
from benchmarks.selection_rules import RULES, chance_of_right
from clients.evaluation import bootstrap
from clients.selection.probability import COEFFICIENTS, facts_of

MODELLED = ("consensus (B4)", "agreement", "overlap")
FOLDS = 10
RIDGE = 1.0
"""Weight of the squares of all coefficients but the first in what is minimised: it keeps them small."""
DRAWS = 4
_Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Case:
    """One pick."""

    pair: str
    n: int
    rule: str
    problem: int
    facts: tuple[float, ...]
    right: float
    """Chance that the pick is right: below 1 if right and wrong programs are tied."""
    weight: float
    """1 / draws, so that each number of samples counts equally."""


def cases_of(pairs: dict[str, list[Samples]]) -> list[Case]:
    """Return one case for each pair of writers, number of samples, draw and rule that finds a group."""
    cases = []
    for pair, problems in pairs.items():
        for at, problem in enumerate(problems):
            for n in PAIRS[pair]:
                drawn = problem.draws(n, DRAWS)
                for samples in drawn:
                    for rule in MODELLED:
                        picked = RULES[rule](samples)
                        facts = facts_of(picked, samples.passed, samples.weights)
                        if facts is not None:
                            right = chance_of_right(samples, picked)
                            cases.append(Case(pair, n, rule, at, facts, right, 1 / len(drawn)))
        print(f"  {pair}: {len(cases)} cases so far", file=sys.stderr)
    return cases


def fit(cases: Sequence[Case]) -> _Array:
    """Return the coefficients of a logistic model with most likelihood, by Newton's method."""
    facts = np.array([[1.0, *case.facts] for case in cases])
    right = np.array([case.right for case in cases])
    weight = np.array([case.weight for case in cases])
    ridge = RIDGE * np.eye(facts.shape[1])
    ridge[0, 0] = 0
    coefficients = np.zeros(facts.shape[1])
    for _ in range(50):
        expected = 1 / (1 + np.exp(-facts @ coefficients))
        slope = facts.T @ (weight * (right - expected)) - ridge @ coefficients
        curvature = (facts * (weight * expected * (1 - expected))[:, None]).T @ facts + ridge
        coefficients = coefficients + np.linalg.solve(curvature, slope)
    return coefficients


def predict(coefficients: _Array, cases: Sequence[Case]) -> _Array:
    """Return the probability of each case."""
    facts = np.array([[1.0, *case.facts] for case in cases])
    return np.asarray(1 / (1 + np.exp(-facts @ coefficients)))


def cross_validated(cases: Sequence[Case]) -> _Array:
    """Return the probability of each case by coefficients that never saw its problem."""
    predicted = np.zeros(len(cases))
    for fold in range(FOLDS):
        held = [at for at, case in enumerate(cases) if case.problem % FOLDS == fold]
        rest = [case for case in cases if case.problem % FOLDS != fold]
        predicted[held] = predict(fit(rest), [cases[at] for at in held])
    return predicted


def brier(cases: Sequence[Case], predicted: _Array) -> float:
    """Return the mean squared error of the probabilities."""
    right = np.array([case.right for case in cases])
    return float(np.average((right - predicted) ** 2, weights=[case.weight for case in cases]))


def base_rate_error(cases: Sequence[Case]) -> float:
    """Return the same for the best constant probability."""
    right = np.array([case.right for case in cases])
    weight = [case.weight for case in cases]
    return brier(cases, np.full(len(cases), np.average(right, weights=weight)))


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--matrix", type=Path, default=MATRIX, help=f"default {MATRIX}")
    parser.add_argument("--filter-matrix", type=Path, default=FILTERS, help=f"default {FILTERS}")
    options = parser.parse_args()
    facts = report.announce("Probability that the pick is right")
    cases = cases_of(load_pairs(options.matrix, options.filter_matrix))
    predicted = cross_validated(cases)
    coefficients = fit(cases)
    print("coefficients, fitted on all cases:", ", ".join(f"{one:.3f}" for one in coefficients))
    if not np.allclose(coefficients, COEFFICIENTS, atol=0.002):
        print("these are not the ones in clients/selection/probability.py")
    print_errors(cases, predicted)
    print_reliability(cases, predicted)
    print_thresholds(cases, predicted)
    print_transfer(cases)
    report.save("calibration", {"machine": facts, "coefficients": coefficients.tolist()})
    return 0


def print_errors(cases: Sequence[Case], predicted: _Array) -> None:
    """Print the Brier score of each rule and each pair of writers."""
    print("Brier score (of the best constant) [how much better, over problems]")
    for label, belongs in _parts():
        at = [number for number, case in enumerate(cases) if belongs(case)]
        part, own = [cases[number] for number in at], predicted[at]
        gains = _gain_by_problem(part, own)
        print(f"  {label:34} {brier(part, own):.3f} ({base_rate_error(part):.3f})  {bootstrap(gains)}")


def _parts() -> Iterable[tuple[str, Callable[[Case], bool]]]:
    yield "all", lambda _case: True
    for rule in MODELLED:
        yield rule, lambda case, rule=rule: case.rule == rule  # type: ignore[misc]
    for pair in PAIRS:
        yield pair, lambda case, pair=pair: case.pair == pair  # type: ignore[misc]


def _gain_by_problem(cases: Sequence[Case], predicted: _Array) -> list[float]:
    constant = float(np.average([case.right for case in cases], weights=[case.weight for case in cases]))
    gains: dict[int, list[tuple[float, float]]] = {}
    for case, own in zip(cases, predicted, strict=True):
        gain = (case.right - constant) ** 2 - (case.right - own) ** 2
        gains.setdefault(case.problem, []).append((gain, case.weight))
    return [sum(g * w for g, w in rows) / sum(w for _, w in rows) for rows in gains.values()]


def print_reliability(cases: Sequence[Case], predicted: _Array) -> None:
    """Print how often picks are right, by their probability."""
    print("probability: mean, share right, share of the cases")
    total = sum(case.weight for case in cases)
    for low in np.arange(0, 1, 0.1):
        at = np.flatnonzero((predicted >= low) & (predicted < low + 0.1))
        if len(at):
            weight = np.array([cases[number].weight for number in at])
            right = np.average([cases[number].right for number in at], weights=weight)
            mean = np.average(predicted[at], weights=weight)
            print(f"  {low:.1f}-{low + 0.1:.1f}: {mean:.2f} {right:.2f} {weight.sum() / total:.2f}")


def print_thresholds(cases: Sequence[Case], predicted: _Array) -> None:
    """Print what a least probability keeps, by pair of writers."""
    print("at_least: share of problems with a pick, share right of these")
    for pair in PAIRS:
        shown = []
        for least in (0.0, 0.3, 0.5, 0.7, 0.9):
            mine = [(case, p) for case, p in zip(cases, predicted, strict=True) if case.pair == pair]
            kept = [case for case, p in mine if p >= least]
            share = sum(case.weight for case in kept) / sum(case.weight for case, _ in mine)
            right = sum(case.right * case.weight for case in kept) / (sum(c.weight for c in kept) or 1)
            shown.append(f"{least:.1f}: {share:.2f} {right:.2f}")
        print(f"  {pair:34} " + "   ".join(shown))


def print_transfer(cases: Sequence[Case]) -> None:
    """Print errors on the programs of one model, with coefficients from the other's and from other problems."""
    for source, target in (("CodeGen", "Qwen"), ("Qwen", "CodeGen")):
        tested: list[Case] = []
        predicted: list[float] = []
        for parity in (0, 1):
            seen = [c for c in cases if c.pair.startswith(source) and c.problem % 2 == parity]
            new = [c for c in cases if c.pair.startswith(target) and c.problem % 2 != parity]
            tested += new
            predicted += predict(fit(seen), new).tolist()
        weights = [case.weight for case in tested]
        right = np.average([case.right for case in tested], weights=weights)
        print(
            f"fitted on {source}'s programs, tested on {target}'s: Brier {brier(tested, np.array(predicted)):.3f} "
            f"({base_rate_error(tested):.3f}); mean probability {np.average(predicted, weights=weights):.2f}, "
            f"share right {right:.2f}"
        )


if __name__ == "__main__":
    sys.exit(main())
