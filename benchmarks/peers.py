"""Compares running servers of other executors with this project's, in one run on one machine.

    python -m benchmarks.peers --sandbox-fusion http://127.0.0.1:8080 --code-judge http://127.0.0.1:8088

The same programs go through each server as its users send them, in rounds of shuffled order: programs per second and
wrong verdicts. Then right programs of 0.3 s CPU one at a time, and eight times as many at once as there are cores. Then
8,192 programs that each have a suite of their own, once: the size of ScaleBox's batch. Then ten simple hacks.
``benchmarks/peers.md`` says how to set the servers up, so that the comparison is fair.
"""

import argparse
import asyncio
import random
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from benchmarks import floor, peer_hacks, report, workload
from benchmarks.peer_servers import SERVERS, PeerServer, ThisProject, Verdict
from benchmarks.workload import Program

OURS = "this project"
OVERSUBSCRIPTION = 8
"""Programs at once, for each core: 0.3 s of CPU then take 2.4 s, which is above a limit of 2 s by the clock."""


def main() -> None:
    """Run the comparison."""
    options = _options()
    facts = report.announce("Executors side by side")
    programs = _programs(options)
    truth = [
        bits != "" and "0" not in bits for bits in floor.run([p.job() for p in programs], report.cores())[0]
    ]
    print(f"{len(programs)} programs, {sum(truth)} of them right by the floor's verdict", flush=True)
    with ExitStack() as stack:
        servers = _servers(options, stack)
        numbers: dict[str, Any] = {"machine": facts, "programs": len(programs), "limit_s": options.limit}
        numbers["servers"] = asyncio.run(_measure(servers, programs, truth, options))
    _print(numbers["servers"])
    report.save("peers", numbers)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--ours", help="address of this project's executor; default: one is started")
    for name in SERVERS:
        parser.add_argument(f"--{name}", help=f"address of a running {name}")
    parser.add_argument("--data", type=Path, help="HumanEval rows with completions (.jsonl, .jsonl.gz)")
    parser.add_argument("--per-problem", type=int, default=28, help="programs of each problem (default 28)")
    parser.add_argument(
        "--batch", type=int, default=8192, help="programs with suites of their own (default 8192; 0: none)"
    )
    parser.add_argument("--rounds", type=int, default=3, help="rounds (default 3)")
    parser.add_argument(
        "--at-once", type=int, default=16, help="requests in flight to servers that take one program"
    )
    parser.add_argument("--limit", type=float, default=2.0, help="seconds for a program (default 2)")
    return parser.parse_args()


def _programs(options: argparse.Namespace) -> list[Program]:
    _, programs = workload.mixed(workload.default_path(options.data), options.per_problem)
    return workload.without_slow(programs, report.cores())[0]


def _batch(
    programs: Sequence[Program], truth: Sequence[bool], count: int
) -> tuple[list[Program], list[bool]]:
    """Return programs that are drawn with repetition, each with a suite of its own, and whether they are right.

    No two are equal, so that a server which judges equal programs once gains nothing; and none shares the
    preparation of its tests with another.
    """
    drawn = random.Random(0).choices(list(zip(programs, truth, strict=True)), k=count)
    alone = []
    for number, (program, _) in enumerate(drawn):
        change = {"id": f"{program.suite.id} {number}", "setup": f"{program.suite.setup}\n# {number}"}
        suite = program.suite.model_copy(update=change)
        alone.append(Program(suite, f"{program.source}\n# {number}", program.canonical))
    return alone, [right for _, right in drawn]


def _servers(options: argparse.Namespace, stack: ExitStack) -> dict[str, PeerServer]:
    from services.executor.local.stack import LocalStack

    url = options.ours or stack.enter_context(LocalStack(workers=report.cores())).url
    addresses = {name: getattr(options, name.replace("-", "_")) for name in SERVERS}
    given = {
        name: SERVERS[name](address, options.limit)
        for name, address in addresses.items()
        if address is not None
    }
    return {OURS: ThisProject(url, options.limit), **given}


async def _measure(
    servers: Mapping[str, PeerServer], programs: list[Program], truth: list[bool], options: argparse.Namespace
) -> dict[str, dict[str, Any]]:
    rows: dict[str, dict[str, Any]] = {name: {"rates": []} for name in servers}
    for server in servers.values():
        await server.judge(programs[:32], options.at_once)  # warm-up
    for number in range(options.rounds):
        order = list(servers)
        random.Random(number).shuffle(order)
        for name in order:
            start = time.perf_counter()
            verdicts = await servers[name].judge(programs, options.at_once)
            rows[name]["rates"].append(len(programs) / (time.perf_counter() - start))
            rows[name].update(_faults(verdicts, truth))
            print(f"round {number + 1}: {rows[name]['rates'][-1]:7.1f}/s  {name}", flush=True)
    batch, batch_truth = _batch(programs, truth, options.batch)
    many = OVERSUBSCRIPTION * report.cores()
    for name, server in servers.items():
        rows[name]["busy_alone"] = _faults(await server.judge(peer_hacks.busy(8), 1), [True] * 8)
        rows[name]["busy_at_once"] = _faults(
            await server.judge(peer_hacks.busy(4 * many), many), [True] * 4 * many
        )
        hacks = await server.judge(peer_hacks.hacks(), 1)
        if batch:
            start = time.perf_counter()
            faults = _faults(await server.judge(batch, options.at_once), batch_truth)
            rows[name]["batch"] = {"rate": len(batch) / (time.perf_counter() - start), **faults}
        rows[name]["hacks"] = [text for text, verdict in zip(peer_hacks.HACKS, hacks, strict=True) if verdict]
    return rows


def _faults(verdicts: Sequence[Verdict], truth: Sequence[bool]) -> dict[str, int]:
    pairs = list(zip(verdicts, truth, strict=True))
    return {
        "of": len(pairs),
        "wrong": sum(verdict is not None and verdict != right for verdict, right in pairs),
        "no_verdict": sum(verdict is None for verdict, _ in pairs),
    }


def _print(rows: Mapping[str, Mapping[str, Any]]) -> None:
    print("\nprograms/s: min / median / max. Of ours: median of the ratios within a round.")
    ours = rows[OURS]["rates"]
    for name, row in rows.items():
        ratio = report.spread([rate / own for rate, own in zip(row["rates"], ours, strict=True)], 3)
        print(f"{name:>16}  {report.spread(row['rates']):>20}  of ours {ratio}")
    for name, row in rows.items():
        print(f"{name:>16}  all programs: {_words(row)}")
        print(f"{'':>16}  0.3 s of CPU each, one at a time: {_words(row['busy_alone'])}")
        print(f"{'':>16}  {OVERSUBSCRIPTION} for each core at once: {_words(row['busy_at_once'])}")
        if "batch" in row:
            ratio = row["batch"]["rate"] / rows[OURS]["batch"]["rate"]
            rate = f"{row['batch']['rate']:.1f}/s, of ours {ratio:.3f}"
            print(f"{'':>16}  each with its own suite: {rate}; {_words(row['batch'])}")
        print(
            f"{'':>16}  hacks accepted: {len(row['hacks'])} of {len(peer_hacks.HACKS)}",
            *row["hacks"],
            sep="\n" + 20 * " ",
        )


def _words(faults: Mapping[str, int]) -> str:
    return f"{faults['wrong']} wrong, {faults['no_verdict']} without a verdict, of {faults['of']}"


if __name__ == "__main__":
    main()
