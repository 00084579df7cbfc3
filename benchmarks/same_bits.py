"""The same batch alone, beside a crowd of clients, and beside a CPU hog and a memory hog: every outcome the same.

    python -m benchmarks.same_bits [--help]

Each situation is judged ``--rounds`` times through the whole service, with the cache off. The table shows, per class of
program, how many were judged how often and how many had an outcome in one run that they had not in another. Programs
that need within a fifth of their CPU limit are in it and counted apart: docs/semantics.md promises nothing of them.
What a program needs is the least it was ever seen to take, asked in every round: a machine may be slow at first.
The exit status is 1 if any other outcome differs, or if a program was left without a verdict.
"""

import argparse
import asyncio
import multiprocessing
import random
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from benchmarks import edges, report, service, workload
from benchmarks.edges import Case
from clients import AsyncExecutor, CandidateResult, Outcome, Status

PROBE_ROUNDS = 2_000_000
"""Of work: some 0.2 s, half of what the limit allows."""
PROBES, PROBES_A_ROUND = 12, 6
"""The least of all is what the work needs."""
CLIENTS_PER_CORE = 8
HOG_BYTES = 2**28
PATIENCE_S = 3600.0
"""For one batch: a machine that others load too is a fair test, not a fault."""
SITUATIONS = ("alone", "crowd", "hogs")

Judged = dict[str, list[CandidateResult]]
"""Results in the order of the cases, by the name of the run: situation and round."""


def main() -> int:
    options = _options()
    facts = report.announce("The same bits under load")
    cases, judged = asyncio.run(_measure(options))
    table = _table(cases, judged)
    _print(table)
    differing = sum(row["differing"] for row in table if row["promised"])
    faults = sum(r.status is not Status.JUDGED for results in judged.values() for r in results)
    at_edge = sum(row["differing"] for row in table if not row["promised"])
    print(f"{len(judged)} runs of {len(cases)} programs, {faults} left without a verdict")
    print(f"differing outcomes: {differing}; among those within the stated margin of a limit: {at_edge}")
    report.save("same_bits", {"machine": facts, "rounds": options.rounds, "table": table, "faults": faults})
    return 1 if differing or faults else 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=10, help="of each situation (default 10)")
    parser.add_argument("--honest", type=int, default=60, help="ordinary programs in the batch (default 60)")
    parser.add_argument("--workers", type=int, help="default: the cores")
    return parser.parse_args()


async def _measure(options: argparse.Namespace) -> tuple[list[Case], Judged]:
    from services.executor.local.stack import LocalStack

    workers = options.workers or report.cores()
    judged: Judged = {}
    with LocalStack(workers=workers) as stack:
        async with AsyncExecutor(stack.url) as executor:
            at_first_s = await probe(executor, PROBES)
            least_s = dict(at_first_s)
            cases = prepare(at_first_s, options.honest)
            for round_ in range(options.rounds):
                for kind, took_s in (await probe(executor, PROBES_A_ROUND)).items():
                    least_s[kind] = min(least_s[kind], took_s)
                cases = edges.settled(cases, {kind: s / at_first_s[kind] for kind, s in least_s.items()})
                for situation in SITUATIONS:
                    start_s = time.perf_counter()
                    judged[f"{situation} {round_ + 1}"] = await judge(executor, cases, situation, round_)
                    took_s = time.perf_counter() - start_s
                    print(f"round {round_ + 1}, {situation}: {took_s:.1f} s", flush=True)
                    _print([row for row in _table(cases, judged) if row["differing"]])
    return cases, judged


async def probe(executor: AsyncExecutor, times: int) -> dict[str, float]:
    """Return the least CPU seconds that each kind of work took, asked one at a time."""
    least_s: dict[str, float] = {}
    for kind, program in edges.probes(PROBE_ROUNDS, times):
        (result,), _ = await service.judge(executor, [program], limits=edges.ROOMY, deadline_s=PATIENCE_S)
        least_s[kind] = min(least_s.get(kind, result.cpu_s), result.cpu_s)
    print(
        "CPU seconds of the probes: " + ", ".join(f"{kind} {s:.3f}" for kind, s in least_s.items()),
        flush=True,
    )
    return least_s


