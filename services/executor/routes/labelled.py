"""Completions with the ground truth beside each → one request. What the wires of trainers have in common.

Samples with one ground truth share a suite. A ground truth of an unknown shape refuses the whole request, naming
the row and the shapes understood: a wrong label is no reward of 0.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from clients.contract import (
    Candidate,
    CandidateResult,
    Comparison,
    ExecutionRequest,
    FieldError,
    Limits,
    Slug,
    Status,
    Suite,
    UnscorableReason,
)
from clients.testspecs.shapes import UnknownTestSpecError, suite_from
from services.common.problems import ProblemError
from services.executor.routes.options import WireOptions
from services.executor.settings import ExecutorSettings

MAX_ERRORS = 8
"""Rows named in one refusal: enough to see what is wrong with a data set."""


@dataclass(frozen=True, slots=True)
class Sample:
    """What a policy wrote, and what it is measured by."""

    text: str
    label: Any
    where: str
    """The label's place in the request."""
    field: str = "completion"
    """``program`` if the text is one already."""


def request_of(
    samples: Sequence[Sample],
    options: WireOptions,
    settings: ExecutorSettings,
    limits: Limits | None = None,
) -> ExecutionRequest:
    """Return what judges all samples, in their order.

    Raises:
        ProblemError: a label means no tests.
    """
    suites: dict[str, Suite] = {}
    errors: list[FieldError] = []
    candidates: list[Candidate] = []
    comparison = Comparison(mode=options.comparison)
    for sample in samples:
        name = json.dumps(sample.label, sort_keys=True, default=str)
        try:
            if name not in suites:
                suites[name] = suite_from(sample.label, sample.where, comparison=comparison)
        except UnknownTestSpecError as error:
            errors.append(FieldError(field=sample.where, message=error.unnamed))
            continue
        source = {sample.field: sample.text}
        candidates.append(Candidate(suite=suites[name].id, **source))
    if errors:
        detail = f"{errors[0].field}: {errors[0].message}"
        raise ProblemError(Slug.INVALID_REQUEST, detail, errors=errors[:MAX_ERRORS])
    return ExecutionRequest(
        suites=list(suites.values()),
        candidates=candidates,
        environment=options.environment_of(settings),
        limits=limits or options.limits,
        state=options.state,
        on_timeout=options.on_timeout,
        reward=options.policy,
    )


def ours(result: CandidateResult) -> bool:
    """Whether a missing verdict is the machinery's: the wire must not make a reward of it.

    What the policy itself made unreadable (too long, NUL characters) is not: it earns what a failing program earns.
    """
    return result.status is Status.UNSCORABLE and result.reason is not UnscorableReason.INVALID_INPUT


def reward_of(result: CandidateResult, options: WireOptions) -> float:
    """The reward; the policy's lowest for a completion that cannot be read."""
    if result.reward is not None:
        return float(result.reward)
    return options.policy.lowest


def refuse_unscorable(results: Sequence[CandidateResult]) -> None:
    """Say 503 for a wire that has no other word for "no verdict": its clients try again.

    Raises:
        ProblemError: a result has no verdict.
    """
    for result in results:
        if ours(result):
            if result.reason is UnscorableReason.INVALID_SUITE:
                raise ProblemError(Slug.INVALID_SUITE, result.detail)
            raise ProblemError(
                Slug.NOT_SCORED, f"no verdict ({result.reason}): {result.detail}", retry_after_s=1
            )
