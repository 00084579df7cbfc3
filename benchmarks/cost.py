"""Counts what one program costs the sandbox, and compares the counts with the recorded ones.

    python -m benchmarks.cost [--record]

One jail judges the right and wrong programs of the bundled sample. The benchmark counts instructions in user mode and
page faults of all processes of the jail, and of the worker's part in this process. The recorded counts are in
``cost.json``, by version of Python; ``tests/sandbox/test_cost.py`` fails if a program costs two fifths more.
"""

import argparse
import json
import sys
from pathlib import Path

from benchmarks import counters, report
from clients.contract import Limits, Suite
from examples import sample
from services.executor.sandbox import Rules, Sandbox
from services.executor.sandbox.environment import BackendName, EnvironmentSpec
from services.executor.sandbox.factory import open_sandbox

RECORDED = Path(__file__).with_suffix(".json")
MARGIN = 1.4
"""Largest ratio to a recorded count that passes. With a load of 15 on 2 cores, single rounds differed by a fourth."""
_ROUNDS = 5
"""The least count of all is taken: on a busy machine programs move to new sessions, which adds to some rounds."""
_KINDS = frozenset({"right", "wrong"})


def main() -> None:
    """Print the counts and how they compare; with ``--record``, write them to the file."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--record", action="store_true", help="write the counts to cost.json")
    is_recording = parser.parse_args().record
    report.announce("Cost of a program")
    counts, reasons = measure(slot=0)
    for name, count in counts.items():
        before = recorded().get(name)
        print(f"{name} per program: {count}" + (f", recorded: {before}" if before else ""))
    for reason in reasons.values():
        print(reason)
    if is_recording:
        everything = _all_recorded()
        everything[_version()] = {**recorded(), **counts}
        RECORDED.write_text(json.dumps(everything, indent=1, sort_keys=True) + "\n", encoding="utf-8")


def recorded() -> dict[str, int]:
    """Return the recorded counts for this version of Python."""
    return _all_recorded().get(_version(), {})


def measure(slot: int) -> tuple[dict[str, int], dict[str, str]]:
    """Return the counts per program, and why others are missing. ``slot`` is the number of the jail on this machine."""
    work = _work()
    with counters.opened() as opened:
        sandbox = open_sandbox(BackendName.NSJAIL, EnvironmentSpec("base"), slot=slot)
        try:
            sandbox.start()
            _judge(sandbox, work)  # fills caches and starts the first session
            rounds = []
            for _ in range(_ROUNDS):
                with opened.counting():
                    _judge(sandbox, work)
                rounds.append(opened.counts)
        finally:
            sandbox.close()
    programs = sum(len(texts) for _suite, texts in work)
    least = {name: min(counts[name] for counts in rounds) for name in rounds[0]}
    return {name: round(count / programs) for name, count in least.items()}, opened.reasons


def _work() -> list[tuple[Suite, list[str]]]:
    return [
        (problem.suite, texts)
        for problem in sample.load()
        if problem.suite.asserts is not None
        and (
            texts := [
                entry.candidate.program
                for entry in problem.programs
                if entry.kind in _KINDS and entry.candidate.program is not None
            ]
        )
    ]


def _judge(sandbox: Sandbox, work: list[tuple[Suite, list[str]]]) -> None:
    for suite, texts in work:
        list(sandbox.judge(suite, texts, Rules(Limits(cpu_s=5.0))))


def _all_recorded() -> dict[str, dict[str, int]]:
    return dict(json.loads(RECORDED.read_text(encoding="utf-8"))) if RECORDED.exists() else {}


def _version() -> str:
    return f"{sys.version_info.major}.{sys.version_info.minor}"


if __name__ == "__main__":
    main()
