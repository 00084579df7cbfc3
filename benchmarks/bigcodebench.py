"""BigCodeBench's own solutions and their unittest suites, in both isolations, beside plain Python.

    python -m benchmarks.bigcodebench --libraries FOLDER [--install] [--keep FILE] [--help]

Each right solution is judged three times: in plain Python on this machine (the baseline: without a jail, with the
machine's network), with the test in the program's process, and with the test apart from it. Then mutants of the
solutions that pass there, of which those count that fail in plain Python: each must fail in ``same_process`` too.
All tasks take hours; with ``--keep``, a run that was interrupted goes on where it ended.

Not promised: all 1,140 tasks. The data file has every second one, and a task whose libraries are not in the folder
fails in plain Python and is left out.
"""

import argparse
import json
import os
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from random import Random
from statistics import fmean

from benchmarks import report, workload
from benchmarks.kept_results import KeptResults
from benchmarks.random_mutants import mutants
from clients import Limits, Suite, TestResult
from clients.contract import Isolation, Outcome
from clients.testspecs import suite_from
from services.executor.sandbox import Rules, Sandbox
from services.executor.sandbox.environment import BackendName, EnvironmentSpec
from services.executor.sandbox.factory import open_sandbox

DATA = workload.DATA / "bigcodebench_even.jsonl.gz"
PACKAGES = (
    "pandas", "numpy", "scipy", "scikit-learn", "matplotlib", "seaborn", "requests", "beautifulsoup4", "lxml", "pytz",
    "python-dateutil", "regex", "Pillow", "nltk", "xmltodict", "openpyxl", "chardet", "statsmodels", "sympy",
    "prettytable", "texttable", "PyYAML", "natsort", "holidays", "Faker", "wordcloud", "opencv-python-headless",
    "flask", "psutil", "cryptography", "rsa",
)  # fmt: skip
"""What the solutions import, apart from the largest (tensorflow, django, geopandas) and what few of them need."""
MODULES = (
    "unittest.mock", "numpy", "pandas", "matplotlib", "matplotlib.pyplot", "scipy.stats", "sklearn",
    "sklearn.linear_model", "sklearn.cluster", "sklearn.preprocessing", "sklearn.decomposition",
    "sklearn.model_selection", "seaborn", "requests",
)  # fmt: skip
"""Loaded before any program, here and in plain Python: each test is a process of its own, and these take seconds."""
LIMITS = Limits(
    cpu_s=20.0, wall_s=60.0, total_cpu_s=200.0, total_wall_s=300.0, memory_bytes=4 * 2**30, processes=64
)
"""Far more than a test needs: what is compared is the verdict, not the limit."""
_AT_ONCE = 2
_MUTANTS_OF_EACH = 2


@dataclass(frozen=True, slots=True)
class Task:
    """One program with the tests that judge it."""

    name: str
    program: str
    suite: Suite

    def with_program(self, program: str) -> "Task":
        """Return the same tests with another program."""
        return Task(self.name, program, self.suite)


