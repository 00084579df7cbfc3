"""Builds one execution request from labelled samples, and reads rewards from its results.

Used by the APIs of trainers, which send completions with a ground truth (label) for each. Samples with equal labels
share a suite. A label of an unknown shape refuses the whole request, naming the row and the shapes that are
understood: a wrong label must not become a reward of 0.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError
from pydantic_core import PydanticSerializationError

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
from clients.testspecs import UnknownTestSpecError, ground_truth_key, suite_from
from services.common.foreign import MAX_ROWS_NAMED
from services.common.problem_error import ProblemError, invalid_request
from services.common.surrogates import LONE_SURROGATE
from services.executor.routes.options import JudgingOptions
from services.executor.settings import ExecutorSettings


@dataclass(frozen=True, slots=True)
class LabelledSample:
    """What a policy wrote, and the ground truth to judge it by."""

    text: str
    label: Any
    where: str
    """The label's place in the request."""
    field: str = "completion"
    """The candidate's field for ``text``: ``completion``, or ``program`` if nothing is to be extracted."""
    row: Mapping[str, Any] | None = None
    """The row of the data set that the label comes from, where the API has it."""


def request_of(
    samples: Sequence[LabelledSample],
    options: JudgingOptions,
    settings: ExecutorSettings,
    limits: Limits | None = None,
) -> ExecutionRequest:
    """Return the request that judges all samples, in their order.

    Raises:
        ProblemError: a label has no known shape, or is not valid Unicode; or an option is out of range.
    """
    suites: dict[str, Suite] = {}
    errors: list[FieldError] = []
    candidates: list[Candidate] = []
    comparison = Comparison(mode=options.comparison)
    for sample in samples:
        name = ground_truth_key(sample.label)
        try:
            if name not in suites:
                suites[name] = _suite_of(sample, comparison)
        except _LabelError as error:
            errors.append(FieldError(field=sample.where, message=str(error)))
            continue
        source = {sample.field: sample.text}
        candidates.append(Candidate(suite=suites[name].id, **source))
    if errors:
        detail = f"{errors[0].field}: {errors[0].message}"
        raise ProblemError(Slug.INVALID_REQUEST, detail, errors=errors[:MAX_ROWS_NAMED])
    try:
        return ExecutionRequest(
            suites=list(suites.values()),
            candidates=candidates,
            environment=options.environment_name(settings),
            limits=limits or options.limits,
            state=options.state,
            on_timeout=options.on_timeout,
            reward=options.policy,
            weak_tests=options.weak_tests,
            run=options.run,
        )
    except ValidationError as error:
        raise invalid_request(error) from error


class _LabelError(Exception):
    """A label that no suite can be made of."""


def _suite_of(sample: LabelledSample, comparison: Comparison) -> Suite:
    try:
        suite = suite_from(sample.label, sample.where, comparison=comparison, row=sample.row)
        suite.model_dump_json()
    except UnknownTestSpecError as error:
        raise _LabelError(error.reason_with_shapes) from error
    except PydanticSerializationError as error:
        # Reading the body replaced lone surrogates, but a label may be packed, or be JSON in a text, and hold others.
        raise _LabelError(LONE_SURROGATE) from error
    return suite


def lacks_verdict(result: CandidateResult) -> bool:
    """Whether the service failed to give a verdict, so that no reward may be made of the result.

    A completion that cannot be read (too long, NUL characters) does not count: the policy wrote it, and it earns what
    a failing program earns.
    """
    return result.status is Status.UNSCORABLE and result.reason is not UnscorableReason.INVALID_INPUT


def reward_of(result: CandidateResult, options: JudgingOptions) -> float:
    """Return the reward; for a completion that cannot be read, the lowest of the reward kind."""
    if result.reward is not None:
        return float(result.reward)
    return options.policy.lowest


def refuse_unscorable(results: Sequence[CandidateResult]) -> None:
    """Refuse the request if a result has no verdict, for an API that has no field to say so.

    The status is 503, after which the clients of these APIs try again. For a suite without a valid test it is 422.

    Raises:
        ProblemError: a result has no verdict.
    """
    for result in results:
        if lacks_verdict(result):
            if result.reason is UnscorableReason.INVALID_SUITE:
                raise ProblemError(Slug.INVALID_SUITE, result.detail)
            raise ProblemError(
                Slug.NOT_SCORED, f"no verdict ({result.reason}): {result.detail}", retry_after_s=1
            )
