"""Judges real programs by real imagined tests whose truth is known, and saves the outcomes for ``filter_quality``.

For each HumanEval problem: programs of CodeGen-16B and of Qwen2.5-Coder-0.5B, tests imagined by CodeGen-16B and by
Qwen2.5-Coder-1.5B, and the problem's own solution. An imagined test is right if the own solution passes it. A program
is right if it passes HumanEval's tests. No policy reads either; both only grade what a policy kept.
"""

import ast
import gzip
import json
import re
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import anyio

from benchmarks import workload
from benchmarks.imagined_tests import imagined_asserts, value_numbers
from clients import AsyncExecutor, Candidate, CandidateResult, Outcome, Suite
from clients.completions.extraction import extract
from clients.contract import Status
from clients.selection.consensus import MatrixRow
from clients.testspecs import humaneval_suite

QWEN_PROGRAMS = workload.DATA / "llm" / "programs_qwen05b.jsonl.gz"
QWEN_TESTS = workload.DATA / "llm" / "imagined_tests_qwen15b.jsonl.gz"
AT_ONCE = 4
"""Problems that are judged at once: two workers never wait for the next."""
LIMITS = {"cpu_s": 0.1, "total_cpu_s": 0.5}
"""CodeT's limit of one test; nearly all need a millisecond, and endless programs are common."""
TRUE_LIMITS = {"cpu_s": 0.5, "total_cpu_s": 1.0}
MAX_CODEGEN_SAMPLES = 50
"""Of the hundred samples of a problem; intervals are over problems, so more samples hardly narrow them."""
MAX_CODEGEN_TESTS = 25
"""About as many as AceCoder imagines for a question (18.3 on average)."""


@dataclass(slots=True)
class FilterProblem:
    """One problem with its programs, its imagined tests, and all outcomes. Field names are the file's keys."""

    task: str
    entry_point: str
    tests: dict[str, list[str]]
    """Writer (``codegen``, ``qwen``) → the distinct imagined tests, in the order in which they were written."""
    samples: dict[str, list[int]]
    """Writer → position in ``programs`` of each of its samples, in order; a program may be sampled more than once."""
    programs: list[str]
    """Distinct programs. The first one is the problem's own solution."""
    right: list[bool] = field(default_factory=list)
    """Per program whether it passes all true tests."""
    passed: dict[str, list[list[bool | None] | None]] = field(default_factory=dict)
    """Writer of the tests → per program a row of cells as in ``clients.selection.consensus``."""

    values: dict[str, list[list[int | None] | None]] = field(default_factory=dict)
    """Writer of the tests → per program, for each test, a number for what it returned (``imagined_tests``)."""

    def right_tests(self, writer: str) -> list[bool]:
        """Return per test of one writer whether the problem's own solution passes it."""
        return [cell is True for cell in self.passed[writer][0] or ()]

    def rows(self, writer: str, programs: Sequence[int]) -> list[MatrixRow]:
        """Return the rows of ``programs`` against the tests of one writer."""
        return [self.passed[writer][program] for program in programs]


