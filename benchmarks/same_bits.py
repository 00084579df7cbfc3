"""Compares the outcomes of one batch of programs judged alone, by many clients at once, and beside CPU and memory hogs.

    python -m benchmarks.same_bits [--help]

The batch is judged ``--rounds`` times in each situation, through the whole service, with the cache off. The table shows
per class of programs how many there are, the number of runs, and the number of differing outcomes. Programs that need
between 81 and 119 % of their CPU limit have rows of their own, because docs/semantics.md promises no outcome for them.
The CPU time that a program needs is estimated from the least time that its kind of work ever took; that is measured in
every round, as a machine may be slow at first. The exit status is 1 if any other outcome differs, or if a program has
no verdict.
"""

import argparse
import asyncio
import multiprocessing
import random
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from typing import Any

from benchmarks import limit_cases, report, service, workload
from benchmarks.limit_cases import Case
from clients import AsyncExecutor, CandidateResult, Outcome, Status

PROBE_ROUNDS = 2_000_000
"""Rounds of work in a probe: some 0.2 s of CPU time, half of the limit."""
PROBES, PROBES_PER_ROUND = 12, 6
"""Probes of each kind of work, at the start and in every round; the least of all is the time that the work needs."""
CLIENTS_PER_CORE = 8
HOG_BYTES = 2**28
DEADLINE_S = 3600.0
"""Time-out of one batch, so long because a machine with other load is a fair test too."""
SITUATIONS = ("alone", "crowd", "hogs")

ResultsByRun = dict[str, list[CandidateResult]]
"""Results in the order of the cases, by the name of the run: situation and round."""


def main() -> int:
    options = _options()
    facts = report.announce("The same outcomes under load")
    cases, judged = asyncio.run(_measure(options))
    table = _table(cases, judged)
    _print(table)
    differing = sum(row["differing"] for row in table if row["promised"])
    faults = sum(r.status is not Status.JUDGED for results in judged.values() for r in results)
    near_limit = sum(row["differing"] for row in table if not row["promised"])
    print(f"{len(judged)} runs of {len(cases)} programs, {faults} results without a verdict")
    print(f"differing outcomes: {differing}; of programs so near a limit that none is promised: {near_limit}")
    report.save("same_bits", {"machine": facts, "rounds": options.rounds, "table": table, "faults": faults})
    return 1 if differing or faults else 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=10, help="rounds of each situation (default 10)")
    parser.add_argument("--honest", type=int, default=60, help="ordinary programs in the batch (default 60)")
    parser.add_argument("--workers", type=int, help="default: one per core")
    return parser.parse_args()


async def _measure(options: argparse.Namespace) -> tuple[list[Case], ResultsByRun]:
    from services.executor.local.stack import LocalStack

    workers = options.workers or report.cores()
    judged: ResultsByRun = {}
    with LocalStack(workers=workers) as stack:
        async with AsyncExecutor(stack.url) as executor:
            at_first_s = await probe(executor, PROBES)
            least_s = dict(at_first_s)
            cases = write_cases(at_first_s, options.honest)
            for round_ in range(options.rounds):
                for kind, took_s in (await probe(executor, PROBES_PER_ROUND)).items():
                    least_s[kind] = min(least_s[kind], took_s)
                factors = {kind: s / at_first_s[kind] for kind, s in least_s.items()}
                cases = limit_cases.update_promises(cases, factors)
                for situation in SITUATIONS:
                    start_s = time.perf_counter()
                    judged[f"{situation} {round_ + 1}"] = await judge(executor, cases, situation, round_)
                    took_s = time.perf_counter() - start_s
                    print(f"round {round_ + 1}, {situation}: {took_s:.1f} s", flush=True)
                    _print([row for row in _table(cases, judged) if row["differing"]])
    return cases, judged


async def probe(executor: AsyncExecutor, times: int) -> dict[str, float]:
    """Return the least CPU seconds of each kind of work, measured one program at a time."""
    least_s: dict[str, float] = {}
    for kind, program in limit_cases.probes(PROBE_ROUNDS, times):
        (result,), _ = await service.judge(
            executor, [program], limits=limit_cases.ROOMY, deadline_s=DEADLINE_S
        )
        least_s[kind] = min(least_s.get(kind, result.cpu_s), result.cpu_s)
    print(
        "CPU seconds of the probes: " + ", ".join(f"{kind} {s:.3f}" for kind, s in least_s.items()),
        flush=True,
    )
    return least_s


def write_cases(least_s: dict[str, float], honest: int) -> list[Case]:
    """Write the programs; ``PROBE_ROUNDS`` of each kind of work need ``least_s[kind]`` CPU seconds."""
    _, programs = workload.mixed(None, 0)
    random.Random(0).shuffle(programs)
    return limit_cases.cases(programs[:honest], lambda kind, cpu_s: int(cpu_s / least_s[kind] * PROBE_ROUNDS))


