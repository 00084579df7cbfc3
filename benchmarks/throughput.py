"""Measures programs per second through the whole service, beside bare interpreters and a warm fork (the floor).

    python -m benchmarks.throughput [--help]

All three judge the same programs and tests in one run, in rounds of shuffled order; their verdicts are compared test by
test. Programs that need more than a second of CPU time, or sleep, are left out, as a first run with the floor finds.
Duplicates are left out too. The service is measured once more with them: it judges equal programs of a suite once.
"""

import argparse
import asyncio
import random
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from benchmarks import bare, floor, report, service, workload
from benchmarks.workload import Program
from clients import AsyncExecutor

BatchRunner = Callable[[list[Program]], Awaitable[tuple[list[str], float]]]

WITH_DUPLICATES = "duplicates"
NAMES = {
    "service": "the whole service",
    WITH_DUPLICATES: "the whole service, sent the duplicates among the samples too",
    "bare": "a bare `python -I -S` subprocess",
    "floor": "the floor: warm unprotected fork",
}
_SHOWN_DIFFERENCES = 20  # enough to see a pattern; the JSON file has all of them


def main() -> None:
    options = _options()
    facts = report.announce("Throughput")
    at_once = options.workers or report.cores()
    path = workload.default_path(options.data)
    name, programs = workload.mixed(path, options.per_problem)
    programs, dropped = workload.without_slow(programs, at_once)
    print(
        f"{len(programs)} programs of {len(workload.suites(programs))} problems from {name}, "
        f"{sum(program.suite.size for program in programs)} tests, {at_once} at a time; "
        f"{dropped} left out (over 1 s of CPU, or asleep)",
        flush=True,
    )
    sent = workload.with_duplicates(path, programs)
    rates, verdicts = asyncio.run(_measure(programs, sent, at_once, options.rounds, options.skip))
    numbers = {
        "machine": facts,
        "programs": len(programs),
        "left_out": dropped,
        "sent": len(sent),
        "rates": rates,
    }
    numbers["ratios"] = _print_rates(rates)
    numbers["differences"] = _compare(programs, verdicts)
    report.save("throughput", numbers)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, help="HumanEval rows with completions (.jsonl, .jsonl.gz)")
    parser.add_argument("--per-problem", type=int, default=28, help="programs of each problem (default 28)")
    parser.add_argument("--rounds", type=int, default=3, help="rounds of each way to judge (default 3)")
    parser.add_argument("--workers", type=int, help="programs at a time, in each way (default: one per core)")
    parser.add_argument("--skip", nargs="*", default=[], choices=list(NAMES), help="ways to leave out")
    return parser.parse_args()


async def _measure(
    programs: list[Program], sent: list[Program], at_once: int, rounds: int, skip: list[str]
) -> tuple[dict[str, list[float]], dict[str, list[str]]]:
    from services.executor.local.stack import LocalStack

    rates: dict[str, list[float]] = {name: [] for name in NAMES if name not in skip}
    verdicts: dict[str, list[str]] = {}
    with LocalStack(workers=at_once) as stack:
        async with AsyncExecutor(stack.url) as executor:
            runs = _runs(executor, at_once)
            await runs["service"](programs[: 16 * at_once])  # warm-up: every worker starts its jail
            for number in range(rounds):
                order = list(rates)
                random.Random(number).shuffle(order)
                for name in order:
                    judged = sent if name == WITH_DUPLICATES else programs
                    bits, took_s = await runs[name](judged)
                    if judged is programs:
                        verdicts[name] = bits
                    rates[name].append(len(judged) / took_s)
                    print(f"round {number + 1}: {rates[name][-1]:7.1f}/s  {NAMES[name]}", flush=True)
    return rates, verdicts


def _runs(executor: AsyncExecutor, at_once: int) -> dict[str, BatchRunner]:
    async def through_service(programs: list[Program]) -> tuple[list[str], float]:
        results, took_s = await service.judge(executor, programs)
        return [service.bits(result) for result in results], took_s

    def baseline(run: Callable[[list[floor.BaselineJob], int], tuple[list[str], float]]) -> BatchRunner:
        async def timed(programs: list[Program]) -> tuple[list[str], float]:
            return await asyncio.to_thread(run, [program.job() for program in programs], at_once)

        return timed

    both = dict.fromkeys(("service", WITH_DUPLICATES), through_service)
    return {**both, "bare": baseline(bare.run), "floor": baseline(floor.run)}


def _print_rates(rates: dict[str, list[float]]) -> dict[str, list[float]]:
    print("\nprograms/s, min / median / max over rounds:")
    for name, values in rates.items():
        print(f"  {report.spread(values):>22}  {NAMES[name]}")
    ratios = {
        f"{one}/{other}": [a / b for a, b in zip(rates[one], rates[other], strict=True)]
        for one, other in (("service", "floor"), ("service", "bare"), ("bare", "floor"))
        if one in rates and other in rates
    }
    print("ratios within a round:")
    for name, values in ratios.items():
        print(f"  {report.spread(values, 2):>22}  {name}")
    return ratios


def _compare(programs: list[Program], verdicts: dict[str, list[str]]) -> list[dict[str, Any]]:
    """Print and return the programs whose verdicts differ between the ways to judge."""
    differences = []
    for index, program in enumerate(programs):
        bits = {name: values[index] for name, values in verdicts.items()}
        if len(set(bits.values())) > 1:
            differences.append({"suite": program.suite.id, **bits, "program": program.source})
    print(f"\nverdicts that differ: {len(differences)} of {len(programs)} programs")
    for difference in differences[:_SHOWN_DIFFERENCES]:
        print(f"  {difference['suite']}: " + ", ".join(f"{name} {difference[name]}" for name in verdicts))
    return differences


if __name__ == "__main__":
    main()
