"""Applies every rule that selects by imagined tests to one matrix, and computes how often its picks are right."""

from collections.abc import Callable, Sequence
from math import prod
from statistics import fmean

from benchmarks.selection_data import Samples
from clients.selection.consensus import Consensus, ProgramGroup, agreement, majority, posterior
from clients.selection.values import max_pass, overlap

Rule = Callable[[Samples], Consensus]


def _majority(samples: Samples) -> Consensus:
    return majority([tuple(row) if row and any(row) else None for row in samples.passed])


def _mbr_exec(samples: Samples) -> Consensus:
    """MBR-exec (arXiv 2204.11454) with the loss 0 or 1: the values that most programs return."""
    votes = [tuple(row) if row and any(cell and cell[0] for cell in row) else None for row in samples.values]
    return majority(votes)


def _max_pass(samples: Samples) -> Consensus:
    weights = max_pass(samples.passed, samples.weights)
    groups = majority([weight or None for weight in weights]).groups
    ranked = sorted(groups, key=lambda group: -(weights[group.programs[0]] or 0))
    scored = [ProgramGroup(group.programs, [], -at, 0.0) for at, group in enumerate(ranked)]
    return Consensus(scored, [], [])


def _as_codet(samples: Samples) -> Consensus:
    """Agreement as CodeT's evaluator computes it.

    It packs all tests of a problem in one function. If that does not compile, no program passes any test.
    """
    if not samples.packs:
        return agreement([[False] for _ in samples.passed], None)
    return agreement(samples.passed, samples.weights)


def _srank(samples: Samples) -> Consensus:
    """Overlap as SRank's authors compute it: equal programs count once."""
    once = samples.distinct()
    scored = overlap(once.values, once.passed, once.weights)
    positions: dict[int, list[int]] = {}
    for at, program in enumerate(samples.programs):
        positions.setdefault(program, []).append(at)
    groups = [
        ProgramGroup(
            [at for one in group.programs for at in positions[once.programs[one]]],
            group.tests,
            group.score,
            group.belief,
        )
        for group in scored.groups
    ]
    return Consensus(groups, [], [])


RULES: dict[str, Rule] = {
    "random": lambda samples: majority([None] * len(samples.programs)),
    "max_pass": _max_pass,
    "majority": _majority,
    "MBR-exec": _mbr_exec,
    "agreement, tests run as in CodeT's evaluator": _as_codet,
    "agreement": lambda samples: agreement(samples.passed, samples.weights),
    "consensus (B4)": lambda samples: posterior(samples.passed, samples.weights),
    "SRank": _srank,
    "overlap": lambda samples: overlap(samples.values, samples.passed, samples.weights),
    "oracle": lambda samples: majority([right or None for right in samples.right]),
}


def chance_of_right(samples: Samples, consensus: Consensus) -> float:
    """Return the chance that the pick is right; tied programs share it. Without a group, a random pick counts."""
    return fmean(samples.right[at] for at in consensus.best or range(len(samples.right)))


def chance_within(samples: Samples, consensus: Consensus, k: int) -> float:
    """Return the chance that one of k picks is right: a random program of each of the k best groups.

    If there are fewer groups, the rest of the picks are random programs of all.
    """
    wrong = [1 - fmean(samples.right[at] for at in group.programs) for group in consensus.groups[:k]]
    missing = [1 - fmean(samples.right)] * (k - len(wrong))
    return 1 - prod([*wrong, *missing])


def mean_over_draws(
    samples: Samples, rule: Rule, n: int, draws: int, chance: Callable[[Samples, Consensus], float]
) -> float:
    """Return the mean chance over draws of ``n`` samples."""
    return fmean(chance(drawn, rule(drawn)) for drawn in samples.draws(n, draws))


def halves(values: Sequence[float]) -> tuple[float, float]:
    """Return the means of the problems at even and at odd positions."""
    return fmean(values[::2]), fmean(values[1::2])
