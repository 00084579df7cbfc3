"""Measures how often each rule that selects by imagined tests picks a right program, on real completions.

    python -m benchmarks.consensus [--help]

The data are a hundred completions and a hundred generated test sets of each HumanEval problem by CodeGen-16B, cut as
CodeT cuts them. Every program runs in the jail against every imagined test, and against the true tests, which only
decide whether a pick is right. Ties are averaged. If a rule finds no group of agreeing programs, a random pick counts.
"""

import argparse
import asyncio
import sys
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import fmean
from typing import Any

from benchmarks import report, workload
from benchmarks.imagined_tests import JudgedProblem, judge, load, save
from clients.evaluation import bootstrap
from clients.selection.consensus import Consensus, MatrixRow, agreement, majority, posterior

MATRIX = report.OUT / "consensus_matrix.jsonl.gz"
CPU_S = 0.1  # limit of one test: CodeT's limit is as much wall time; most tests need a millisecond


def _by_votes(problem: JudgedProblem, rows: Sequence[MatrixRow]) -> Consensus:
    votes = problem.per_sample(problem.outcomes)
    return majority([vote if row and any(row) else None for vote, row in zip(votes, rows, strict=True)])


def _as_codet(problem: JudgedProblem, rows: Sequence[MatrixRow]) -> Consensus:
    """Agreement as CodeT's evaluator computes it.

    It packs all tests of a problem in one function. If that does not compile, no program passes any test.
    """
    if not problem.packs:
        return agreement([[False] for _ in rows], None)
    return agreement(rows, problem.weights)


RULES: dict[str, Callable[[JudgedProblem, Sequence[MatrixRow]], Consensus]] = {
    "random": lambda _, rows: majority([None] * len(rows)),
    "majority": _by_votes,
    "agreement": lambda problem, rows: agreement(rows, problem.weights),
    "agreement, as CodeT's code": _as_codet,
    "posterior (B4)": lambda problem, rows: posterior(rows, problem.weights),
    "oracle": lambda problem, _: majority([right or None for right in problem.per_sample(problem.right)]),
}


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, default=workload.HUMANEVAL, help=f"default {workload.HUMANEVAL}")
    parser.add_argument("--workers", type=int, help="default: one per core")
    parser.add_argument("--problems", type=int, help="use only the first problems (default: all)")
    parser.add_argument(
        "--cpu-s", type=float, default=CPU_S, help=f"CPU seconds of one test; default {CPU_S}"
    )
    parser.add_argument(
        "--total-cpu-s", type=float, default=1.0, help="CPU seconds of all tests of a program; default 1"
    )
    parser.add_argument("--matrix", type=Path, default=MATRIX, help=f"file of the verdicts; default {MATRIX}")
    parser.add_argument(
        "--again", action="store_true", help="judge nothing; read the verdicts of an earlier run"
    )
    options = parser.parse_args()
    if not options.again:
        workload.check_data(options.data)
    warnings.simplefilter("ignore", SyntaxWarning)  # tests that models wrote cause many
    facts = report.announce("Selection by imagined tests")
    limits = {"cpu_s": options.cpu_s, "total_cpu_s": options.total_cpu_s}
    took_s = 0.0
    if not options.again:
        rows = list(workload.rows(options.data))[: options.problems]
        problems, took_s = asyncio.run(judge(rows, options.workers or report.cores(), limits))
        save(options.matrix, problems)
    problems = load(options.matrix)[: options.problems]
    pairs = sum(len(problem.copies) * len(problem.weights) for problem in problems)
    lost = sum(outcome is None for problem in problems for outcome in problem.outcomes if problem.weights)
    print(
        f"{pairs} pairs of program and test, {limits}, in {took_s:.0f} s; {lost} programs without a verdict"
    )
    numbers = {"machine": facts, "pairs": pairs, "took_s": took_s, "limits": limits, "lost": lost}
    report.save("consensus", numbers | compare(problems))
    return 0


def compare(problems: Sequence[JudgedProblem]) -> dict[str, Any]:
    """Print and return pass@1 of every rule, and the gain of the posterior over agreement, with intervals."""
    values = {
        name: [probability_right(problem, rule) for problem in problems] for name, rule in RULES.items()
    }
    for name, probabilities in values.items():
        print(f"{name:26} {bootstrap(probabilities)}")
    both = zip(values["posterior (B4)"], values["agreement"], strict=True)
    added = bootstrap([one - other for one, other in both])
    print(f"posterior less agreement, problem by problem: {added}")
    pass_at_1 = {name: fmean(probabilities) for name, probabilities in values.items()}
    return {"pass_at_1": pass_at_1, "added": str(added)}


def probability_right(
    problem: JudgedProblem, rule: Callable[[JudgedProblem, Sequence[MatrixRow]], Consensus]
) -> float:
    """Return the probability that the rule picks a right program of one problem."""
    right = problem.per_sample(problem.right)
    return fmean(right[at] for at in rule(problem, problem.rows()).best or range(len(right)))


if __name__ == "__main__":
    sys.exit(main())
