"""``POST /get_reward``: OpenRLHF's API for a remote reward (``--reward.remote_url``; before April 2026
``--remote_rm_url``).

A query is prompt and completion, decoded with special tokens. The completion is what follows the prompt; where the
prompt is not found, what follows the last mark that begins a model's turn. A row with neither is refused: code in the
prompt must not earn. A label is the value of the data set's column, unchanged.
The API cannot say "no verdict", so that is answered 503, which OpenRLHF tries five times. A row whose tests cannot be
used is answered 422, or the reward that ``?bad_row_reward=`` names. Every sample has the same log columns, all floats.

Example: ``{"query": ["<|user|>…<|assistant|>…"], "prompts": ["<|user|>…<|assistant|>"], "labels":
[["assert f(1) == 2"]]}`` is answered ``{"rewards": [1.0], "scores": [1.0], "extra_logs": {"pass_rate": [1.0], …}}``.
"""

from collections.abc import Sequence
from typing import Any

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, model_validator
from starlette.responses import JSONResponse, Response

from clients.completions import PromptNotFoundError, completion_of
from clients.contract import CandidateResult, FieldError, Outcome, Slug
from clients.testspecs import ground_truth_key
from services.common.bodies import read_as
from services.common.foreign import MAX_ROWS_NAMED, options_of
from services.common.openapi import inline_body
from services.common.problem_error import ProblemError
from services.common.tickets import ticket_of
from services.executor.planning.plan import most_null_programs
from services.executor.routes.bad_rows import RowJudge, RowOptions, reward_of
from services.executor.routes.foreign import Judge
from services.executor.routes.labelled import LabelledSample
from services.executor.settings import ExecutorSettings

BUDGET_S = 170.0
"""OpenRLHF hangs up after 180 s."""


class GetReward(BaseModel):
    """The request. A single sample may come without lists."""

    model_config = ConfigDict(extra="ignore", use_attribute_docstrings=True)

    query: list[str]
    """Prompt and completion, decoded with special tokens."""
    prompts: list[Any] = []
    """The rendered prompts: none, or one per query. An empty text says that the query is the completion alone."""
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

    def completions(self) -> list[tuple[str, bool]]:
        """Return the completion in each query, and whether the query's prompt was found in it.

        Raises:
            ProblemError: in some rows the completion cannot be told from the prompt.
        """
        completions, errors = [], []
        for row, query in enumerate(self.query):
            prompt = self.prompts[row] if self.prompts else None
            try:
                completions.append(completion_of(query, prompt if isinstance(prompt, str) else None))
            except PromptNotFoundError as error:
                errors.append(FieldError(field=f"prompts[{row}]", message=str(error)))
        if errors:
            detail = f"{errors[0].field}: {errors[0].message}"
            raise ProblemError(Slug.INVALID_REQUEST, detail, errors=errors[:MAX_ROWS_NAMED])
        return completions


def router(judge: Judge, settings: ExecutorSettings) -> APIRouter:
    """Return the route, with and without a slash at its end."""
    routes = APIRouter(tags=["openrlhf"])
    rows = RowJudge(judge, settings, BUDGET_S)

    @routes.post("/get_reward", openapi_extra=inline_body(GetReward))
    @routes.post("/get_reward/", include_in_schema=False)
    async def get_reward(request: Request) -> Response:
        """Reward completions by the tests in their labels: OpenRLHF's API."""
        body = await read_as(request, GetReward, settings.max_body_bytes)
        options = options_of(request, RowOptions)
        if not body.query:
            return JSONResponse(_response_body([], [], options))
        completions = body.completions()
        samples = [
            LabelledSample(text, label, f"labels[{row}]")
            for row, ((text, _), label) in enumerate(zip(completions, body.labels, strict=True))
        ]
        suites = len({ground_truth_key(label) for label in body.labels})
        programs = len(samples) + most_null_programs(options.weak_tests, suites)
        ticket_of(request).count_items(
            programs, settings.max_candidates_per_key, "candidates",
            run=options.run or "", run_limit=settings.max_candidates_per_run,
        )  # fmt: skip
        results = await rows.judge(samples, options, request)
        return JSONResponse(
            _response_body(results, [prompt_found for _, prompt_found in completions], options)
        )

    return routes


def _response_body(
    results: Sequence[CandidateResult | None], prompt_found: Sequence[bool], options: RowOptions
) -> dict[str, Any]:
    outcomes_NT = [[test.outcome for test in result.tests] if result else [] for result in results]
    rates = [float(result.pass_rate or 0.0) if result else 0.0 for result in results]
    return {
        "rewards": [reward_of(result, options) for result in results],
        "scores": rates,
        "extra_logs": {
            "pass_rate": rates,
            "all_passed": [float(rate == 1.0) for rate in rates],
            "cpu_s": [float(result.cpu_s) if result else 0.0 for result in results],
            "time_limits": [float(outcomes.count(Outcome.TIME_LIMIT)) for outcomes in outcomes_NT],
            "syntax_error": [float(Outcome.SYNTAX_ERROR in outcomes) for outcomes in outcomes_NT],
            "prompt_found": [float(value) for value in prompt_found],
            "bad_row": [float(result is None) for result in results],
        },
    }
