"""Judges real programs by real imagined tests, both cut as CodeT cuts them, and saves the outcomes as a matrix.

The matrix is computed once and can be evaluated many times: ``save`` writes one row per problem, ``load`` reads them.
``benchmarks.consensus`` applies the rules to it.
"""

import gzip
import json
import sys
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import anyio

from clients import AsyncExecutor, Candidate, CandidateResult, Outcome, Suite
from clients.contract import Status
from clients.selection.consensus import MatrixRow
from clients.testspecs import humaneval_suite

AT_ONCE = 6  # problems in flight: enough that workers never wait for the next
TRUE_LIMITS = {"cpu_s": 0.3, "total_cpu_s": 1.0}  # for the true tests: CodeT gives all of them 0.1 s together
_STOPS = ("\nclass", "\ndef", "\n#", "\nif", "\nprint")
_TESTS_PER_GENERATION = 5  # as in CodeT
_LETTERS = {outcome: outcome.value[0] for outcome in Outcome} | {
    Outcome.MEMORY_LIMIT: "M",
    Outcome.INVALID_TEST: "?",
}
"""Outcome → its letter in a matrix; ``p`` is a pass."""


@dataclass(frozen=True, slots=True)
class JudgedProblem:
    """The outcomes of one problem's programs and tests. A program or test that was sampled n times is here once, with
    n. The names of the fields are the keys of a matrix file.
    """

    task: str
    copies: list[int]
    """Per program how often it was sampled."""
    right: list[bool]
    """Per program whether it passes all true tests."""
    outcomes: list[str | None]
    """Per program a letter for each imagined test; ``None`` without a verdict."""
    weights: list[float]
    """Per imagined test how often it was sampled."""
    packs: bool
    """Whether the tests compile as CodeT runs them: all in one function."""
    tests: list[str] = field(default_factory=list)
    """The imagined tests."""
    values: list[list[int | None] | None] = field(default_factory=list)
    """Per program, for each imagined test, a number for what it returned: equal numbers in one column mean equal
    values. ``None`` where it returned nothing."""

    def per_sample(self, values: Sequence[Any]) -> list[Any]:
        """Return one value per sample from one value per program."""
        return [value for value, copies in zip(values, self.copies, strict=True) for _ in range(copies)]

    def rows(self) -> list[MatrixRow]:
        """Return per sample which imagined tests it passes; ``None`` in a row for an invalid test."""
        passes = {"p": True, "?": None}
        rows = [
            None if letters is None else [passes.get(letter, False) for letter in letters]
            for letters in self.outcomes
        ]
        return self.per_sample(rows)


def save(path: Path, problems: Sequence[JudgedProblem]) -> None:
    """Write a matrix."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with gzip.open(path, "wt", encoding="utf-8") as sink:
        sink.writelines(json.dumps(asdict(problem)) + "\n" for problem in problems)


def load(path: Path) -> list[JudgedProblem]:
    """Read a matrix that ``save`` wrote."""
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        return [JudgedProblem(**json.loads(line)) for line in lines]


async def judge(
    rows: Sequence[dict[str, Any]], workers: int, limits: dict[str, float]
) -> tuple[list[JudgedProblem], float]:
    """Judge every problem on one stack; return them in order, and the wall time in seconds of program × imagined test.

    The true tests run after the imagined ones and are not timed, since no rule uses them.
    """
    from services.executor.local.stack import LocalStack

    problems = [_ImaginedProblem.from_row(row) for row in rows]
    with LocalStack(workers=workers) as stack:
        async with AsyncExecutor(stack.url) as executor:
            start = time.perf_counter()
            imagined_suites = [problem.suite() for problem in problems]
            imagined = await _judge_all("imagined tests", executor, problems, imagined_suites, limits)
            took_s = time.perf_counter() - start
            true_suites = [humaneval_suite("true", row["test"], row["entry_point"]) for row in rows]
            true = await _judge_all("true tests", executor, problems, true_suites, TRUE_LIMITS)
    judged = [problem.judged(*results) for problem, *results in zip(problems, true, imagined, strict=True)]
    return judged, took_s


@dataclass(frozen=True, slots=True)
class _ImaginedProblem:
    """The distinct programs and imagined tests of one problem, each with the number of its samples."""

    task: str
    entry_point: str
    programs: Counter[str]
    tests: Counter[str]

    @classmethod
    def from_row(cls, row: dict[str, Any]) -> "_ImaginedProblem":
        programs = Counter(row["prompt"] + _cut(completion) + "\n" for completion in row["completions"])
        tests = Counter(
            test for text in row["test_generations"] for test in imagined_asserts(text, row["entry_point"])
        )
        return cls(row["task_id"], row["entry_point"], programs, tests)

    def suite(self) -> Suite | None:
        if not self.tests:
            return None
        return Suite(id="imagined", asserts=list(self.tests), entry_point=self.entry_point)

    def judged(self, true: list[CandidateResult], imagined: list[CandidateResult]) -> JudgedProblem:
        right = [
            bool(result.tests) and all(test.outcome is Outcome.PASSED for test in result.tests)
            for result in true
        ]
        outcomes = [_letters(result) for result in imagined] or [None] * len(self.programs)
        weights = [float(count) for count in self.tests.values()]
        copies = list(self.programs.values())
        values = [value_numbers(result) for result in imagined] or [None] * len(self.programs)
        packs, tests = _packs(self.tests), list(self.tests)
        return JudgedProblem(self.task, copies, right, outcomes, weights, packs, tests, values)


async def _judge_all(
    label: str,
    executor: AsyncExecutor,
    problems: Sequence[_ImaginedProblem],
    suites: Sequence[Suite | None],
    limits: dict[str, float],
) -> list[list[CandidateResult]]:
    """Judge the programs of each problem by its suite; a problem without a suite has no results."""
    results: dict[int, list[CandidateResult]] = {}
    pending = iter(enumerate(zip(problems, suites, strict=True)))

    async def work() -> None:
        for at, (problem, suite) in pending:
            results[at] = []
            if suite:
                candidates = [Candidate(suite=suite.id, program=program) for program in problem.programs]
                response = await executor.execute(candidates, suite, cache=False, limits=limits, values=True)
                results[at] = response.results
            progress = f"  {label}: {len(results)} of {len(problems)} problems"
            print(progress, end="\r", file=sys.stderr, flush=True)

    async with anyio.create_task_group() as group:
        for _ in range(AT_ONCE):
            group.start_soon(work)
    return [results[at] for at in range(len(problems))]


def _letters(result: CandidateResult) -> str | None:
    if result.status is not Status.JUDGED:
        return None
    return "".join(_LETTERS[test.outcome] for test in result.tests)


def value_numbers(result: CandidateResult) -> list[int | None] | None:
    """Return the value hashes as numbers: JSON writes them shorter than text."""
    if result.status is not Status.JUDGED:
        return None
    return [None if test.value_hash is None else int(test.value_hash[:8], 16) for test in result.tests]


def imagined_asserts(text: str, entry_point: str) -> list[str]:
    """Return the first five asserts of a generation that mention the function and compile."""
    parts = [part for part in f"assert {text}".split("assert ") if entry_point in part]
    tests = [_cut(f"assert {part}".strip()).strip() for part in parts]
    return [test for test in tests if _compiles(test)][:_TESTS_PER_GENERATION]


def _packs(tests: Iterable[str]) -> bool:
    """Whether one function can hold all tests; it cannot hold ``from … import *``, for example."""
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
