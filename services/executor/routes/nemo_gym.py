"""``/seed_session`` ``/verify`` ``/aggregate_metrics`` ``/reverify_mode``: NeMo-Gym's wire, as verifiers, prime-rl and
NeMo-Gym's agents speak it.

``/verify`` echoes what it was sent with a reward. Where there is no verdict the two clients want different words.
NeMo-Gym needs an answer, and leaves out a sample with ``mask_sample: true`` and what failed. verifiers takes that for
a number among others, and its 0 for the reward; an error is what it leaves out, so it gets a 503. NeMo-Gym is known by
the marks on its rows, or by ``?no_verdict=mask``. Nothing is kept between calls, so every call may be repeated.
"""

from collections import defaultdict
from statistics import fmean, pstdev
from typing import Any, Literal

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import JSONResponse, Response

from clients.contract import PROBLEMS, CandidateResult, Outcome, Slug, UnscorableReason
from services.common.bodies import described, read_as
from services.common.problems import ProblemError
from services.common.queries import options_of
from services.common.requests import read_body
from services.executor.routes.foreign import Judge
from services.executor.routes.labelled import Sample, ours, refuse_unscorable, request_of, reward_of
from services.executor.routes.options import WireOptions
from services.executor.settings import ExecutorSettings

BUDGET_S = 55.0
"""verifiers hangs up after 60 s; NeMo-Gym's own agents wait for ever."""
_LABELS = ("verifier_metadata", "verification_info", "reward_spec", "ground_truth", "unit_tests")
"""Where a row may carry its tests, beside at its top."""
_MARK = "_ng_"
"""How the names of NeMo-Gym's own fields in a row begin."""
_TASK, _ROLLOUT = "_ng_task_index", "_ng_rollout_index"

_KINDS = {
    Slug.QUEUE_FULL: "provider_quota_exhausted",
    UnscorableReason.INVALID_SUITE: "verifier_error",
}
"""Names of NeMo-Gym's shared vocabulary; for all else ``provider_unavailable``."""


class Verify(BaseModel):
    """The request: a data set's row with the policy's answer."""

    model_config = ConfigDict(extra="allow", use_attribute_docstrings=True)

    responses_create_params: dict[str, Any]
    """What the policy was asked; echoed."""
    response: dict[str, Any]
    """An OpenAI Responses object; echoed."""

    def completion(self) -> str:
        """All ``output_text`` of the response, in order."""
        texts = [
            part["text"]
            for item in self.response.get("output") or ()
            if isinstance(item, dict)
            for part in item.get("content") or ()
            if isinstance(part, dict)
            and part.get("type") == "output_text"
            and isinstance(part.get("text"), str)
        ]
        return "".join(texts)

    def label(self) -> Any:  # noqa: ANN401 - any JSON value
        """The row's tests: in one of the usual fields, else the row itself."""
        row = self.model_extra or {}
        return next((row[name] for name in _LABELS if row.get(name)), row)

    def masks(self, options: "NemoGymOptions") -> bool:
        """Whether the client has the word ``mask_sample``."""
        if options.no_verdict:
            return options.no_verdict == "mask"
        return any(name.startswith(_MARK) for name in self.model_extra or ())


class NemoGymOptions(WireOptions):
    """The query of the URL."""

    no_verdict: Literal["mask", "refuse"] | None = None
    """What is said where there is no verdict. Default: ``mask`` to rows that NeMo-Gym marked, else ``refuse``."""


class AggregateMetrics(BaseModel):
    """The request: answers of ``/verify``, stripped of their texts."""

    model_config = ConfigDict(extra="ignore")

    verify_responses: list[dict[str, Any]] = Field(default_factory=list)


class Routes:
    """The handlers, over what a process shares."""

    def __init__(self, judge: Judge, settings: ExecutorSettings) -> None:
        self._judge = judge
        self._settings = settings

    def router(self) -> APIRouter:
        """The four routes."""
        router = APIRouter(tags=["nemo-gym"])
        router.post("/seed_session")(self.seed_session)
        router.post("/verify", openapi_extra=described(Verify))(self.verify)
        router.post("/aggregate_metrics", openapi_extra=described(AggregateMetrics))(self.aggregate_metrics)
        router.get("/reverify_mode")(self.reverify_mode)
        return router

    async def seed_session(self, request: Request) -> Response:
        """Begin an episode: there is nothing to set up."""
        await read_body(request, self._settings.max_body_bytes)
        return JSONResponse({})

    async def reverify_mode(self) -> str:
        """Whether a sample may be verified again."""
        return "stateless"

    async def verify(self, request: Request) -> Response:
        """Reward a rollout by the tests in its row; NeMo-Gym's wire."""
        asked = await read_as(request, Verify, self._settings.max_body_bytes)
        options = options_of(request, NemoGymOptions)
        execution = request_of(
            [Sample(asked.completion(), asked.label(), "verifier_metadata")], options, self._settings
        )
        echo = asked.model_dump(mode="json")
        masks = asked.masks(options)
        try:
            (result,) = await self._judge.results(execution, budget_s=BUDGET_S, gone=request.is_disconnected)
        except ProblemError as problem:
            if not (masks and PROBLEMS[problem.slug].retryable):
                raise
            return JSONResponse(echo | _masked(problem.slug, problem.detail))
        if masks and ours(result):
            return JSONResponse(echo | _masked(result.reason, f"{result.reason}: {result.detail}"))
        refuse_unscorable([result])
        return JSONResponse(echo | _measured(result, reward_of(result, options)))

    async def aggregate_metrics(self, request: Request) -> Response:
        """Means of all numbers, over tasks and over all rollouts; masked samples count in none."""
        asked = await read_as(request, AggregateMetrics, self._settings.max_body_bytes)
        return JSONResponse(aggregated(asked.verify_responses))


def _measured(result: CandidateResult, reward: float) -> dict[str, Any]:
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


def _masked(why: Slug | UnscorableReason | None, reason: str) -> dict[str, Any]:
    kind = _KINDS.get(why, "provider_unavailable") if why is not None else "provider_unavailable"
    return {
        "reward": 0.0,
        "mask_sample": True,
        "failure_kind": kind,
        "failure_reason": reason,
        "pass_rate": 0.0,
        "cpu_s": 0.0,
        "time_limits": 0.0,
    }


def aggregated(answers: list[dict[str, Any]]) -> dict[str, Any]:
    """NeMo-Gym's ``AggregateMetrics``: per task and over all, each number's mean, max, min and deviation."""
    measured = [answer for answer in answers if not answer.get("mask_sample")]
    by_task: dict[Any, list[dict[str, Any]]] = defaultdict(list)
    for answer in measured:
        by_task[answer.get(_TASK)].append(answer)
    agent = _described(measured) | {"masked": float(len(answers) - len(measured))}
    return {
        "group_level_metrics": [{_TASK: task, **_described(rows)} for task, rows in by_task.items()],
        "agent_metrics": agent,
        "key_metrics": {
            name: agent[name] for name in ("mean/reward", "mean/pass_rate", "masked") if name in agent
        },
    }


def _described(rows: list[dict[str, Any]]) -> dict[str, float]:
    columns: dict[str, list[float]] = defaultdict(list)
    for row in rows:
        for name, value in row.items():
            if isinstance(value, int | float) and name not in (_TASK, _ROLLOUT, "mask_sample"):
                columns[name].append(float(value))
    described: dict[str, float] = {}
    for name, values in columns.items():
        described |= {
            f"mean/{name}": fmean(values),
            f"max/{name}": max(values),
            f"min/{name}": min(values),
            f"std/{name}": pstdev(values),
        }
    return described
