"""Judges every solution of sanitised MBPP by its tests, split into one assertion each.

python -m benchmarks.mbpp [--help]
"""

import argparse
import asyncio
import sys
from pathlib import Path

from benchmarks import humaneval, report, workload


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, default=workload.MBPP, help=f"default {workload.MBPP}")
    parser.add_argument("--workers", type=int, help="default: one per core")
    options = parser.parse_args()
    workload.check_data(options.data)
    facts = report.announce("MBPP's own solutions")
    programs = workload.canonical(options.data)
    judged = asyncio.run(humaneval.judge_all([programs], options.workers or report.cores()))
    failed = humaneval.failures(programs, judged[0])
    report.save("mbpp", {"machine": facts, "solutions": len(programs), "solutions_that_fail": failed})
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
