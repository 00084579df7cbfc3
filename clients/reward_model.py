"""Sends groups of candidates to a reward-model service and returns raw scores.

``AsyncRewardModel`` is the client; ``RewardModel`` is the same client for synchronous code. Many tasks or threads may
share one. Both can be passed as a scorer: ``best_of_n(..., by="rm", scorer=RewardModel())``.
``clients.contract.scoring`` documents the numbers, ``clients.errors`` the errors, and ``clients._transport.http`` the
retries.

If the service fails to score a candidate, and the candidate is not at fault, the client requests the score once more.
If that fails too, the score is ``None``.
"""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, Self, TypedDict, TypeVar, Unpack

from pydantic import BaseModel

from clients._transport import portal
from clients._transport.answers import parse_answer
from clients._transport.concurrency import run_concurrently
from clients._transport.http import Service
from clients._transport.replicas import Replicas
from clients._transport.scoring_requests import (
    Prompt,
    build_scoring_request,
    check_candidates,
    check_prompt,
    merge,
    split,
)
from clients.config import DEFAULT_URL, REWARD_MODEL_URL, ClientConfig
from clients.contract.scoring import (
    CandidateScore,
    Group,
    ModelInfo,
    RenderResponse,
    ScoringRequest,
    ScoringResponse,
    Truncation,
)
from clients.errors import NotFoundError, UnauthorizedError
from clients.requests import to_json

SCORES, RENDER, MODEL = "/v1/scores", "/v1/render", "/v1/model"
_SET_ADDRESS = (
    f"set ACECODER_RM_URL to its address (default: {REWARD_MODEL_URL}; the executor's: {DEFAULT_URL})"
)
_SERVICE = Service("reward model", f"start one with `acecoder serve-rm FOLDER`, or {_SET_ADDRESS}")
Response = TypeVar("Response", bound=BaseModel)


class ScoringOptions(TypedDict, total=False):
    """Optional fields of a scoring request; ``ScoringRequest`` documents them and their defaults."""

    format: str | None
    truncation: Truncation | str
    cache: bool
    deadline_s: float | None


class AsyncRewardModel:
    """Scores candidates on a reward-model service.

    ``url`` may be several addresses with commas between them, of replicas that serve the same model. Then a group's
    prompt chooses the replica, so that each prompt is computed and cached on one of them.
    """

    def __init__(
        self, url: str | None = None, *, token: str | None = None, config: ClientConfig | None = None
    ) -> None:
        self.config = (config or ClientConfig.for_reward_model()).with_given(url=url, token=token)
        self._replicas = Replicas(self.config, _SERVICE)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    async def __call__(self, prompt: Prompt, candidates: Sequence[str], /) -> list[float | None]:
        """Return ``score(prompt, candidates)``: best-of-N calls its scorer this way."""
        return await self.score(prompt, candidates)

    async def aclose(self) -> None:
        """Close the connections of this event loop."""
        await self._replicas.aclose()

    async def score(
        self, prompt: Prompt, candidates: Sequence[str], **options: Unpack[ScoringOptions]
    ) -> list[float | None]:
        """Return the raw score of every candidate, ``None`` where it has none. ``score_groups`` returns the reason.

        Raises:
            TypeError, ValueError: an argument is wrong; the message names it and what to do.
            AceCoderError: see ``clients.errors``.
        """
        group = {"prompt": check_prompt(prompt), "candidates": check_candidates(candidates)}
        response = await self.score_groups([group], **options)
        return [candidate.score for candidate in response.groups[0].scores]

    async def score_groups(
        self, groups: Sequence[Group | Mapping[str, Any]], **options: Unpack[ScoringOptions]
    ) -> ScoringResponse:
        """Score groups and return the full answer for each candidate, in the groups' order.

        Groups larger than ``ClientConfig.max_body_bytes`` together are sent as several requests; one group is never
        split.

        Raises:
            TypeError, ValueError: an argument is wrong; the message names it and what to do.
            AceCoderError: see ``clients.errors``.
        """
        request = build_scoring_request(groups, options)
        whole = await self._score(request)
        return await self._retry_unscored(request, whole)

    async def _score(self, request: ScoringRequest) -> ScoringResponse:
        """Send each group to the replica that its prompt belongs to, in parts of at most ``max_body_bytes``."""
        parts = list(
            split(request, self.config.max_body_bytes, lambda group: self._replicas.order(_text(group))[0])
        )
        responses: list[ScoringResponse | None] = [None] * len(parts)

        async def send(index: int) -> None:
            responses[index] = await self._send(SCORES, parts[index].request, ScoringResponse)

        await run_concurrently([partial(send, index) for index in range(len(parts))])
        return merge(parts, [response for response in responses if response is not None])

    async def render(
        self, groups: Sequence[Group | Mapping[str, Any]], **options: Unpack[ScoringOptions]
    ) -> RenderResponse:
        """Return the exact text and tokens that would be scored.

        Raises:
            TypeError, ValueError: an argument is wrong; the message names it and what to do.
            AceCoderError: see ``clients.errors``.
        """
        return await self._send(RENDER, build_scoring_request(groups, options), RenderResponse)

    async def model(self) -> ModelInfo:
        """Return what the service serves: the model, its version and its formats.

        Raises:
            AceCoderError: see ``clients.errors``.
        """
        return await self._request("GET", MODEL, ModelInfo)

    async def _send(self, path: str, request: ScoringRequest, response_class: type[Response]) -> Response:
        read_s = request.deadline_s + self.config.connect_s if request.deadline_s else None
        prompt = _text(request.groups[0]) if request.groups else ""
        return await self._request("POST", path, response_class, to_json(request), read_s, prompt)

    async def _request(
        self,
        method: str,
        path: str,
        response_class: type[Response],
        body: bytes | None = None,
        read_s: float | None = None,
        prompt: str = "",
    ) -> Response:
        try:
            order = self._replicas.order(prompt)
            response = await self._replicas.request(order, method, path, body, read_s=read_s)
        except (NotFoundError, UnauthorizedError) as error:
            raise _for_reward_model(
                error, self.config.url
            ) from None  # the message has all of the first error's
        return parse_answer(response_class.model_validate_json, response, f"a {response_class.__name__}")

    async def _retry_unscored(self, request: ScoringRequest, response: ScoringResponse) -> ScoringResponse:
        """Request groups once more that have a retryable candidate; the others' scores come from the cache."""
        retried = [
            index
            for index, group in enumerate(response.groups)
            if any(candidate.retryable for candidate in group.scores)
        ]
        if not retried:
            return response
        groups = [request.groups[index] for index in retried]
        second = await self._score(request.model_copy(update={"groups": groups}))
        replaced = dict(zip(retried, second.groups, strict=True))
        merged = [replaced.get(index, group) for index, group in enumerate(response.groups)]
        return response.model_copy(update={"groups": merged})