def save(path: Path, problems: Sequence[FilterProblem]) -> None:
    """Write the problems with their outcomes."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with gzip.open(path, "wt", encoding="utf-8") as sink:
        sink.writelines(json.dumps(asdict(problem)) + "\n" for problem in problems)


def load(path: Path) -> list[FilterProblem]:
    """Read what ``save`` wrote."""
    return [FilterProblem(**row) for row in workload.rows(path)]


def read_problems(data: Path) -> Iterator[tuple[FilterProblem, dict[str, Any]]]:
    """Yield every problem before it is judged, with its row of the data file."""
    replies: dict[str, list[str]] = {}
    for row in sorted(workload.rows(QWEN_PROGRAMS), key=lambda row: (row["task_id"], row["sample"])):
        replies.setdefault(row["task_id"], []).append(row["reply"])
    qwen_tests = {row["task_id"]: row["reply"] for row in workload.rows(QWEN_TESTS)}
    own = {program.suite.id: program.source for program in workload.canonical(data)}
    for row in workload.rows(data):
        task, entry_point = row["task_id"], row["entry_point"].strip()
        sources = {
            "codegen": [p.source for p in workload.completions_of(row)][:MAX_CODEGEN_SAMPLES],
            "qwen": [extract(reply, entry_point).program or reply for reply in replies.get(task, [])],
        }
        positions: dict[str, int] = {own[task]: 0}
        samples = {
            writer: [positions.setdefault(source, len(positions)) for source in programs]
            for writer, programs in sources.items()
        }
        tests = {
            "codegen": _distinct(
                test for text in row["test_generations"] for test in imagined_asserts(text, entry_point)
            )[:MAX_CODEGEN_TESTS],
            "qwen": _distinct(asserts_in_reply(qwen_tests.get(task, ""), entry_point)),
        }
        yield FilterProblem(task, entry_point, tests, samples, list(positions)), row


def asserts_in_reply(reply: str, entry_point: str) -> list[str]:
    """Return the single-line asserts of a chat reply that call the function, whatever list or fence they are in."""
    found = []
    for line in reply.split("\n"):
        text = line.strip().removesuffix(",")
        if text.startswith('"') and text.endswith('"'):
            try:
                text = json.loads(text)
            except ValueError:
                text = text[1:-1].replace('\\"', '"')
        if text.startswith("assert ") and re.search(rf"\b{entry_point}\(", text) and is_assert(text):
            found.append(text)
    return found


def is_assert(text: str) -> bool:
    """Whether ``text`` is one assert statement."""
    try:
        body = ast.parse(text).body
    except (SyntaxError, ValueError, MemoryError, RecursionError):
        return False
    return len(body) == 1 and isinstance(body[0], ast.Assert)


def _distinct(tests: Any) -> list[str]:  # noqa: ANN401
    return list({ast.unparse(ast.parse(test)): test for test in tests if is_assert(test)}.values())


async def judge(
    problems: Sequence[tuple[FilterProblem, dict[str, Any]]], workers: int
) -> tuple[list[FilterProblem], float]:
    """Judge what ``read_problems`` yields on one stack; return it in order, and the wall time in seconds."""
    from services.executor.local.stack import LocalStack

    start = time.perf_counter()
    with LocalStack(workers=workers, settings={"EXECUTOR_ENVIRONMENTS": '{"base": {}}'}) as stack:
        async with AsyncExecutor(stack.url) as executor, anyio.create_task_group() as group:
            pending = iter(enumerate(problems, 1))

            async def work() -> None:
                for count, (problem, row) in pending:
                    await _judge_problem(executor, problem, row)
                    print(f"  {count} of {len(problems)} problems", end="\r", file=sys.stderr, flush=True)

            for _ in range(AT_ONCE):
                group.start_soon(work)
    return [problem for problem, _ in problems], time.perf_counter() - start


async def _judge_problem(executor: AsyncExecutor, problem: FilterProblem, row: dict[str, Any]) -> None:
    true = humaneval_suite("true", row["test"], problem.entry_point)
    results = await _judged(executor, problem, true, TRUE_LIMITS)
    problem.right = [bool(r.tests) and all(t.outcome is Outcome.PASSED for t in r.tests) for r in results]
    for writer, tests in problem.tests.items():
        if not tests:
            problem.passed[writer] = [[] for _ in problem.programs]
            problem.values[writer] = [[] for _ in problem.programs]
            continue
        suite = Suite(id=writer, asserts=tests, entry_point=problem.entry_point)
        results = await _judged(executor, problem, suite, LIMITS)
        problem.passed[writer] = [
            [test.outcome is Outcome.PASSED if test.counts else None for test in result.tests]
            if result.status is Status.JUDGED
            else None
            for result in results
        ]
        problem.values[writer] = [value_numbers(result) for result in results]


async def _judged(
    executor: AsyncExecutor, problem: FilterProblem, suite: Suite, limits: dict[str, float]
) -> list[CandidateResult]:
    candidates = [Candidate(suite=suite.id, program=program) for program in problem.programs]
    return (await executor.execute(candidates, suite, limits=limits, deadline_s=900, values=True)).results
