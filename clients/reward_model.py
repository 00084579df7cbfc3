"""The reward model's client: groups of candidates in, raw scores out.

``AsyncRewardModel`` is the client; ``RewardModel`` is the same one for synchronous code. Both may be used by many tasks
or threads at once, and are scorers as they stand: ``best_of_n(..., by="rm", scorer=RewardModel())``. What the numbers
mean is ``clients.contract.scoring``'s; retries and errors are ``clients._transport.http``'s and ``clients.errors``'.

A candidate that the service could not score for a reason of its own is asked about once more; then its score is
``None``.
"""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, Self, TypedDict, TypeVar, Unpack

from pydantic import BaseModel, ValidationError

from clients._transport import portal
from clients._transport.concurrency import run_concurrently
from clients._transport.groups import (
    Prompt,
    build_scoring_request,
    check_candidates,
    check_prompt,
    merge,
    split,
)
from clients._transport.http import Http
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
from clients.errors import CannotConnectError, NotFoundError, ProtocolError, UnauthorizedError
from clients.requests import to_json

SCORES, RENDER, MODEL = "/v1/scores", "/v1/render", "/v1/model"
_WHERE = f"say where it is with ACECODER_RM_URL (default {REWARD_MODEL_URL}; an executor's is {DEFAULT_URL})"
Answer = TypeVar("Answer", bound=BaseModel)


class ScoringOptions(TypedDict, total=False):
    """What a request may say besides its groups; the contract tells each one's default."""

    format: str | None
    truncation: Truncation | str
    cache: bool
    deadline_s: float | None


class AsyncRewardModel:
    """Scores candidates on a reward-model service."""

    def __init__(
        self, url: str | None = None, *, token: str | None = None, config: ClientConfig | None = None
    ) -> None:
        self.config = (config or ClientConfig.for_reward_model()).with_given(url=url, token=token)
        self._http = Http(self.config)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    async def __call__(self, prompt: Prompt, candidates: Sequence[str], /) -> list[float | None]:
        """As ``score``: what best-of-N asks of a scorer."""
        return await self.score(prompt, candidates)

    async def aclose(self) -> None:
        """Close the connections of this event loop."""
        await self._http.aclose()

    async def score(
        self, prompt: Prompt, candidates: Sequence[str], **options: Unpack[ScoringOptions]
    ) -> list[float | None]:
        """Return the raw score of every candidate; ``None`` where there is none: ``score_groups`` says why.

        Raises:
            TypeError, ValueError: an argument is wrong; the message names it and the fix.
            AceCoderError: see ``clients.errors``.
        """
        group = {"prompt": check_prompt(prompt), "candidates": check_candidates(candidates)}
        response = await self.score_groups([group], **options)
        return [each.score for each in response.groups[0].scores]

    async def score_groups(
        self, groups: Sequence[Group | Mapping[str, Any]], **options: Unpack[ScoringOptions]
    ) -> ScoringResponse:
        """Score groups and return everything that is known of each candidate, in their order.

        Groups above the body size go out as several requests; a group is never cut.

        Raises:
            TypeError, ValueError: an argument is wrong; the message names it and the fix.
            AceCoderError: see ``clients.errors``.
        """
        request = build_scoring_request(groups, options)
        parts = list(split(request, self.config.max_body_bytes))
        answers: list[ScoringResponse | None] = [None] * len(parts)

        async def send(at: int) -> None:
            answers[at] = await self._send(SCORES, parts[at], ScoringResponse)

        await run_concurrently([partial(send, at) for at in range(len(parts))])
        return await self._again(request, merge([each for each in answers if each is not None]))

    async def render(
        self, groups: Sequence[Group | Mapping[str, Any]], **options: Unpack[ScoringOptions]
    ) -> RenderResponse:
        """Return the exact text and tokens that would be scored.

        Raises:
            TypeError, ValueError: an argument is wrong; the message names it and the fix.
            AceCoderError: see ``clients.errors``.
        """
        return await self._send(RENDER, build_scoring_request(groups, options), RenderResponse)

    async def model(self) -> ModelInfo:
        """What the service serves.

        Raises:
            AceCoderError: see ``clients.errors``.
        """
        return await self._ask("GET", MODEL, ModelInfo)

    async def _send(self, path: str, request: ScoringRequest, answer: type[Answer]) -> Answer:
        read_s = request.deadline_s + self.config.connect_s if request.deadline_s else None
        return await self._ask("POST", path, answer, to_json(request), read_s)

    async def _ask(
        self,
        method: str,
        path: str,
        answer: type[Answer],
        body: bytes | None = None,
        read_s: float | None = None,
    ) -> Answer:
        try:
            response = await self._http.request(method, path, body, read_s=read_s)
        except (CannotConnectError, NotFoundError, UnauthorizedError) as error:
            raise _with_the_fix(error, self.config.url) from None  # it says all that the first one said
        return _read(response, answer)

    async def _again(self, request: ScoringRequest, response: ScoringResponse) -> ScoringResponse:
        """Ask once more about groups with a candidate that may yet be scored; what was scored comes from the cache."""
        retried = [at for at, group in enumerate(response.groups) if any(e.retryable for e in group.scores)]
        if not retried:
            return response
        groups = [request.groups[at] for at in retried]
        second = await self._send(SCORES, request.model_copy(update={"groups": groups}), ScoringResponse)
        found = dict(zip(retried, second.groups, strict=True))
        every = [found.get(at, group) for at, group in enumerate(response.groups)]
        return response.model_copy(update={"groups": every})


