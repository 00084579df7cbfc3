"""Measures how well each filter policy tells right imagined tests from wrong ones, on real models with the truth known.

    python -m benchmarks.filter_quality [--help]

Three cases: CodeGen-16B's imagined tests with its own programs as solvers; the tests of Qwen2.5-Coder-1.5B with
programs of Qwen2.5-Coder-0.5B; CodeGen's tests with programs of Qwen. For each problem, k programs are drawn as
solvers; the policy sees their outcomes only. All other programs of both models evaluate the kept suite. A test is right
if the problem's own solution passes it, a program if it passes HumanEval's tests. Constants of policies were chosen on
every second problem (``--half design``); the default reports the other half. Everything is averaged over several draws;
intervals are a bootstrap over problems.
"""

import argparse
import asyncio
import random
import sys
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean
from typing import Any

from benchmarks import report, workload
from benchmarks.filter_matrix import FilterProblem, judge, load, read_problems, save
from services.synth.filtering.matrix import FilterMatrix, Policy, TestDecision
from services.synth.filtering.registry import POLICIES

MATRIX = report.OUT / "filter_matrix.jsonl.gz"
MIN_TESTS = 5
"""AceCoder keeps a question if five tests or more are left."""
RESAMPLES = 2000


@dataclass(frozen=True, slots=True)
class Case:
    """Whose tests are filtered by whose programs."""

    name: str
    tests: str
    solvers: str
    k: int


CASES = (
    Case("CodeGen tests, 8 CodeGen programs", "codegen", "codegen", 8),
    Case("Qwen 1.5B tests, 5 Qwen 0.5B programs", "qwen", "qwen", 5),
    Case("CodeGen tests, 5 Qwen 0.5B programs", "codegen", "qwen", 5),
)


@dataclass(frozen=True, slots=True)
class Tally:
    """What one policy did to one problem with one draw of solvers."""

    tests: int
    right: int
    kept: int
    kept_right: int
    brier: float | None
    """Mean squared error of the probabilities; ``None`` if the policy has none."""
    tpr: float | None
    """Share of right programs that pass all kept tests; ``None`` if the question is dropped or has none."""
    tnr: float | None
    """Share of wrong programs that fail a kept test."""
    tnr_by_right: float | None
    """Share of wrong programs that fail a kept test that is right: what wrong tests refuse is not counted."""
    gain: float
    """Chance that best-of-N by the kept tests picks a right program, minus that of a random pick; 0 if dropped."""

    @property
    def is_question_kept(self) -> bool:
        """Whether enough tests are left."""
        return self.kept >= MIN_TESTS


