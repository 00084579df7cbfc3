"""Judges HumanEval's own solutions and a hundred real completions of each problem by HumanEval's tests.

    python -m benchmarks.humaneval [--help]

Tests are split into one assertion each. Reports the solutions that do not pass, pass@1 of the completions, and whether
a second run, also with the cache off, has the same outcomes.
"""

import argparse
import asyncio
import sys
from collections import Counter, defaultdict
from pathlib import Path
from statistics import fmean

from benchmarks import report, service, workload
from benchmarks.workload import Program
from clients import AsyncExecutor, CandidateResult


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, default=workload.HUMANEVAL, help=f"default {workload.HUMANEVAL}")
    parser.add_argument("--workers", type=int, help="default: one per core")
    parser.add_argument("--per-problem", type=int, help="completions of each problem (default: all)")
    parser.add_argument("--runs", type=int, default=2, help="runs of the completions (default 2)")
    options = parser.parse_args()
    workload.check_data(options.data)
    facts = report.announce("HumanEval with real completions")
    solutions = workload.canonical(options.data)
    completions = workload.completions(options.data, options.per_problem)
    judged = asyncio.run(
        judge_all([solutions] + [completions] * options.runs, options.workers or report.cores())
    )
    failed = failures(solutions, judged[0])
    numbers = {"solutions": len(solutions), "solutions_that_fail": failed, **_rates(completions, judged[1])}
    numbers["unlike_first_run"] = _differences(completions, judged[1:])
    report.save("humaneval", {"machine": facts, **numbers})
    return 1 if failed or numbers["unlike_first_run"] else 0


async def judge_all(batches: list[list[Program]], workers: int) -> list[list[CandidateResult]]:
    """Judge each batch on one stack, one batch after the other."""
    from services.executor.local.stack import LocalStack

    judged = []
    with LocalStack(workers=workers) as stack:
        async with AsyncExecutor(stack.url) as executor:
            for programs in batches:
                results, took_s = await service.judge(executor, programs)
                print(
                    f"{len(programs)} programs in {took_s:.1f} s, {len(programs) / took_s:.0f}/s", flush=True
                )
                judged.append(results)
    return judged


def failures(programs: list[Program], results: list[CandidateResult]) -> list[dict[str, object]]:
    """Print and return the programs that do not pass every valid test."""
    failed: list[dict[str, object]] = []
    for program, result in zip(programs, results, strict=True):
        if result.pass_rate != 1.0:
            messages = sorted({f"{t.outcome}: {t.message}" for t in result.tests if t.outcome != "passed"})
            failed.append(
                {"suite": program.suite.id, "rate": result.pass_rate, "why": messages or result.detail}
            )
    print(f"{len(programs) - len(failed)} of {len(programs)} solutions pass")
    for failure in failed:
        print(f"  {failure['suite']}: {failure['rate']}: {failure['why']}")
    return failed


def _rates(programs: list[Program], results: list[CandidateResult]) -> dict[str, object]:
    right: dict[str, list[bool]] = defaultdict(list)
    for program, result in zip(programs, results, strict=True):
        if result.pass_rate is not None:
            right[program.suite.id].append(result.pass_rate == 1.0)
    pass_at_1 = fmean(map(fmean, right.values()))
    statuses = Counter(result.status for result in results)
    outcomes = Counter(test.outcome for result in results for test in result.tests)
    print(f"pass@1 over {len(right)} problems: {pass_at_1:.4f}; mean pass rate ", end="")
    print(f"{fmean(r.pass_rate for r in results if r.pass_rate is not None):.4f}")
    print(f"{dict(statuses)}; tests: {dict(outcomes.most_common())}")
    marked = sum(any(test.rests_on_program for test in result.tests) for result in results)
    return {"pass_at_1": pass_at_1, "statuses": statuses, "outcomes": outcomes, "resting_on_program": marked}


def _differences(programs: list[Program], runs: list[list[CandidateResult]]) -> list[dict[str, str]]:
    """Print and return the programs that have other outcomes in a later run than in the first."""
    differences = []
    for later in runs[1:]:
        for program, first, second in zip(programs, runs[0], later, strict=True):
            if service.outcomes(first) != service.outcomes(second):
                differences.append(
                    {
                        "suite": program.suite.id,
                        "first": service.outcomes(first),
                        "second": service.outcomes(second),
                        "program": program.source,
                    }
                )
    print(
        f"outcomes that differ from the first run: {len(differences)} programs in {len(runs) - 1} further runs"
    )
    for difference in differences[:10]:
        print(f"  {difference['suite']}: {difference['first']} | {difference['second']}")
    return differences


if __name__ == "__main__":
    sys.exit(main())