def main() -> int:
    options = _options()
    facts = report.announce("BigCodeBench: right solutions and their mutants")
    if options.install:
        install(options.libraries)
    kept = KeptResults(options.keep)
    tasks = list(read_tasks(options.data))[options.skip :: options.every][: options.tasks]
    plain = run_plain(tasks, options.libraries, kept)
    right = [task for task, passed in zip(tasks, plain, strict=True) if all(passed)]
    print(f"{len(right)} of {len(tasks)} solutions pass in plain Python", flush=True)
    spec = EnvironmentSpec(
        "bigcodebench", modules=MODULES, paths=(str(options.libraries.resolve()),), commands=True
    )
    sandbox = open_sandbox(BackendName.NSJAIL, spec, slot=options.slot)
    try:
        sandbox.start()
        same = judge_all(sandbox, right, Isolation.SAME_PROCESS, kept)
        separate = judge_all(sandbox, right, Isolation.SEPARATE, kept)
        numbers = {
            "tasks": len(tasks),
            "pass_in_plain_python": len(right),
            "same_process": _summary("same_process", right, same),
            "separate": _summary("separate", right, separate),
            "mutants": judge_mutants(sandbox, right, options, kept),
        }
    finally:
        sandbox.close()
    report.save("bigcodebench", {"machine": facts, **numbers})
    return 1 if numbers["same_process"]["not_passed"] or numbers["mutants"]["unearned"] else 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, default=DATA, help=f"default {DATA}")
    parser.add_argument(
        "--libraries", type=Path, required=True, help="folder of pandas and the others, as of pip --target"
    )
    parser.add_argument("--install", action="store_true", help="install them there first (1 GB)")
    parser.add_argument("--tasks", type=int, help="default: all")
    parser.add_argument("--every", type=int, default=1, help="take every so many-th task (default 1)")
    parser.add_argument("--skip", type=int, default=0, help="leave out the first tasks")
    parser.add_argument("--slot", type=int, default=900, help="of the jail; two runs at once need two")
    parser.add_argument("--keep", type=Path, help="file that keeps each result; a run continues from it")
    parser.add_argument("--mutants-of", type=int, help="solutions that are mutated (default: all)")
    options = parser.parse_args()
    if not options.data.exists():
        raise SystemExit(f"{options.data} is not there; name the file with --data")
    return options


def install(folder: Path) -> None:
    """Install the libraries into a folder."""
    command = [sys.executable, "-m", "pip", "install", "-q", "--target", str(folder), *PACKAGES]
    subprocess.run(command, check=True)


def read_tasks(path: Path) -> Iterator[Task]:
    """Yield the tasks with their right solutions."""
    for row in workload.rows(path):
        program = row["prompt_wo_doc"] + "\n" + row["clean_canonical_solution"]
        suite = suite_from(row, row["task_id"], unittest_isolation=Isolation.SAME_PROCESS)
        yield Task(row["task_id"], program, suite)


def run_plain(tasks: Sequence[Task], libraries: Path, kept: KeptResults) -> list[list[bool]]:
    """Run each task in plain Python; return whether each test passed."""
    missing = [task for task in tasks if kept.get("plain", _job(task)) is None]
    parts = [missing[start::_AT_ONCE] for start in range(_AT_ONCE)]
    with ThreadPoolExecutor(_AT_ONCE) as threads:
        list(threads.map(lambda part: _run_plain_part(part, libraries, kept), parts))
    return [kept.get("plain", _job(task)) for task in tasks]


def _run_plain_part(tasks: Sequence[Task], libraries: Path, kept: KeptResults) -> None:
    """Run tasks one after the other in a process of plain Python."""
    script = Path(__file__).with_name("plain_unittest.py")
    command = [sys.executable, str(script), ",".join(MODULES)]
    env = {"PATH": os.environ["PATH"], "PYTHONPATH": str(libraries), "MPLBACKEND": "Agg", "HOME": "/tmp"}
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, env=env, text=True) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        for task in tasks:
            process.stdin.write(json.dumps(_job(task)) + "\n")
            process.stdin.flush()
            kept.add("plain", _job(task), json.loads(process.stdout.readline()))


def _job(task: Task) -> dict[str, object]:
    return {
        "program": task.program,
        "setup": task.suite.setup,
        "tests": task.suite.asserts,
        "seconds": LIMITS.cpu_s,
    }


def judge_all(
    sandbox: Sandbox, tasks: Sequence[Task], isolation: Isolation, kept: KeptResults
) -> list[list[TestResult]]:
    """Judge each task by its tests, in this isolation; one without a verdict is not kept, so the next run judges it."""
    results = []
    for task in tasks:
        tests = kept.get(isolation, _job(task))
        if tests is None:
            suite = task.suite.model_copy(update={"isolation": isolation})
            (judgement,) = sandbox.judge(suite, [task.program], Rules(LIMITS))
            tests = [test.model_dump(mode="json") for test in judgement.tests]
            if judgement.fault:
                print(f"{task.name}, {isolation}: no verdict: {judgement.fault}", flush=True)
            else:
                kept.add(isolation, _job(task), tests)
        results.append([TestResult.model_validate(test) for test in tests])
    return results