MEASURES: dict[str, Callable[[Sequence[Tally]], float | None]] = {
    "tests kept": lambda rows: _ratio(sum(r.kept for r in rows), sum(r.tests for r in rows)),
    "precision": lambda rows: _ratio(sum(r.kept_right for r in rows), sum(r.kept for r in rows)),
    "recall": lambda rows: _ratio(sum(r.kept_right for r in rows), sum(r.right for r in rows)),
    "F1": lambda rows: _ratio(2 * sum(r.kept_right for r in rows), sum(r.kept + r.right for r in rows)),
    "questions": lambda rows: _mean([float(r.is_question_kept) for r in rows]),
    "clean": lambda rows: _mean([float(r.is_question_kept and r.kept == r.kept_right) for r in rows]),
    "TPR": lambda rows: _mean([r.tpr for r in rows if r.tpr is not None]),
    "TNR": lambda rows: _mean([r.tnr for r in rows if r.tnr is not None]),
    "TNR by right": lambda rows: _mean([r.tnr_by_right for r in rows if r.tnr_by_right is not None]),
    "TPR if clean": lambda rows: _mean([r.tpr for r in rows if r.tpr is not None and r.kept == r.kept_right]),
    "TPR if not": lambda rows: _mean([r.tpr for r in rows if r.tpr is not None and r.kept != r.kept_right]),
    "TNR if clean": lambda rows: _mean([r.tnr for r in rows if r.tnr is not None and r.kept == r.kept_right]),
    "TNR if not": lambda rows: _mean([r.tnr for r in rows if r.tnr is not None and r.kept != r.kept_right]),
    "balanced": lambda rows: _mean(
        [(r.tpr + r.tnr) / 2 for r in rows if r.tpr is not None and r.tnr is not None]
    ),
    "gain": lambda rows: _mean([r.gain for r in rows]),
    "Brier": lambda rows: _mean([r.brier for r in rows if r.brier is not None]),
}


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, default=workload.HUMANEVAL, help=f"default {workload.HUMANEVAL}")
    parser.add_argument("--workers", type=int, help="default: one per core")
    parser.add_argument("--matrix", type=Path, default=MATRIX, help=f"file of the verdicts; default {MATRIX}")
    parser.add_argument(
        "--again", action="store_true", help="judge nothing; read the verdicts of an earlier run"
    )
    parser.add_argument("--half", choices=("design", "report", "all"), default="report")
    parser.add_argument(
        "--draws", type=int, default=10, help="draws of solvers for each problem (default 10)"
    )
    options = parser.parse_args()
    facts = report.announce("Filter policies on imagined tests")
    if not options.again:
        workload.check_data(options.data)
        warnings.simplefilter("ignore", SyntaxWarning)  # tests that models wrote cause many
        unjudged = list(read_problems(options.data))
        judged, took_s = asyncio.run(judge(unjudged, options.workers or report.cores()))
        save(options.matrix, judged)
        print(f"judged in {took_s:.0f} s")
    problems = load(options.matrix)
    parity = {"design": [0], "report": [1], "all": [0, 1]}[options.half]
    problems = [problem for at, problem in enumerate(problems) if at % 2 in parity]
    numbers = {case.name: measure(problems, case, options.draws) for case in CASES}
    report.save("filter_quality", {"machine": facts, "half": options.half, "cases": numbers})
    return 0


def measure(problems: Sequence[FilterProblem], case: Case, draws: int) -> dict[str, Any]:
    """Print and return all measures of all policies in one case."""
    usable = [problem for problem in problems if problem.tests[case.tests] and problem.samples[case.solvers]]
    unfiltered = {"no filter": _keep_all}
    tallies = {
        name: [[_tally(problem, case, policy, draw) for draw in range(draws)] for problem in usable]
        for name, policy in {**unfiltered, **POLICIES}.items()
    }
    count = sum(len(problem.tests[case.tests]) for problem in usable)
    right = sum(sum(problem.right_tests(case.tests)) for problem in usable)
    print(f"\n{case.name}: {len(usable)} problems, {count} tests, {right} of them right")
    table = {
        name: {label: _interval(rows, of) for label, of in MEASURES.items()} for name, rows in tallies.items()
    }
    _print_table(table)
    versus = {
        name: {label: _difference(rows, tallies["proxy"], of) for label, of in MEASURES.items()}
        for name, rows in tallies.items()
        if name not in ("proxy", "no filter")
    }
    print("less proxy, problem by problem:")
    _print_table(versus)
    return {"problems": len(usable), "tests": count, "right": right, "policies": table, "less_proxy": versus}


def _keep_all(matrix: FilterMatrix) -> list[TestDecision]:
    return [TestDecision(None)] * matrix.tests


def _tally(problem: FilterProblem, case: Case, policy: Policy, draw: int) -> Tally:
    chooser = random.Random(f"{problem.task} {draw}")
    samples = problem.samples[case.solvers]
    places = chooser.sample(range(len(samples)), min(case.k, len(samples)))
    solvers = [samples[place] for place in places]
    others = [sample for place, sample in enumerate(samples) if place not in places]
    others += [
        at for writer, positions in problem.samples.items() if writer != case.solvers for at in positions
    ]
    matrix = FilterMatrix(problem.rows(case.tests, solvers))
    truth = problem.right_tests(case.tests)
    decisions = policy(matrix) if matrix.judged else [TestDecision(None)] * len(truth)
    kept = [at for at, decision in enumerate(decisions) if decision.dropped is None]
    errors = [
        (decision.probability - is_right) ** 2
        for decision, is_right in zip(decisions, truth, strict=True)
        if decision.probability is not None
    ]
    tpr, tnr, gain = _grade(problem, case.tests, kept, others)
    right_kept = [at for at in kept if truth[at]]
    by_right = None if tnr is None else _share_refused(problem, case.tests, right_kept, others)
    return Tally(len(truth), sum(truth), len(kept), len(right_kept), _mean(errors), tpr, tnr, by_right, gain)


