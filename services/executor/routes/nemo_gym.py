"""``/seed_session`` ``/verify`` ``/aggregate_metrics`` ``/reverify_mode``: NeMo-Gym's API, which verifiers, prime-rl
and NeMo-Gym's own agents speak.

``/verify`` returns its request with a reward added. Its two kinds of client need different answers where there is no
verdict:

- NeMo-Gym needs a 200, and leaves out a sample that has ``mask_sample: true`` and says what failed.
- verifiers would take the reward of such an answer, 0, for a real one. It leaves out a sample after an error, so it
  gets a 503.

A row of NeMo-Gym is recognised by the names of its fields (``_MARK``); ``?no_verdict=mask`` in the URL does the same.

A row whose tests cannot be used is a sample without a verdict, too. But until a row of any request of this process was
usable it is refused: then perhaps all rows are wrong, and every sample would be masked in silence. Nothing else is kept
between requests, so every request may be repeated.

Example: ``{"responses_create_params": {…}, "response": {"output": […]}, "ground_truth": ["assert f(1) == 2"]}`` is
answered with the same fields and ``"reward": 1.0, "mask_sample": false, "failure_kind": null, "pass_rate": 1.0, …``.
"""

from dataclasses import dataclass
from typing import Any, Literal

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import JSONResponse, Response

from clients.contract import (
    PROBLEMS,
    CandidateResult,
    ExecutionRequest,
    FieldError,
    Outcome,
    Slug,
    UnscorableReason,
)
from services.common.bodies import read_as
from services.common.foreign import options_of
from services.common.openapi import inline_body
from services.common.problem_error import ProblemError
from services.common.requests import read_body
from services.executor.routes.bad_rows import is_about_row
from services.executor.routes.foreign import Judge
from services.executor.routes.labelled import (
    LabelledSample,
    lacks_verdict,
    refuse_unscorable,
    request_of,
    reward_of,
)
from services.executor.routes.nemo_gym_metrics import aggregate, find_fault
from services.executor.routes.options import JudgingOptions
from services.executor.settings import ExecutorSettings

BUDGET_S = 55.0
"""verifiers hangs up after 60 s; NeMo-Gym's own agents never do."""
_LABELS = ("verifier_metadata", "verification_info", "reward_spec", "ground_truth", "unit_tests")
"""Fields of a row that may hold its tests. If it has none of them, the row itself is the label."""
_WHERE = "verifier_metadata"
"""Field that messages about a row's tests name."""
_MARK = "_ng_"
"""Prefix of the fields that NeMo-Gym adds to a row."""

_FAILURE_KINDS = {
    Slug.QUEUE_FULL: "provider_quota_exhausted",
    UnscorableReason.INVALID_SUITE: "verifier_error",
}
"""Values of ``failure_kind``, which NeMo-Gym defines; for every other cause it is ``provider_unavailable``."""


class Verify(BaseModel):
    """The request: a row of a data set with the policy's response."""

    model_config = ConfigDict(extra="allow", use_attribute_docstrings=True)

    responses_create_params: dict[str, Any]
    """The request to the policy. Returned unchanged."""
    response: dict[str, Any]
    """An OpenAI Responses object. Returned unchanged."""

    def completion(self) -> str:
        """Return all ``output_text`` of the response, in order. A message whose content is a text has that text.

        Raises:
            ProblemError: the output, or the content of an item, is no list, so the completion cannot be read.
        """
        return "".join(
            part["text"]
            for at, item in enumerate(_list(self.response.get("output"), "response.output"))
            if isinstance(item, dict)
            for part in _parts(item.get("content"), f"response.output[{at}].content")
            if isinstance(part, dict)
            and part.get("type") == "output_text"
            and isinstance(part.get("text"), str)
        )

    def label(self) -> Any:  # noqa: ANN401 - any JSON value
        """Return the row's tests: the first of ``_LABELS`` that it has, else the row itself."""
        row = self.model_extra or {}
        return next((row[name] for name in _LABELS if row.get(name)), row)

    def masks(self, options: "NemoGymOptions") -> bool:
        """Whether the client understands ``mask_sample``."""
        if options.no_verdict:
            return options.no_verdict == "mask"
        return any(name.startswith(_MARK) for name in self.model_extra or ())


def _parts(content: Any, field: str) -> list[Any]:  # noqa: ANN401 - any JSON value
    if isinstance(content, str):
        return [{"type": "output_text", "text": content}]
    return _list(content, field)


