"""Reads questions that a real model answered, with verdicts, for ``real_loop``: HumanEval, and runs of synthesis.

Of HumanEval: the recorded programs of Qwen2.5-Coder-0.5B; the tests that Qwen2.5-Coder-1.5B and CodeGen-16B imagined,
as the filter kept or dropped them; and the true tests, which only measure. The filter's solvers are the recorded
programs themselves. Of a run of synthesis: its own suites and programs; there are no true tests.
"""

import asyncio
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from benchmarks import filter_matrix, workload
from benchmarks.filter_matrix import FilterProblem
from clients.completions.extraction import extract
from clients.contract import CandidateResult, Outcome, Status, TestResult
from clients.pairs import AnswerForm, JudgedQuestion, answer_text
from clients.selection.consensus import MatrixRow
from loop.steps.held_out.selection import HeldOutQuestion
from loop.steps.synthesis.config import SynthFolder
from loop.steps.synthesis.rows import read_rows
from services.synth.curation.rows import judged_question
from services.synth.filtering.matrix import FilterMatrix
from services.synth.filtering.posterior import decide_by_posterior

GREEDY = workload.DATA / "llm" / "sanity_qwen05b.jsonl.gz"
MIN_TESTS = 5
"""Fewest kept tests of a question that pairs are made of, as in AceCoder."""
SAMPLES, TRUTH = "qwen", "true"


@dataclass(frozen=True, slots=True)
class RealQuestion:
    """One HumanEval problem with the samples of a real model, and all verdicts on them."""

    id: str
    prompt: str
    programs: Sequence[str]
    """One per sample."""
    right: Sequence[bool]
    """Per sample whether it passes the true tests."""
    greedy_is_right: bool | None
    """The same of the greedy answer; ``None`` if none is recorded."""
    cells: Sequence[MatrixRow]
    """Per sample its cells over all imagined tests."""
    kept: Sequence[int]
    """Columns of the tests that the filter kept."""
    right_tests: Sequence[bool]
    """Per imagined test whether the problem's own solution passes it."""

    @property
    def answers(self) -> list[str]:
        """The samples as the texts that a reward model scores."""
        return [answer_text(AnswerForm.FENCED, program, None) for program in self.programs]

    def first(self, count: int) -> "RealQuestion":
        """Return the question with its first samples alone; the filter has seen all of them."""
        return replace(
            self, programs=self.programs[:count], right=self.right[:count], cells=self.cells[:count]
        )

    def judged(self, tests: str) -> JudgedQuestion | None:
        """Return the question for pairs, by ``filtered``, ``unfiltered`` or ``true`` tests; ``None``: too few tests."""
        if tests == TRUTH:
            results = [_result(at, [right]) for at, right in enumerate(self.right)]
        else:
            columns = self.kept if tests == "filtered" else range(len(self.right_tests))
            if len(columns) < MIN_TESTS:
                return None
            results = self._results(columns)
        return JudgedQuestion(self.id, self.prompt, self.answers, list(self.programs), results)

    def held_out(self, scores: Sequence[float | None]) -> HeldOutQuestion:
        """Return the question for best-of-N."""
        everything = range(len(self.right_tests))
        return HeldOutQuestion(
            self.id,
            self.prompt,
            self.greedy_is_right,
            self.programs,
            [_result(at, [right]) for at, right in enumerate(self.right)],
            self._results(everything) if self.right_tests else None,
            self._results(self.kept) if self.kept else None,
            scores,
        )

    def _results(self, columns: Sequence[int]) -> list[CandidateResult]:
        return [
            _result(at, None if row is None else [row[column] for column in columns])
            for at, row in enumerate(self.cells)
        ]


def _result(at: int, cells: MatrixRow) -> CandidateResult:
    """Return a verdict with given outcomes."""
    if cells is None:
        return CandidateResult(index=at, id=str(at), suite="q", status=Status.UNSCORABLE)
    outcomes = {True: Outcome.PASSED, False: Outcome.WRONG_ANSWER, None: Outcome.INVALID_TEST}
    counted = [cell for cell in cells if cell is not None]
    return CandidateResult(
        index=at,
        id=str(at),
        suite="q",
        status=Status.JUDGED,
        tests=[TestResult(outcome=outcomes[cell]) for cell in cells],
        pass_rate=sum(counted) / len(counted) if counted else None,
    )


def judge_greedy(recorded: Path, data: Path, workers: int, path: Path) -> None:
    """Judge the recorded greedy answers by the true tests, and write which are right."""
    greedy = {row["task_id"]: row["reply"] for row in workload.rows(recorded)}
    problems = [
        (_with_one_program(problem, greedy[problem.task]), row)
        for problem, row in filter_matrix.read_problems(data)
        if problem.task in greedy
    ]
    judged, _ = asyncio.run(filter_matrix.judge(problems, workers))
    right = {problem.task: problem.right[-1] for problem in judged}
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(right, indent=1) + "\n", encoding="utf-8")


def _with_one_program(problem: FilterProblem, reply: str) -> FilterProblem:
    program = extract(reply, problem.entry_point).program or reply
    return replace(problem, programs=[problem.programs[0], program], samples={}, tests={})


def read_humaneval(data: Path, matrix: Path, greedy: Path) -> list[RealQuestion]:
    """Return the problems that ``filter_quality`` judged."""
    prompts = {row["task_id"]: row["prompt"] for row in workload.rows(data)}
    right = json.loads(greedy.read_text(encoding="utf-8"))
    return [
        _question(problem, prompts[problem.task], right.get(problem.task))
        for problem in filter_matrix.load(matrix)
        if problem.samples[SAMPLES]
    ]


def _question(problem: FilterProblem, prompt: str, greedy_is_right: bool | None) -> RealQuestion:
    samples = problem.samples[SAMPLES]
    cells = [_joined([problem.passed[writer][at] for writer in problem.tests]) for at in samples]
    solvers = FilterMatrix(cells)
    decisions = decide_by_posterior(solvers) if solvers.judged else []
    return RealQuestion(
        problem.task,
        prompt,
        [problem.programs[at] for at in samples],
        [problem.right[at] for at in samples],
        greedy_is_right,
        cells,
        [at for at, decision in enumerate(decisions) if decision.dropped is None],
        [is_right for writer in problem.tests for is_right in problem.right_tests(writer)],
    )


def _joined(rows: Sequence[MatrixRow]) -> MatrixRow:
    return None if any(row is None for row in rows) else [cell for row in rows for cell in row or ()]


def read_synthesised(folder: Path) -> Iterator[JudgedQuestion]:
    """Yield the questions of a run of synthesis, from the file that ``acecoder synth export`` wrote in its folder."""
    for one in read_rows(SynthFolder(folder)):
        if one.is_done:
            yield judged_question(one.row, AnswerForm.FENCED)