def _share_refused(
    problem: FilterProblem, writer: str, tests: Sequence[int], programs: Sequence[int]
) -> float | None:
    """Return the share of the wrong ones among ``programs`` that fail one of these tests."""
    wrong = [problem.passed[writer][at] for at in programs if not problem.right[at]]
    return _mean([float(row is None or any(row[test] is not True for test in tests)) for row in wrong])


def _grade(
    problem: FilterProblem, writer: str, kept: Sequence[int], programs: Sequence[int]
) -> tuple[float | None, float | None, float]:
    """Return TPR, TNR and best-of-N gain of the kept tests on programs that were no solvers."""
    if len(kept) < MIN_TESTS:
        return None, None, 0.0
    rows = problem.passed[writer]
    passes = {
        at: sum((rows[at] or [])[test] is True for test in kept) if rows[at] else 0 for at in set(programs)
    }
    accepted: dict[bool, list[bool]] = {True: [], False: []}
    for at in programs:
        accepted[problem.right[at]].append(passes[at] == len(kept))
    best = max(passes[at] for at in programs)
    picked = fmean(problem.right[at] for at in programs if passes[at] == best)
    gain = picked - fmean(problem.right[at] for at in programs)
    tnr = _mean([float(not is_accepted) for is_accepted in accepted[False]])
    return _mean([float(one) for one in accepted[True]]), tnr, gain


def _interval(
    rows: Sequence[Sequence[Tally]], of: Callable[[Sequence[Tally]], float | None]
) -> list[float | None]:
    """Return the measure with the bounds of its 95 % interval, from resampled problems."""
    return _bounds(of(_flat(rows)), [of(_flat([rows[at] for at in draw])) for draw in _resamples(len(rows))])


def _difference(
    rows: Sequence[Sequence[Tally]],
    baseline: Sequence[Sequence[Tally]],
    of: Callable[[Sequence[Tally]], float | None],
) -> list[float | None]:
    def between(draw: Sequence[int]) -> float | None:
        one, other = of(_flat([rows[at] for at in draw])), of(_flat([baseline[at] for at in draw]))
        return None if one is None or other is None else one - other

    return _bounds(between(range(len(rows))), [between(draw) for draw in _resamples(len(rows))])


def _resamples(count: int) -> list[list[int]]:
    chooser = random.Random(0)
    return [chooser.choices(range(count), k=count) for _ in range(RESAMPLES)]


def _bounds(value: float | None, resampled: Sequence[float | None]) -> list[float | None]:
    known = sorted(one for one in resampled if one is not None)
    if value is None or not known:
        return [None, None, None]
    return [value, report.quantile(known, 0.025), report.quantile(known, 0.975)]


def _flat(rows: Sequence[Sequence[Tally]]) -> list[Tally]:
    return [tally for row in rows for tally in row]


def _ratio(part: float, whole: float) -> float | None:
    return part / whole if whole else None


def _mean(values: Sequence[float]) -> float | None:
    return fmean(values) if values else None


def _print_table(table: dict[str, dict[str, list[float | None]]]) -> None:
    print(" " * 10 + "".join(f"{label:>18}" for label in MEASURES))
    for name, measures in table.items():
        print(f"{name:10}" + "".join(f"{_cell(values):>18}" for values in measures.values()))


def _cell(values: Sequence[float | None]) -> str:
    value, low, high = (None if one is None else 100 * one for one in values)
    return "-" if value is None else f"{value:.1f} ({low:.0f}..{high:.0f})"


if __name__ == "__main__":
    sys.exit(main())
