"""Choosing without true tests: real programs against real imagined tests, and how often each rule picks right.

    python -m benchmarks.consensus [--help]

A hundred completions and a hundred generated test sets of each HumanEval problem by CodeGen-16B, cut as CodeT
cuts them. Every program runs against every imagined test in the jail, and against the true tests, which only
say whether a pick is right. Ties are averaged; where a rule has no group, a random pick counts.
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
from benchmarks.imagined import Judged, judge, load, write
from clients.evaluation import bootstrap
from clients.selection.consensus import Consensus, MatrixRow, agreement, majority, posterior

MATRIX = report.OUT / "consensus_matrix.jsonl.gz"
CPU_S = 0.1  # of one test: CodeT gives it so much wall time; most need a millisecond


def _votes(judged: Judged, rows: Sequence[MatrixRow]) -> Consensus:
    votes = judged.spread(judged.outcomes)
    return majority([vote if row and any(row) else None for vote, row in zip(votes, rows, strict=True)])


def _as_codet(judged: Judged, rows: Sequence[MatrixRow]) -> Consensus:
    """CodeT's evaluator packs a problem's tests in one function: if that does not compile, no program passes any."""
    return agreement(
        rows if judged.packs else [[False] for _ in rows], judged.weights if judged.packs else None
    )


RULES: dict[str, Callable[[Judged, Sequence[MatrixRow]], Consensus]] = {
    "random": lambda _, rows: majority([None] * len(rows)),
    "majority": _votes,
    "agreement": lambda judged, rows: agreement(rows, judged.weights),
    "agreement, as CodeT's code": _as_codet,
    "posterior (B4)": lambda judged, rows: posterior(rows, judged.weights),
    "oracle": lambda judged, _: majority([right or None for right in judged.spread(judged.right)]),
}


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, default=workload.HUMANEVAL, help=f"default {workload.HUMANEVAL}")
    parser.add_argument("--workers", type=int, help="default: the cores")
    parser.add_argument("--problems", type=int, help="the first so many (default: all)")
    parser.add_argument("--cpu-s", type=float, default=CPU_S, help=f"of one test; default {CPU_S}")
    parser.add_argument("--total-cpu-s", type=float, default=1.0, help="of all tests of a program; default 1")
    parser.add_argument(
        "--matrix", type=Path, default=MATRIX, help=f"where verdicts are kept; default {MATRIX}"
    )
    parser.add_argument(
        "--again", action="store_true", help="judge nothing: take the verdicts that were kept"
    )
    options = parser.parse_args()
    if not options.data.exists() and not options.again:
        raise SystemExit(f"{options.data} is not there; name the file with --data")
    warnings.simplefilter("ignore", SyntaxWarning)  # of tests that models wrote
    facts = report.announce("choosing by imagined tests")
    limits = {"cpu_s": options.cpu_s, "total_cpu_s": options.total_cpu_s}
    took_s = 0.0
    if not options.again:
        rows = list(workload.rows(options.data))[: options.problems]
        judged, took_s = asyncio.run(judge(rows, options.workers or report.cores(), limits))
        write(options.matrix, judged)
    judged = load(options.matrix)[: options.problems]
    pairs = sum(len(each.copies) * len(each.weights) for each in judged)
    lost = sum(each is None for problem in judged for each in problem.outcomes if problem.weights)
    print(
        f"{pairs} pairs of program and test, {limits}, in {took_s:.0f} s; {lost} programs without a verdict"
    )
    numbers = compare(judged)
    told = {"machine": facts, "pairs": pairs, "took_s": took_s, "limits": limits, "lost": lost, **numbers}
    report.save("consensus", told)
    return 0


def compare(judged: Sequence[Judged]) -> dict[str, Any]:
    """Print and return pass@1 of every rule, and what the posterior adds to agreement, with intervals."""
    values = {name: [pick(each, rule) for each in judged] for name, rule in RULES.items()}
    for name, of in values.items():
        print(f"{name:26} {bootstrap(of)}")
    both = zip(values["posterior (B4)"], values["agreement"], strict=True)
    added = bootstrap([one - other for one, other in both])
    print(f"posterior less agreement, problem by problem: {added}")
    return {"pass_at_1": {name: fmean(of) for name, of in values.items()}, "added": str(added)}


def pick(judged: Judged, rule: Callable[[Judged, Sequence[MatrixRow]], Consensus]) -> float:
    """Chance that the rule's pick of one problem is right."""
    rows = judged.rows()
    right = judged.spread(judged.right)
    return fmean(right[at] for at in rule(judged, rows).best or range(len(right)))


if __name__ == "__main__":
    sys.exit(main())
