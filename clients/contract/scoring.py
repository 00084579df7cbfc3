"""Defines the scoring of groups of candidates by a reward model, and its answer: one score per candidate.

A group is a prompt and its N candidates; the tokens that they share are computed once. Scores are raw, without
sigmoid or normalisation. Scores of one model can be compared, best within one group.
"""

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from clients.contract.base import NotBool, RequestModel, ResponseModel

MAX_GROUPS = 100_000
"""Groups of one request: more than a key may have candidates in flight. A longer list is refused before it is read."""


class Message(RequestModel):
    """One turn of a conversation."""

    role: str
    """``system``, ``user``, ``assistant``, or another that the model's chat template knows."""
    content: str
    """The text."""


class Truncation(StrEnum):
    """What is done with a candidate that, with its prompt, is longer than the model's limit."""

    ERROR = "error"
    """It is not scored, and its ``error`` gives its length."""
    MIDDLE = "middle"
    """Tokens in the middle of the candidate are left out; the prompt and the scored end stay. A prompt that leaves
    no room for a candidate is still an error."""


class Group(RequestModel):
    """One prompt and the answers to it."""

    prompt: str | list[Message]
    """The question as text (one user turn), or the conversation so far."""
    candidates: list[str]
    """The answers, each one assistant turn. May be empty."""
    id: Annotated[str, Field(max_length=200)] | None = None
    """Copied into the answer. It need not be unique."""
    test: str | None = None
    """A test that is shown with the question, by the formats that show one; the other formats ignore it."""


class ScoringRequest(RequestModel):
    """Body of ``POST /v1/scores`` and of ``POST /v1/render``."""

    groups: Annotated[list[Group], Field(max_length=MAX_GROUPS)]
    """The groups to score, at most 100,000. Results keep this order. The list may be empty."""
    format: str | None = None
    """Name of the format that turns a conversation into tokens; ``GET /v1/model`` lists the formats. Default: the
    server's."""
    truncation: Truncation = Truncation.ERROR
    """What is done with candidates that are too long."""
    cache: bool = True
    """Whether the service may use earlier scores of the same tokens, and keep the new ones."""
    deadline_s: Annotated[float, Field(gt=0), NotBool] | None = None
    """Seconds after which candidates that are not scored yet get an ``error``. Default: the server's."""


class CandidateScore(ResponseModel):
    """The score of one candidate. It has either ``score`` or ``error``."""

    score: float | None = None
    """The raw score: the fp32 output of the model's head. Higher is better."""
    rank: int | None = None
    """1 for the best of the group; equal scores share a rank."""
    tokens: int = 0
    """Number of tokens of the whole conversation as it was scored."""
    truncated: bool = False
    """Whether tokens were left out."""
    cached: bool = False
    """Whether the score was computed for an earlier request, or for an equal candidate of this one."""
    error: str | None = None
    """Why there is no score, and what to do."""
    retryable: bool = False
    """Whether scoring the same candidate may succeed later: the service failed, not the candidate."""


class GroupScores(ResponseModel):
    """The scores of one group."""

    id: str | None = None
    """The ``id`` of the request's group."""
    scores: list[CandidateScore]
    """N scores, in the candidates' order."""
    shared_tokens: int = 0
    """Number of tokens that all conversations of the group begin with."""


class ScoringUsage(ResponseModel):
    """The tokens that a request needed, and those it saved."""

    tokens: int = 0
    """Tokens of all scored candidates, with the prompt counted once per candidate."""
    computed: int = 0
    """Tokens that the model computed for them. Tokens shared with other requests count in one of them."""
    saved: int = 0
    """``tokens`` minus ``computed``: saved by shared prompts, by equal candidates and by the cache."""


class ModelInfo(ResponseModel):
    """The model that the service serves; body of ``GET /v1/model``."""

    model: str
    """Name of the model."""
    version: str
    """A fingerprint of the weights: equal versions give equal scores."""
    backend: str
    """Name of the backend that computes the scores."""
    dtype: str = ""
    """Number type of the backbone; the head is fp32."""
    layout: str = ""
    """How the checkpoint stores the head."""
    format: str = ""
    """Name of the default format."""
    formats: list[str] = []  # noqa: RUF012 - pydantic copies defaults
    """Names of the formats that a request may use."""
    max_tokens: int = 0
    """Number of tokens of the longest conversation that it scores; 0: not known."""
    sharing: str = ""
    """How prompts are shared: the attention that passed the probe at start-up, or ``off`` and the reason."""


class ScoringResponse(ResponseModel):
    """Answer of ``POST /v1/scores``."""

    model: str
    """Name of the model."""
    version: str
    """A fingerprint of the weights."""
    format: str
    """Name of the format that was used."""
    groups: list[GroupScores]
    """In the order of the request."""
    usage: ScoringUsage = ScoringUsage()
    """The tokens that the request needed, and those it saved."""


class RenderedCandidate(ResponseModel):
    """The exact input of the model for one candidate."""

    text: str = ""
    """The conversation as text."""
    token_ids: list[int] = []  # noqa: RUF012 - pydantic copies defaults
    """The tokens as they are scored, after truncation."""
    scored_position: int = -1
    """Index into ``token_ids`` of the token whose hidden state is scored."""
    scored_token: str = ""
    """That token."""
    truncated: bool = False
    """Whether tokens were left out."""
    error: str | None = None
    """Why it could not be scored."""


class RenderedGroup(ResponseModel):
    """The candidates of one group, rendered."""

    id: str | None = None
    """The ``id`` of the request's group."""
    candidates: list[RenderedCandidate]
    """In the order of the request."""
    shared_tokens: int = 0
    """Number of tokens that all of them begin with."""


class RenderResponse(ResponseModel):
    """Answer of ``POST /v1/render``."""

    model: str
    """Name of the model."""
    format: str
    """Name of the format that was used."""
    groups: list[RenderedGroup]
    """In the order of the request."""
