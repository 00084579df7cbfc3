"""Makes rows of AceCode-87K: one question with its tests, its programs and their pass rates. Pure.

``clients.datasets.formats`` reads such rows. The column names are the data set's; the rates are ours. The
published rates divide kept tests by the tests there were before some were dropped; ours divide passed tests by valid
ones.
"""

from collections.abc import Sequence

from clients.contract import CandidateResult, Outcome, Status
from clients.datasets.rows import Row


def acecode_row(
    question_id: str,
    question: str,
    test_cases: Sequence[str],
    completions: Sequence[str],
    results: Sequence[CandidateResult],
    *,
    source: str,
    model_name: str,
) -> Row:
    """Return the row of one question; ``results[i]`` judged ``completions[i]`` by ``test_cases``.

    A completion without a verdict is left out: the data set has no value for a missing verdict.

    Raises:
        ValueError: completions and verdicts differ in number.
    """
    inferences = [
        {"model_name": model_name, "completion_id": at, "completion": completion, "pass_rate": rate}
        for at, (completion, result) in enumerate(zip(completions, results, strict=True))
        if (rate := recomputed_rate(result)) is not None
    ]
    return {
        "id": question_id,
        "source": source,
        "question": question,
        "test_cases": list(test_cases),
        "inferences": inferences,
        "context_messages": [{"content": question, "role": "user"}],
    }


def recomputed_rate(result: CandidateResult) -> float | None:
    """Return passed tests divided by valid tests, from the outcomes; ``None`` without a verdict."""
    valid = [test for test in result.tests if test.counts]
    if result.status is not Status.JUDGED or not valid:
        return None
    return sum(test.outcome is Outcome.PASSED for test in valid) / len(valid)