async def judge(
    executor: AsyncExecutor, cases: Sequence[Case], situation: str, seed: int
) -> list[CandidateResult]:
    """Judge the batch once; return the results in the order of ``cases``."""
    if situation == "crowd":
        return await _judge_in_crowd(executor, cases, seed)
    with hogs() if situation == "hogs" else nullcontext():
        results, _ = await service.judge(
            executor, [case.program for case in cases], limits=limit_cases.LIMITS, deadline_s=DEADLINE_S
        )
    return results


async def _judge_in_crowd(executor: AsyncExecutor, cases: Sequence[Case], seed: int) -> list[CandidateResult]:
    """Distribute the programs in a shuffled order over many concurrent clients, each of which sends one at a time."""
    order = list(range(len(cases)))
    random.Random(seed).shuffle(order)
    clients = CLIENTS_PER_CORE * report.cores()
    results: dict[int, CandidateResult] = {}

    async def run_client(numbers: list[int]) -> None:
        for n in numbers:
            (results[n],), _ = await service.judge(
                executor, [cases[n].program], limits=limit_cases.LIMITS, deadline_s=DEADLINE_S
            )

    await asyncio.gather(*(run_client(order[first::clients]) for first in range(clients)))
    return [results[n] for n in range(len(cases))]


@contextmanager
def hogs() -> Iterator[None]:
    """Within the block, run a process that computes and one that fills memory again and again, not pinned to a core."""
    processes = [multiprocessing.Process(target=hog, daemon=True) for hog in (_eat_cpu, _eat_memory)]
    for process in processes:
        process.start()
    try:
        yield
    finally:
        for process in processes:
            process.kill()
            process.join()


def _eat_cpu() -> None:
    while _is_parent_alive():
        sum(range(10**6))


def _eat_memory() -> None:
    block = bytearray(HOG_BYTES)
    while _is_parent_alive():
        block[:] = bytes(HOG_BYTES)


def _is_parent_alive() -> bool:
    """Whether the benchmark still runs; if it was killed, the hogs must end too."""
    parent = multiprocessing.parent_process()
    return parent is not None and parent.is_alive()


def _bits(result: CandidateResult) -> str:
    """What must be the same in every run: status, outcomes, and the number of passes that rest on the program."""
    return service.outcomes(result) + "*" * sum(test.rests_on_program for test in result.tests)


def _table(cases: Sequence[Case], judged: ResultsByRun) -> list[dict[str, Any]]:
    """One row per class: the numbers of programs, runs and differing outcomes, and a text per differing program."""
    rows: dict[tuple[str, bool], list[int]] = defaultdict(list)
    for n, case in enumerate(cases):
        rows[case.kind, case.promised].append(n)
    return [
        {
            "kind": kind,
            "promised": promised,
            "programs": len(members),
            "runs": len(judged),
            "differing": sum(_outliers(judged, n) for n in members),
            "which": [text for n in members if (text := describe_outcomes(cases[n], judged, n))],
        }
        for (kind, promised), members in rows.items()
    ]


def _outliers(judged: ResultsByRun, n: int) -> int:
    """Return the number of runs in which a program does not have its most frequent outcomes."""
    counts = Counter(_bits(results[n]) for results in judged.values())
    return len(judged) - counts.most_common(1)[0][1]


def describe_outcomes(case: Case, judged: ResultsByRun, n: int) -> str:
    """Return all different outcomes of a program, each with its runs, their CPU seconds and the time limits' messages;
    empty if the outcomes are the same in every run.
    """
    runs: dict[str, list[str]] = defaultdict(list)
    for run, results in judged.items():
        messages = {test.message for test in results[n].tests if test.outcome is Outcome.TIME_LIMIT}
        runs[_bits(results[n])].append(" ".join([run, f"{results[n].cpu_s:.3f} s", *sorted(messages)]))
    if len(runs) == 1:
        return ""
    return f"{case.program.suite.id}: " + "; ".join(f"{bits} ({', '.join(of)})" for bits, of in runs.items())


def _print(table: Sequence[dict[str, Any]]) -> None:
    if not table:
        return
    print(f"{'class of program':36}{'programs':>9}{'runs':>6}{'differing':>11}")
    for row in table:
        margin = "" if row["promised"] else "  near the limit: not promised"
        print(f"{row['kind']:36}{row['programs']:9}{row['runs']:6}{row['differing']:11}{margin}")
        for text in row["which"]:
            print(f"    {text}")


if __name__ == "__main__":
    sys.exit(main())