class RewardModel:
    """``AsyncRewardModel`` for synchronous code; works inside a running event loop too."""

    def __init__(
        self, url: str | None = None, *, token: str | None = None, config: ClientConfig | None = None
    ) -> None:
        self._core = AsyncRewardModel(url, token=token, config=config)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __call__(self, prompt: Prompt, candidates: Sequence[str], /) -> list[float | None]:
        """As ``AsyncRewardModel.__call__``."""
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
        """As ``AsyncRewardModel.score``."""
        return portal.run(partial(self._core.score, prompt, candidates, **options))

    def score_groups(
        self, groups: Sequence[Group | Mapping[str, Any]], **options: Unpack[ScoringOptions]
    ) -> ScoringResponse:
        """As ``AsyncRewardModel.score_groups``."""
        return portal.run(partial(self._core.score_groups, groups, **options))

    def render(
        self, groups: Sequence[Group | Mapping[str, Any]], **options: Unpack[ScoringOptions]
    ) -> RenderResponse:
        """As ``AsyncRewardModel.render``."""
        return portal.run(partial(self._core.render, groups, **options))

    def model(self) -> ModelInfo:
        """As ``AsyncRewardModel.model``."""
        return portal.run(self._core.model)


def _with_the_fix(
    error: CannotConnectError | NotFoundError | UnauthorizedError, url: str
) -> CannotConnectError | NotFoundError | UnauthorizedError:
    """Return the error in the words of this service: its command and its variables."""
    if isinstance(error, UnauthorizedError):
        error.variable = "ACECODER_RM_TOKEN"
        return error
    if isinstance(error, NotFoundError):
        said = f"{error.problem.detail} at {url}, which is no reward model's address; {_WHERE}"
        return NotFoundError(error.problem.model_copy(update={"detail": said}), error.retry_after_s)
    found = str(error).partition("; start the services")[0]
    return CannotConnectError(f"{found}; start a reward model with `acecoder serve-rm FOLDER`, or {_WHERE}")


def _read(response: Any, answer: type[Answer]) -> Answer:  # noqa: ANN401 - of the HTTP library
    try:
        return answer.model_validate_json(response.content)
    except ValidationError as error:
        raise ProtocolError(f"{response.url}: not a {answer.__name__} ({error})") from error


__all__ = ["AsyncRewardModel", "CandidateScore", "RewardModel", "ScoringOptions"]