class RewardModel:
    """Scores candidates on a reward-model service, for synchronous code.

    It does what ``AsyncRewardModel`` does, and also works inside a running event loop.
    """

    def __init__(
        self, url: str | None = None, *, token: str | None = None, config: ClientConfig | None = None
    ) -> None:
        self._core = AsyncRewardModel(url, token=token, config=config)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __call__(self, prompt: Prompt, candidates: Sequence[str], /) -> list[float | None]:
        """Return ``score(prompt, candidates)``: best-of-N calls its scorer this way."""
        return self.score(prompt, candidates)

    @property
    def config(self) -> ClientConfig:
        """Where the service is."""
        return self._core.config

    def close(self) -> None:
        """Close the connections."""
        portal.run(self._core.aclose)

    def score(
        self, prompt: Prompt, candidates: Sequence[str], **options: Unpack[ScoringOptions]
    ) -> list[float | None]:
        """Return the raw score of every candidate, ``None`` where it has none. ``score_groups`` returns the reason.

        Raises:
            TypeError, ValueError: an argument is wrong; the message names it and what to do.
            AceCoderError: see ``clients.errors``.
        """
        return portal.run(partial(self._core.score, prompt, candidates, **options))

    def score_groups(
        self, groups: Sequence[Group | Mapping[str, Any]], **options: Unpack[ScoringOptions]
    ) -> ScoringResponse:
        """Score groups and return the full answer for each candidate, in the groups' order.

        Groups larger than ``ClientConfig.max_body_bytes`` together are sent as several requests; one group is never
        split.

        Raises:
            TypeError, ValueError: an argument is wrong; the message names it and what to do.
            AceCoderError: see ``clients.errors``.
        """
        return portal.run(partial(self._core.score_groups, groups, **options))

    def render(
        self, groups: Sequence[Group | Mapping[str, Any]], **options: Unpack[ScoringOptions]
    ) -> RenderResponse:
        """Return the exact text and tokens that would be scored.

        Raises:
            TypeError, ValueError: an argument is wrong; the message names it and what to do.
            AceCoderError: see ``clients.errors``.
        """
        return portal.run(partial(self._core.render, groups, **options))

    def model(self) -> ModelInfo:
        """Return what the service serves: the model, its version and its formats.

        Raises:
            AceCoderError: see ``clients.errors``.
        """
        return portal.run(self._core.model)


def _text(group: Group) -> str:
    """Return the prompt of a group as one text."""
    return group.prompt if isinstance(group.prompt, str) else "\n".join(turn.content for turn in group.prompt)


def _for_reward_model(
    error: NotFoundError | UnauthorizedError, url: str
) -> NotFoundError | UnauthorizedError:
    """Return the error with the reward model's address and environment variables in place of the executor's."""
    if isinstance(error, UnauthorizedError):
        error.variable = "ACECODER_RM_TOKEN"
        return error
    detail = f"{error.problem.detail} at {url}, which is not the address of a reward model; {_SET_ADDRESS}"
    return NotFoundError(error.problem.model_copy(update={"detail": detail}), error.retry_after_s)


__all__ = ["AsyncRewardModel", "CandidateScore", "RewardModel", "ScoringOptions"]
