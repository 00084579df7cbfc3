"""``POST /get_reward``: OpenRLHF's remote reward (``--reward.remote_url``; before April 2026 ``--remote_rm_url``).

A query is prompt and completion decoded with special tokens; a label is the data set's column as it is. There is no
word for "no verdict": 503, which OpenRLHF tries five times. Every sample has the same log columns, all floats.
"""

from collections.abc import Sequence
from typing import Any

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, model_validator
from starlette.responses import JSONResponse, Response

from clients.completions.transcripts import completion_of
from clients.contract import CandidateResult, Outcome
from services.common.bodies import described, read_as
from services.common.gate import ticket_of
from services.common.queries import options_of
from services.executor.routes.foreign import Judge
from services.executor.routes.labelled import Sample, refuse_unscorable, request_of, reward_of
from services.executor.routes.options import WireOptions
from services.executor.settings import ExecutorSettings

BUDGET_S = 170.0
"""OpenRLHF hangs up after 180 s."""


class GetReward(BaseModel):
    """The request; a lone sample may come without lists."""

    model_config = ConfigDict(extra="ignore", use_attribute_docstrings=True)

    query: list[str]
    """Prompt and completion, decoded with special tokens."""
    prompts: list[Any] = []
    """The templated prompts; empty, or one per query."""
    labels: list[Any] = []
    """One ground truth per query, in any shape."""

    @model_validator(mode="before")
    @classmethod
    def _lists(cls, data: Any) -> Any:  # noqa: ANN401 - any JSON value
        if isinstance(data, dict) and isinstance(data.get("query"), str):
            alone = {name: [data[name]] for name in ("query", "prompts", "labels") if name in data}
            return {**data, **alone}
        return data

    @model_validator(mode="after")
    def _one_label_each(self) -> "GetReward":
        if len(self.labels) != len(self.query):
            raise ValueError(
                f"{len(self.labels)} 'labels' for {len(self.query)} queries; name the column of tests with "
                f"--data.label_key"
            )
        if self.prompts and len(self.prompts) != len(self.query):
            raise ValueError(f"{len(self.prompts)} 'prompts' for {len(self.query)} queries; give one each")
        return self


class Routes:
    """The handler, over what a process shares."""

    def __init__(self, judge: Judge, settings: ExecutorSettings) -> None:
        self._judge = judge
        self._settings = settings

    def router(self) -> APIRouter:
        """The route, with and without a slash at its end."""
        body = described(GetReward)
        router = APIRouter(tags=["openrlhf"])
        router.post("/get_reward", openapi_extra=body)(self.get_reward)
        router.post("/get_reward/", include_in_schema=False)(self.get_reward)
        return router

    async def get_reward(self, request: Request) -> Response:
        """Reward completions by the tests in their labels; OpenRLHF's wire."""
        asked = await read_as(request, GetReward, self._settings.max_body_bytes)
        options = options_of(request, WireOptions)
        if not asked.query:
            return JSONResponse(_told([], [], options))
        prompts = [each if isinstance(each, str) else "" for each in asked.prompts] or [""] * len(asked.query)
        found = [completion_of(query, prompt) for query, prompt in zip(asked.query, prompts, strict=True)]
        samples = [
            Sample(text, label, f"labels[{at}]")
            for at, ((text, _), label) in enumerate(zip(found, asked.labels, strict=True))
        ]
        execution = request_of(samples, options, self._settings)
        ticket_of(request).take(len(samples), self._settings.max_candidates_per_key, "candidates")
        results = await self._judge.results(execution, budget_s=BUDGET_S, gone=request.is_disconnected)
        refuse_unscorable(results)
        return JSONResponse(_told(results, [was_found for _, was_found in found], options))


def _told(
    results: Sequence[CandidateResult], prompt_found: Sequence[bool], options: WireOptions
) -> dict[str, Any]:
    outcomes = [[test.outcome for test in result.tests] for result in results]
    return {
        "rewards": [reward_of(result, options) for result in results],
        "scores": [float(result.pass_rate or 0.0) for result in results],
        "extra_logs": {
            "pass_rate": [float(result.pass_rate or 0.0) for result in results],
            "all_passed": [float(result.pass_rate == 1.0) for result in results],
            "cpu_s": [float(result.cpu_s) for result in results],
            "time_limits": [float(each.count(Outcome.TIME_LIMIT)) for each in outcomes],
            "syntax_error": [float(Outcome.SYNTAX_ERROR in each) for each in outcomes],
            "prompt_found": [float(each) for each in prompt_found],
        },
    }
