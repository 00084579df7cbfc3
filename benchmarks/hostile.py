"""Judges a thousand programs of which a tenth sleep forever, a tenth spin forever and a few fill all memory.

    python -m benchmarks.hostile [--help]

Measures whether every honest program is judged as it is without the others, whether the honest ones are delayed by no
more than the CPU time that the hostile ones may use, and whether processes, mounts or cgroups are left afterwards.
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
"""With equal limits per test and in total, a spinning program uses its whole CPU limit, so that the time that is left
for the honest ones is known."""
HOGS = 8
"""Enough that every worker of a small machine gets some; judging one takes as long as filling the memory."""
SLEEP = "import time\n\ndef {name}(*args, **kwargs):\n    time.sleep(10**9)  # {number}\n"
SPIN = "def {name}(*args, **kwargs):\n    while True:\n        pass  # {number}\n"
HOG = (
    "def {name}(*args, **kwargs):\n    hog = []\n    while 1:\n        hog.append(bytes(2**26))  # {number}\n"
)


@dataclass(frozen=True, slots=True)
class HostileRun:
    """Programs, their verdicts and the wall time in seconds, without and with hostile programs beside them."""

    honest: list[Program]
    everything: list[Program]
    """Honest and hostile programs."""
    alone: list[CandidateResult]
    """Results of ``honest``, judged without hostile programs."""
    together: list[CandidateResult]
    """Results of ``everything``."""
    alone_s: float
    together_s: float


def main() -> int:
    options = _options()
    facts = report.announce("Hostile programs beside honest ones")
    workers = options.workers or report.cores()
    honest = _honest(workload.default_path(options.data), options.programs * 8 // 10 - HOGS, workers)
    hostile = _hostile(honest, options.programs - len(honest))
    everything = honest + hostile
    random.Random(0).shuffle(everything)
    earlier = leftovers.record()
    run = asyncio.run(_measure(honest, everything, workers))
    left = leftovers.find(earlier)
    numbers = _compare(run, workers)
    print("left behind: " + ("; ".join(left) or "nothing"))
    report.save("hostile", {"machine": facts, **numbers, "left_behind": left})
    return 1 if left or numbers["misjudged"] or numbers["hostile_that_earned"] else 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, help="HumanEval rows with completions (.jsonl, .jsonl.gz)")
    parser.add_argument("--programs", type=int, default=1000, help="honest and hostile (default 1000)")
    parser.add_argument("--workers", type=int, help="default: one per core")
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


async def _measure(honest: list[Program], everything: list[Program], workers: int) -> HostileRun:
    from services.executor.local.stack import LocalStack

    with LocalStack(workers=workers) as stack:
        async with AsyncExecutor(stack.url) as executor:
            await service.judge(executor, honest[: 16 * workers], limits=LIMITS)
            alone, alone_s = await service.judge(executor, honest, limits=LIMITS)
            print(f"honest alone: {len(honest)} in {alone_s:.1f} s", flush=True)
            together, together_s = await service.judge(executor, everything, limits=LIMITS)
            print(f"all together: {len(everything)} in {together_s:.1f} s", flush=True)
    return HostileRun(honest, everything, alone, together, alone_s, together_s)


def _compare(run: HostileRun, workers: int) -> dict[str, Any]:
    """Print and return what the hostile programs changed."""
    pairs = zip(run.honest, run.alone, strict=True)
    expected = {(program.suite.id, program.source): service.outcomes(result) for program, result in pairs}
    misjudged, earned, hostile_s = [], 0, 0.0
    for program, result in zip(run.everything, run.together, strict=True):
        together = service.outcomes(result)
        alone = expected.get((program.suite.id, program.source))
        if alone is None:
            earned += any(test.outcome is Outcome.PASSED for test in result.tests)
            hostile_s += result.cpu_s
        elif together != alone:
            misjudged.append({"suite": program.suite.id, "alone": alone, "together": together})
    expected_s = run.alone_s + hostile_s / workers
    print(
        f"honest programs with other outcomes than alone: {len(misjudged)}; hostile ones that passed: {earned}"
    )
    print(
        f"CPU time of the hostile ones: {hostile_s:.1f} s, {hostile_s / workers:.1f} s on each of {workers} cores"
    )
    print(f"expected {expected_s:.1f} s, took {run.together_s:.1f} s")
    return {
        "misjudged": misjudged,
        "hostile_that_earned": earned,
        "alone_s": run.alone_s,
        "together_s": run.together_s,
        "expected_s": expected_s,
        "hostile_cpu_s": hostile_s,
    }


if __name__ == "__main__":
    sys.exit(main())
