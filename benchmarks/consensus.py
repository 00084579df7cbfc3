"""Measures how often each rule that selects by imagined tests picks a right program, on real completions.

    python -m benchmarks.consensus [--help]

The data are a hundred completions and a hundred generated test sets of each HumanEval problem by CodeGen-16B, cut as
CodeT cuts them. Every program runs in the jail against every imagined test, and against the true tests, which only
decide whether a pick is right. Ties are averaged. If a rule finds no group of agreeing programs, a random pick counts.
Where ``benchmarks.filter_quality`` has saved its matrix, the rules are compared on programs and tests of Qwen2.5-Coder,
too.
"""

import argparse
import asyncio
import sys
import time
import warnings
from collections.abc import Sequence
from pathlib import Path
from statistics import fmean
from typing import Any

from benchmarks import report, workload
from benchmarks.imagined_tests import JudgedProblem, judge, load, save
from benchmarks.selection_data import PAIRS, Samples, load_pairs
from benchmarks.selection_rules import RULES, chance_of_right, chance_within, halves, mean_over_draws
from clients.evaluation import bootstrap
from clients.evaluation.curves import Curve, Point
from clients.evaluation.plot import plot_svg

MATRIX = report.OUT / "consensus_matrix.jsonl.gz"
FILTERS = report.OUT / "filter_matrix.jsonl.gz"
CPU_S = 0.1  # limit of one test: CodeT's limit is as much wall time; most tests need a millisecond
DRAWS = 8
"""Draws of fewer samples than there are, of each problem: more hardly narrow an interval over problems."""
Values = dict[tuple[str, int], list[float]]
"""Rule and number of samples → one chance per problem."""
PLOTTED = ("random", "majority", "agreement", "consensus (B4)", "overlap", "oracle")
BASELINES = ("agreement", "consensus (B4)", "SRank")
"""The strongest published rules; ``overlap`` is compared with each."""


def main() -> int:
    options = _options()
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
    numbers = {"machine": facts, "limits": limits, "took_s": took_s}
    numbers |= describe(load(options.matrix)[: options.problems], limits, took_s)
    pairs = load_pairs(options.matrix, options.filter_matrix if options.filter_matrix.exists() else None)
    for name, samples in pairs.items():
        values = measure(name, samples[: options.problems])
        numbers[name] = compare(name, samples[: options.problems], values)
        if options.plot and name == next(iter(PAIRS)):
            options.plot.write_text(plot_of(name, values), encoding="utf-8")
    report.save("consensus", numbers)
    return 0


def _options() -> argparse.Namespace:
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
    parser.add_argument("--filter-matrix", type=Path, default=FILTERS, help=f"default {FILTERS}")
    parser.add_argument("--plot", type=Path, help="file for the plot over N of CodeGen's programs and tests")
    parser.add_argument(
        "--again", action="store_true", help="judge nothing; read the verdicts of an earlier run"
    )
    return parser.parse_args()


def describe(problems: Sequence[JudgedProblem], limits: dict[str, float], took_s: float) -> dict[str, Any]:
    """Print and return how much was judged."""
    pairs = sum(len(problem.copies) * len(problem.weights) for problem in problems)
    lost = sum(outcome is None for problem in problems for outcome in problem.outcomes if problem.weights)
    print(
        f"{pairs} pairs of program and test, {limits}, in {took_s:.0f} s; {lost} programs without a verdict"
    )
    return {"pairs": pairs, "lost": lost}


def measure(name: str, problems: Sequence[Samples]) -> Values:
    """Return for each rule and number of samples the chance that its pick is right, per problem."""
    return {
        (rule, n): [mean_over_draws(problem, choose, n, DRAWS, chance_of_right) for problem in problems]
        for rule, choose in RULES.items()
        for n in PAIRS[name]
    }


def compare(name: str, problems: Sequence[Samples], values: Values) -> dict[str, Any]:
    """Print and return what each rule reaches at each number of samples, and gains of ``overlap``, with intervals.

    @2 and @10 are of all samples of a problem, as is the time.
    """
    most = PAIRS[name][0]
    print(f"\n{name}: right picks, %, of N = {PAIRS[name]}; interval of {most}; @2 @10; ms per problem")
    numbers: dict[str, Any] = {}
    for rule, choose in RULES.items():
        start = time.perf_counter()
        consensus = [choose(problem) for problem in problems]
        ms = 1000 * (time.perf_counter() - start) / len(problems)
        within = {
            k: fmean(chance_within(*both, k) for both in zip(problems, consensus, strict=True))
            for k in (2, 10)
        }
        shares = {n: fmean(values[rule, n]) for n in PAIRS[name]}
        numbers[rule] = {"share": shares, "within": within, "ms": ms, "halves": halves(values[rule, most])}
        shown = " ".join(f"{100 * share:5.1f}" for share in shares.values())
        at_k = " ".join(f"{100 * share:5.1f}" for share in within.values())
        print(f"  {rule:45} {shown}   {_percent(values[rule, most])}   {at_k}   {ms:.1f}", flush=True)
    for base in BASELINES:
        for n in PAIRS[name]:
            both = zip(values["overlap", n], values[base, n], strict=True)
            print(f"  overlap less {base}, N = {n}: {_percent([one - other for one, other in both])}")
    return numbers


def plot_of(name: str, values: Values) -> str:
    """Return a plot of the right picks over the number of samples, as SVG."""
    curves = [
        Curve(rule, rule == "oracle", [Point(n, bootstrap(values[rule, n])) for n in reversed(PAIRS[name])])
        for rule in PLOTTED
    ]
    return plot_svg(curves, "overlap") + "\n"


def _percent(values: Sequence[float]) -> str:
    estimate = bootstrap(values)
    return f"{100 * estimate.mean:.1f} [{100 * estimate.low:.1f}, {100 * estimate.high:.1f}]"


if __name__ == "__main__":
    sys.exit(main())
