"""Choosing without true tests: real programs against real imagined tests, and how often each rule picks right.

    python -m benchmarks.consensus [--help]

A hundred completions and a hundred generated test sets of each HumanEval problem by CodeGen-16B, cut as CodeT
cuts them. Every program runs against every imagined test in the jail, and against the true tests, which only
say whether a pick is right. Ties are averaged; where a rule has no group, a random pick counts.
"""

import argparse
import asyncio
import sys
import time
import warnings
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean
from typing import Any

import anyio

from benchmarks import report, workload
from clients import AsyncExecutor, Candidate, CandidateResult, Outcome, Suite
from clients.consensus import Consensus, Row, agreement, majority, passed, posterior
from clients.estimators import bootstrap
from clients.testspec import humaneval_suite

LIMITS = {"cpu_s": 0.3, "total_cpu_s": 1.0}  # CodeT gives a test 0.1 s of wall time; most need a millisecond
AT_ONCE = 6  # problems in flight: enough that workers never wait for the next
_STOPS = ("\nclass", "\ndef", "\n#", "\nif", "\nprint")
_TESTS_OF_ONE = 5  # asserts kept of each generation, as in CodeT


@dataclass(frozen=True, slots=True)
class Judged:
    """One problem; a program or test that was sampled n times stands there once, with n."""

    task: str
    copies: Sequence[int]
    """Of each program."""
    right: Sequence[bool]
    imagined: Sequence[CandidateResult]
    weights: Sequence[float]
    """How often each test was imagined."""

    def spread(self, values: Sequence[Any]) -> list[Any]:
        """One value per sampled program."""
        return [value for value, copies in zip(values, self.copies, strict=True) for _ in range(copies)]


def _votes(judged: Judged, rows: Sequence[Row]) -> Consensus:
    outcomes = judged.spread([tuple(test.outcome for test in each.tests) for each in judged.imagined])
    return majority([vote if row and any(row) else None for vote, row in zip(outcomes, rows, strict=True)])


RULES: dict[str, Callable[[Judged, Sequence[Row]], Consensus]] = {
    "random": lambda _, rows: majority([None] * len(rows)),
    "majority": _votes,
    "agreement (CodeT)": lambda judged, rows: agreement(rows, judged.weights),
    "posterior (B4)": lambda judged, rows: posterior(rows, judged.weights),
    "oracle": lambda judged, _: majority([right or None for right in judged.spread(judged.right)]),
}


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, default=workload.HUMANEVAL, help=f"default {workload.HUMANEVAL}")
    parser.add_argument("--workers", type=int, help="default: the cores")
    parser.add_argument("--problems", type=int, help="the first so many (default: all)")
    options = parser.parse_args()
    if not options.data.exists():
        raise SystemExit(f"{options.data} is not there; name the file with --data")
    warnings.simplefilter("ignore", SyntaxWarning)  # of tests that models wrote
    facts = report.announce("choosing by imagined tests")
    rows = list(workload.rows(options.data))[: options.problems]
    judged, took_s = asyncio.run(judge(rows, options.workers or report.cores()))
    pairs = sum(len(each.copies) * len(each.weights) for each in judged)
    lost = sum(each.pass_rate is None for problem in judged for each in problem.imagined)
    print(f"{pairs} pairs of program and test in {took_s:.0f} s; {lost} programs without a verdict")
    numbers = compare(judged)
    report.save("consensus", {"machine": facts, "pairs": pairs, "took_s": took_s, "lost": lost, **numbers})
    return 0


def compare(judged: Sequence[Judged]) -> dict[str, Any]:
    """Print and return pass@1 of every rule, and what the posterior adds to agreement, with intervals."""
    values = {name: [pick(each, rule) for each in judged] for name, rule in RULES.items()}
    for name, of in values.items():
        print(f"{name:20} {bootstrap(of)}")
    both = zip(values["posterior (B4)"], values["agreement (CodeT)"], strict=True)
    added = bootstrap([one - other for one, other in both])
    print(f"posterior less agreement, problem by problem: {added}")
    return {"pass_at_1": {name: fmean(of) for name, of in values.items()}, "added": str(added)}


def pick(judged: Judged, rule: Callable[[Judged, Sequence[Row]], Consensus]) -> float:
    """Chance that the rule's pick of one problem is right."""
    rows = judged.spread(passed(judged.imagined) if judged.imagined else [None] * len(judged.copies))
    right = judged.spread(judged.right)
    return fmean(right[at] for at in rule(judged, rows).best or range(len(right)))


async def judge(rows: Sequence[dict[str, Any]], workers: int) -> tuple[list[Judged], float]:
    """Judge every problem on one stack; return them in order and the wall seconds of the imagined tests."""
    from services.executor.stack import LocalStack

    found: dict[int, Judged] = {}
    with LocalStack(workers=workers) as stack:
        async with AsyncExecutor(stack.url) as executor:
            start = time.perf_counter()
            waiting = iter(enumerate(rows))

            async def work() -> None:
                for at, row in waiting:
                    found[at] = await _problem(executor, row)
                    print(f"  {len(found)} of {len(rows)} problems", end="\r", file=sys.stderr, flush=True)

            async with anyio.create_task_group() as group:
                for _ in range(AT_ONCE):
                    group.start_soon(work)
            took_s = time.perf_counter() - start
    return [found[at] for at in range(len(rows))], took_s


async def _problem(executor: AsyncExecutor, row: dict[str, Any]) -> Judged:
    name, entry_point = row["task_id"], row["entry_point"]
    programs = Counter(row["prompt"] + _cut(each) + "\n" for each in row["completions"])
    tests = Counter(test for text in row["test_generations"] for test in imagined(text, entry_point))
    suites = [humaneval_suite("true", row["test"], entry_point)]
    if tests:
        suites.append(Suite(id="imagined", asserts=list(tests), entry_point=entry_point))
    candidates = [Candidate(suite=suite.id, program=program) for suite in suites for program in programs]
    results = (await executor.execute(candidates, suites, cache=False, limits=LIMITS)).results
    true, rest = results[: len(programs)], results[len(programs) :]
    right = [all(test.outcome is Outcome.PASSED for test in each.tests) and bool(each.tests) for each in true]
    return Judged(name, list(programs.values()), right, rest, [float(count) for count in tests.values()])


def imagined(text: str, entry_point: str) -> list[str]:
    """The first five asserts of a generation that mention the function and compile."""
    parts = [part for part in f"assert {text}".split("assert ") if entry_point in part]
    tests = [_cut(f"assert {part}".strip()).strip() for part in parts]
    return [test for test in tests if _compiles(test)][:_TESTS_OF_ONE]


def _cut(text: str) -> str:
    for stop in _STOPS:
        text = text.split(stop, maxsplit=1)[0]
    return text


def _compiles(test: str) -> bool:
    try:
        compile(test, "<test>", "exec", dont_inherit=True)
    except (SyntaxError, ValueError, MemoryError, RecursionError):
        return False
    return True


if __name__ == "__main__":
    sys.exit(main())