def prepare(least_s: dict[str, float], honest: int) -> list[Case]:
    """Write the programs, given what ``PROBE_ROUNDS`` of each kind of work cost."""
    _, programs = workload.mixed(None, 0)
    random.Random(0).shuffle(programs)
    return edges.cases(programs[:honest], lambda kind, cpu_s: int(cpu_s / least_s[kind] * PROBE_ROUNDS))


async def judge(
    executor: AsyncExecutor, cases: Sequence[Case], situation: str, seed: int
) -> list[CandidateResult]:
    """Judge the batch once; return the results in the order of ``cases``."""
    if situation == "crowd":
        return await _judge_in_crowd(executor, cases, seed)
    with hogs() if situation == "hogs" else _nobody():
        results, _ = await service.judge(
            executor, [case.program for case in cases], limits=edges.LIMITS, deadline_s=PATIENCE_S
        )
    return results


async def _judge_in_crowd(executor: AsyncExecutor, cases: Sequence[Case], seed: int) -> list[CandidateResult]:
    """Deal the programs, in a new order, to many clients that send theirs one by one, all at once."""
    order = list(range(len(cases)))
    random.Random(seed).shuffle(order)
    clients = CLIENTS_PER_CORE * report.cores()
    results: dict[int, CandidateResult] = {}

    async def client(mine: list[int]) -> None:
        for n in mine:
            (results[n],), _ = await service.judge(
                executor, [cases[n].program], limits=edges.LIMITS, deadline_s=PATIENCE_S
            )

    await asyncio.gather(*(client(order[first::clients]) for first in range(clients)))
    return [results[n] for n in range(len(cases))]


@contextmanager
def hogs() -> Iterator[None]:
    """Have a process that computes and one that fills memory over and over, neither of them pinned."""
    processes = [multiprocessing.Process(target=hog, daemon=True) for hog in (_eat_cpu, _eat_memory)]
    for process in processes:
        process.start()
    try:
        yield
    finally:
        for process in processes:
            process.kill()
            process.join()


@contextmanager
def _nobody() -> Iterator[None]:
    yield


def _eat_cpu() -> None:
    while _still_wanted():
        sum(range(10**6))


def _eat_memory() -> None:
    block = bytearray(HOG_BYTES)
    while _still_wanted():
        block[:] = bytes(HOG_BYTES)


def _still_wanted() -> bool:
    """A benchmark that was killed leaves no hogs behind."""
    parent = multiprocessing.parent_process()
    return parent is not None and parent.is_alive()


def _bits(result: CandidateResult) -> str:
    """What must be the same: status, outcomes, and whether a pass rests on the program."""
    return service.outcomes(result) + "*" * sum(test.rests_on_program for test in result.tests)


def _table(cases: Sequence[Case], judged: Judged) -> list[dict[str, Any]]:
    """One row per class: programs, runs, differing outcomes, and which differ how."""
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
            "which": [told for n in members if (told := tell(cases[n], judged, n))],
        }
        for (kind, promised), members in rows.items()
    ]


def _outliers(judged: Judged, n: int) -> int:
    """Return in how many runs a program had another outcome than in most."""
    seen = Counter(_bits(results[n]) for results in judged.values())
    return len(judged) - seen.most_common(1)[0][1]


def tell(case: Case, judged: Judged, n: int) -> str:
    """Return each outcome of a program that has several, with the CPU seconds it was found at."""
    seen: dict[str, list[str]] = defaultdict(list)
    for run, results in judged.items():
        said = {test.message for test in results[n].tests if test.outcome is Outcome.TIME_LIMIT}
        seen[_bits(results[n])].append(" ".join([run, f"{results[n].cpu_s:.3f} s", *sorted(said)]))
    if len(seen) == 1:
        return ""
    return f"{case.program.suite.id}: " + "; ".join(f"{bits} ({', '.join(at)})" for bits, at in seen.items())


def _print(table: Sequence[dict[str, Any]]) -> None:
    if not table:
        return
    print(f"{'class of program':36}{'programs':>9}{'runs':>6}{'differing':>11}")
    for row in table:
        margin = "" if row["promised"] else "  within the margin"
        print(f"{row['kind']:36}{row['programs']:9}{row['runs']:6}{row['differing']:11}{margin}")
        for told in row["which"]:
            print(f"    {told}")


if __name__ == "__main__":
    sys.exit(main())