def _summary(name: str, tasks: Sequence[Task], results: Sequence[Sequence[TestResult]]) -> dict[str, object]:
    """Print and return what passed, and the causes of what did not."""
    valid = [[test for test in tests if test.outcome is not Outcome.INVALID_TEST] for tests in results]
    rates = [fmean(test.outcome is Outcome.PASSED for test in tests) if tests else 0.0 for tests in valid]
    failed = [
        (task.name, test)
        for task, tests in zip(tasks, valid, strict=True)
        for test in tests
        if test.outcome is not Outcome.PASSED
    ]
    count = sum(map(len, valid))
    invalid = sum(map(len, results)) - count
    passed = count - len(failed)
    causes = Counter(_cause(test) for _name, test in failed)
    full = sum(rate == 1.0 for rate in rates)
    print(f"{name}: {full} of {len(tasks)} solutions pass, {passed} of {count} tests, ", end="")
    print(f"mean rate {fmean(rates):.3f}; {invalid} tests look at no program; ", end="")
    print(f"{sum(not tests for tests in results)} without a verdict")
    for cause, times in causes.most_common(15):
        print(f"  {times:4} {cause}")
    return {
        "solutions": full,
        "not_passed": sorted({task.name for task, rate in zip(tasks, rates, strict=True) if rate < 1.0}),
        "tests": count,
        "invalid_tests": invalid,
        "tests_passed": passed,
        "mean_rate": round(fmean(rates), 4),
        "causes": dict(causes.most_common()),
        "failures": [[task, test.outcome, test.message] for task, test in failed],
    }


def _cause(test: TestResult) -> str:
    """Return outcome and the kind of error of a test that did not pass."""
    lines = [line for line in re.split(r"\\n|\n", test.message) if line.strip()]
    last = lines[-1] if lines else ""
    error = re.search(r"(\w+(?:Error|Exception|Exit|Warning|Mock)\b[^:]*)", last)
    return f"{test.outcome}: {(error[1] if error else last)[:60]}"


def judge_mutants(
    sandbox: Sandbox, tasks: Sequence[Task], options: argparse.Namespace, kept: KeptResults
) -> dict[str, object]:
    """Judge mutants in ``same_process`` that fail in plain Python; each test that fails there must fail here."""
    mutated = [
        task.with_program(program)
        for task in tasks[: options.mutants_of]
        for program in mutants(task.program, Random(task.name), _MUTANTS_OF_EACH)
    ]
    plain = run_plain(mutated, options.libraries, kept)
    wrong = [(task, passed) for task, passed in zip(mutated, plain, strict=True) if not all(passed)]
    judged = judge_all(sandbox, [task for task, _passed in wrong], Isolation.SAME_PROCESS, kept)
    unearned, lost, tests = [], [], 0
    for (task, passed), results in zip(wrong, judged, strict=True):
        ours = [test.outcome is Outcome.PASSED for test in results]
        tests += passed.count(False)
        lost += [
            [task.name, task.program, test.message]
            for test, a, b in zip(results, passed, ours, strict=False)
            if a and not b and test.outcome is not Outcome.INVALID_TEST
        ]
        if any(b and not a for a, b in zip(passed, ours, strict=False)):
            unearned.append([task.name, task.program])
    print(f"{len(wrong)} of {len(mutated)} mutants fail in plain Python, in {tests} tests; ", end="")
    print(f"{len(unearned)} of them pass a test here that fails there; {len(lost)} tests only fail here")
    return {
        "mutants": len(mutated),
        "wrong": len(wrong),
        "failing_tests": tests,
        "unearned": unearned,
        "fail_only_here": lost,
    }


if __name__ == "__main__":
    sys.exit(main())
