"""Real programs against real imagined tests: cut as CodeT cuts them, judged in the jail, kept as a matrix.

A matrix is judged once and may be looked at again and again: ``write`` keeps one row a problem, ``load`` reads them.
What the rules make of it is ``benchmarks.consensus``'.
"""

import gzip
import json
import sys
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import anyio

from clients import AsyncExecutor, Candidate, CandidateResult, Outcome, Suite
from clients.contract import Status
from clients.selection.consensus import MatrixRow
from clients.testspecs import humaneval_suite

AT_ONCE = 6  # problems in flight: enough that workers never wait for the next
TRUE_LIMITS = {"cpu_s": 0.3, "total_cpu_s": 1.0}  # of the true tests: CodeT gives all of them 0.1 s together
_STOPS = ("\nclass", "\ndef", "\n#", "\nif", "\nprint")
_TESTS_OF_ONE = 5  # asserts kept of each generation, as in CodeT
_LETTERS = {outcome: outcome.value[0] for outcome in Outcome} | {
    Outcome.MEMORY_LIMIT: "M",
    Outcome.INVALID_TEST: "?",
}
"""Of each outcome; ``p`` is a pass."""


@dataclass(frozen=True, slots=True)
class Judged:
    """One problem; a program or test that was sampled n times stands there once, with n."""

    task: str
    copies: list[int]
    """Of each program."""
    right: list[bool]
    outcomes: list[str | None]
    """Of each program: a letter for each test; ``None`` without a verdict."""
    weights: list[float]
    """How often each test was imagined."""
    packs: bool
    """Whether the tests compile as CodeT runs them: all in one function."""

    def spread(self, values: Sequence[Any]) -> list[Any]:
        """One value per sampled program."""
        return [value for value, copies in zip(values, self.copies, strict=True) for _ in range(copies)]

    def rows(self) -> list[MatrixRow]:
        """What each sampled program passes."""
        known = {"p": True, "?": None}
        rows = [
            None if each is None else [known.get(letter, False) for letter in each] for each in self.outcomes
        ]
        return self.spread(rows)


def write(path: Path, judged: Sequence[Judged]) -> None:
    """Keep a matrix."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with gzip.open(path, "wt", encoding="utf-8") as sink:
        sink.writelines(json.dumps(asdict(each)) + "\n" for each in judged)


def load(path: Path) -> list[Judged]:
    """Read a matrix that ``write`` kept."""
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        return [Judged(**json.loads(line)) for line in lines]


async def judge(
    rows: Sequence[dict[str, Any]], workers: int, limits: dict[str, float]
) -> tuple[list[Judged], float]:
    """Judge every problem on one stack; return them in order, and the wall seconds of program × imagined test.

    The true tests come after those, untimed: they are no part of the choosing.
    """
    from services.executor.local.stack import LocalStack

    problems = [_Problem.of(row) for row in rows]
    with LocalStack(workers=workers) as stack:
        async with AsyncExecutor(stack.url) as executor:
            start = time.perf_counter()
            imagined_ones = [each.imagined() for each in problems]
            outcomes = await _all("imagined tests", executor, problems, imagined_ones, limits)
            took_s = time.perf_counter() - start
            true_ones = [humaneval_suite("true", row["test"], row["entry_point"]) for row in rows]
            true = await _all("true tests", executor, problems, true_ones, TRUE_LIMITS)
    judged = [each.judged(*found) for each, *found in zip(problems, true, outcomes, strict=True)]
    return judged, took_s


@dataclass(frozen=True, slots=True)
class _Problem:
    task: str
    entry_point: str
    programs: Counter[str]
    tests: Counter[str]

    @classmethod
    def of(cls, row: dict[str, Any]) -> "_Problem":
        programs = Counter(row["prompt"] + _cut(each) + "\n" for each in row["completions"])
        tests = Counter(
            test for text in row["test_generations"] for test in imagined(text, row["entry_point"])
        )
        return cls(row["task_id"], row["entry_point"], programs, tests)

    def imagined(self) -> Suite | None:
        return (
            Suite(id="imagined", asserts=list(self.tests), entry_point=self.entry_point)
            if self.tests
            else None
        )

    def judged(self, true: list[CandidateResult], found: list[CandidateResult]) -> Judged:
        right = [
            bool(each.tests) and all(test.outcome is Outcome.PASSED for test in each.tests) for each in true
        ]
        outcomes = [_letters(each) for each in found] or [None] * len(self.programs)
        weights = [float(count) for count in self.tests.values()]
        copies = list(self.programs.values())
        return Judged(self.task, copies, right, outcomes, weights, packs=_packs(self.tests))


async def _all(
    what: str,
    executor: AsyncExecutor,
    problems: Sequence[_Problem],
    suites: Sequence[Suite | None],
    limits: dict[str, float],
) -> list[list[CandidateResult]]:
    """Judge each problem's programs by its suite; nothing where there is none."""
    found: dict[int, list[CandidateResult]] = {}
    waiting = iter(enumerate(zip(problems, suites, strict=True)))

    async def work() -> None:
        for at, (problem, suite) in waiting:
            candidates = (
                [Candidate(suite=suite.id, program=each) for each in problem.programs] if suite else []
            )
            found[at] = []
            if suite:
                answer = await executor.execute(candidates, suite, cache=False, limits=limits)
                found[at] = answer.results
            print(
                f"  {what}: {len(found)} of {len(problems)} problems", end="\r", file=sys.stderr, flush=True
            )

    async with anyio.create_task_group() as group:
        for _ in range(AT_ONCE):
            group.start_soon(work)
    return [found[at] for at in range(len(problems))]


def _letters(result: CandidateResult) -> str | None:
    if result.status is not Status.JUDGED:
        return None
    return "".join(_LETTERS[test.outcome] for test in result.tests)


def imagined(text: str, entry_point: str) -> list[str]:
    """The first five asserts of a generation that mention the function and compile."""
    parts = [part for part in f"assert {text}".split("assert ") if entry_point in part]
    tests = [_cut(f"assert {part}".strip()).strip() for part in parts]
    return [test for test in tests if _compiles(test)][:_TESTS_OF_ONE]


def _packs(tests: Iterable[str]) -> bool:
    """Whether one function can hold them; ``from … import *``, for one, it cannot."""
    bodies = (
        "    try:\n        " + test.replace("\n", "\n        ") + "\n    except Exception: pass\n"
        for test in tests
    )
    return _compiles("def check():\n    pass\n" + "".join(bodies))


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