def _list(value: Any, field: str) -> list[Any]:  # noqa: ANN401 - any JSON value
    if value is None:
        return []
    if not isinstance(value, list):
        raise _invalid(field, "should be a list")
    return value


def _invalid(field: str, message: str) -> ProblemError:
    errors = [FieldError(field=field, message=message)]
    return ProblemError(Slug.INVALID_REQUEST, f"{field}: {message}", errors=errors)


class NemoGymOptions(JudgingOptions):
    """The options in the URL."""

    no_verdict: Literal["mask", "refuse"] | None = None
    """How a missing verdict is answered. Default: ``mask`` for rows of NeMo-Gym, else ``refuse``."""


class AggregateMetrics(BaseModel):
    """The request: responses of ``/verify`` without their texts."""

    model_config = ConfigDict(extra="ignore")

    verify_responses: list[dict[str, Any]] = Field(default_factory=list)


def router(judge: Judge, settings: ExecutorSettings) -> APIRouter:
    """Return the four routes."""
    routes = APIRouter(tags=["nemo-gym"])
    usable_rows = _UsableRows()

    @routes.post("/seed_session")
    async def seed_session(request: Request) -> Response:
        """Begin an episode. Does nothing: there is nothing to set up."""
        await read_body(request, settings.max_body_bytes)
        return JSONResponse({})

    @routes.post("/verify", openapi_extra=inline_body(Verify))
    async def verify(request: Request) -> Response:
        """Reward a rollout by the tests in its row: NeMo-Gym's API."""
        body = await read_as(request, Verify, settings.max_body_bytes)
        options = options_of(request, NemoGymOptions)
        sample = LabelledSample(body.completion(), body.label(), _WHERE, row=body.model_extra)
        try:
            execution = request_of([sample], options, settings)
            answer = await _verified(judge, execution, request, options, masks=body.masks(options))
        except ProblemError as error:
            if not (body.masks(options) and usable_rows.is_any and is_about_row(error, [_WHERE])):
                raise
            answer = _masked(UnscorableReason.INVALID_SUITE, error.detail)
        usable_rows.is_any |= not answer["mask_sample"]
        return JSONResponse(body.model_dump(mode="json") | answer)

    @routes.post("/aggregate_metrics", openapi_extra=inline_body(AggregateMetrics))
    async def aggregate_metrics(request: Request) -> Response:
        """Return the means of all numbers, per task and over all rollouts, without masked samples."""
        body = await read_as(request, AggregateMetrics, settings.max_body_bytes)
        if fault := find_fault(body.verify_responses):
            raise _invalid(*fault)
        return JSONResponse(aggregate(body.verify_responses))

    @routes.get("/reverify_mode")
    async def reverify_mode() -> str:
        """Answer that a sample may be verified again."""
        return "stateless"

    return routes


@dataclass
class _UsableRows:
    """What this process knows about the rows that it gets."""

    is_any: bool = False
    """Whether a row had tests that could be used."""


async def _verified(
    judge: Judge, execution: ExecutionRequest, request: Request, options: NemoGymOptions, *, masks: bool
) -> dict[str, Any]:
    """Judge one rollout; return the fields of the answer. ``masks``: one without a verdict is masked, not refused."""
    try:
        (result,) = await judge.judge(execution, budget_s=BUDGET_S, sender=request)
    except ProblemError as error:
        if not (masks and PROBLEMS[error.slug].retryable):
            raise
        return _masked(error.slug, error.detail)
    if masks and lacks_verdict(result):
        return _masked(result.reason, f"{result.reason}: {result.detail}")
    refuse_unscorable([result])
    return _rewarded(result, reward_of(result, options))


def _rewarded(result: CandidateResult, reward: float) -> dict[str, Any]:
    outcomes = [test.outcome for test in result.tests]
    return {
        "reward": reward,
        "mask_sample": False,
        "failure_kind": None,
        "failure_reason": None,
        "pass_rate": float(result.pass_rate or 0.0),
        "cpu_s": float(result.cpu_s),
        "time_limits": float(outcomes.count(Outcome.TIME_LIMIT)),
    }


def _masked(cause: Slug | UnscorableReason | None, reason: str) -> dict[str, Any]:
    kind = _FAILURE_KINDS.get(cause, "provider_unavailable") if cause is not None else "provider_unavailable"
    return {
        "reward": 0.0,
        "mask_sample": True,
        "failure_kind": kind,
        "failure_reason": reason,
        "pass_rate": 0.0,
        "cpu_s": 0.0,
        "time_limits": 0.0,
    }
