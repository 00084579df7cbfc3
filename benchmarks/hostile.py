"""A thousand programs of which a tenth sleep forever, a tenth spin forever and a few eat all memory.

    python -m benchmarks.hostile [--help]

Three questions: is every other program judged as it is alone; do the honest ones lose no more than the CPU
that the spinners are allowed to burn; is anything left running, mounted or in a cgroup afterwards.
"""

import argparse
import asyncio
import random
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks import leftovers, report, service, workload
from benchmarks.workload import Program
from clients import AsyncExecutor, CandidateResult, Limits, Outcome

LIMITS = Limits(cpu_s=1.0, wall_s=4.0, total_cpu_s=1.0, total_wall_s=4.0)
"""Every spinner is sure to burn all the CPU time it may: so what is left for the honest ones is known."""
HOGS = 8
"""Enough for every worker of a small machine to meet some; each is judged for as long as memory takes to fill."""
SLEEP = "import time\n\ndef {name}(*args, **kwargs):\n    time.sleep(10**9)  # {number}\n"
SPIN = "def {name}(*args, **kwargs):\n    while True:\n        pass  # {number}\n"
HOG = (
    "def {name}(*args, **kwargs):\n    hog = []\n    while 1:\n        hog.append(bytes(2**26))  # {number}\n"
)


@dataclass(frozen=True, slots=True)
class Measured:
    """Programs, their verdicts and the wall seconds, without and with hostile neighbours."""

    honest: list[Program]
    everything: list[Program]
    alone: list[CandidateResult]
    together: list[CandidateResult]
    alone_s: float
    together_s: float


def main() -> int:
    options = _options()
    facts = report.announce("Hostile neighbours")
    workers = options.workers or report.cores()
    honest = _honest(workload.default_path(options.data), options.programs * 8 // 10 - HOGS, workers)
    hostile = _hostile(honest, options.programs - len(honest))
    everything = honest + hostile
    random.Random(0).shuffle(everything)
    earlier = leftovers.before()
    measured = asyncio.run(_measure(honest, everything, workers))
    left = leftovers.found(earlier)
    numbers = _tell(measured, workers)
    print("left behind: " + ("; ".join(left) or "nothing"))
    report.save("hostile", {"machine": facts, **numbers, "left_behind": left})
    return 1 if left or numbers["misjudged"] or numbers["hostile_that_earned"] else 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, help="HumanEval rows with completions (.jsonl, .jsonl.gz)")
    parser.add_argument("--programs", type=int, default=1000, help="in all (default 1000)")
    parser.add_argument("--workers", type=int, help="default: the cores")
    return parser.parse_args()


def _honest(path: Path | None, count: int, parents: int) -> list[Program]:
    _, programs = workload.mixed(path, 12)
    programs, _ = workload.without_slow(programs, parents)
    random.Random(1).shuffle(programs)
    return programs[:count]


def _hostile(honest: list[Program], count: int) -> list[Program]:
    kinds = [HOG] * HOGS + [SLEEP, SPIN] * ((count - HOGS) // 2)
    return [
        Program(host.suite, kind.format(name=host.suite.entry_point, number=number), canonical=False)
        for number, (kind, host) in enumerate(zip(kinds, honest * len(kinds), strict=False))
    ]


async def _measure(honest: list[Program], everything: list[Program], workers: int) -> Measured:
    from services.executor.local.stack import LocalStack

    with LocalStack(workers=workers) as stack:
        async with AsyncExecutor(stack.url) as executor:
            await service.judge(executor, honest[: 16 * workers], limits=LIMITS)
            alone, alone_s = await service.judge(executor, honest, limits=LIMITS)
            print(f"honest alone: {len(honest)} in {alone_s:.1f} s", flush=True)
            together, together_s = await service.judge(executor, everything, limits=LIMITS)
            print(f"all together: {len(everything)} in {together_s:.1f} s", flush=True)
    return Measured(honest, everything, alone, together, alone_s, together_s)


def _tell(measured: Measured, workers: int) -> dict[str, Any]:
    pairs = zip(measured.honest, measured.alone, strict=True)
    expected = {(program.suite.id, program.source): service.outcomes(result) for program, result in pairs}
    misjudged, earned, burnt_s = [], 0, 0.0
    for program, result in zip(measured.everything, measured.together, strict=True):
        now = service.outcomes(result)
        before = expected.get((program.suite.id, program.source))
        if before is None:
            earned += any(test.outcome is Outcome.PASSED for test in result.tests)
            burnt_s += result.cpu_s
        elif now != before:
            misjudged.append({"suite": program.suite.id, "alone": before, "together": now})
    expected_s = measured.alone_s + burnt_s / workers
    print(
        f"honest programs judged otherwise than alone: {len(misjudged)}; hostile ones that earned: {earned}"
    )
    print(f"CPU the hostile ones burnt: {burnt_s:.1f} s, on {workers} cores {burnt_s / workers:.1f} s")
    print(f"expected {expected_s:.1f} s, took {measured.together_s:.1f} s")
    return {
        "misjudged": misjudged,
        "hostile_that_earned": earned,
        "alone_s": measured.alone_s,
        "together_s": measured.together_s,
        "expected_s": expected_s,
        "hostile_cpu_s": burnt_s,
    }


if __name__ == "__main__":
    sys.exit(main())
