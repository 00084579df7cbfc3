"""Scoring: groups of candidates go in, one reward-model score per candidate comes out.

A group is a prompt and its N candidates: what they share is computed once. Scores are raw: no sigmoid, no
normalisation, comparable within a model and best compared within a group.
"""

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from clients.contract.base import NotBool, RequestModel, ResponseModel


class Message(RequestModel):
    """One turn of a conversation."""

    role: str
    """``system``, ``user``, ``assistant``, or another that the model's chat template knows."""
    content: str
    """The text."""


class Truncation(StrEnum):
    """What becomes of a candidate that is longer, with its prompt, than the model takes."""

    ERROR = "error"
    """It is not scored, and its ``error`` says how long it is."""
    MIDDLE = "middle"
    """Tokens in the middle of the candidate are left out: the prompt and the scored end stay. A prompt that leaves
    no room is still an error."""


class Group(RequestModel):
    """One prompt and what was answered to it."""

    prompt: str | list[Message]
    """The question as text (one user turn), or the conversation so far."""
    candidates: list[str]
    """The answers, each one assistant turn. May be empty."""
    id: Annotated[str, Field(max_length=200)] | None = None
    """Echoed. Need not be unique."""
    test: str | None = None
    """A test shown beside the question, by formats that show one; others leave it out."""


class ScoringRequest(RequestModel):
    """Body of ``POST /v1/scores``; of ``POST /v1/render`` too."""

    groups: list[Group]
    """What to score. Results keep this order. May be empty."""
    format: str | None = None
    """How a conversation becomes tokens; default: the server's. ``GET /v1/model`` lists them."""
    truncation: Truncation = Truncation.ERROR
    """What becomes of candidates that are too long."""
    cache: bool = True
    """Whether a score found earlier for the same tokens may be used, and these kept."""
    deadline_s: Annotated[float, Field(gt=0), NotBool] | None = None
    """Seconds after which candidates not yet scored get an ``error``. Default: the server's."""


class CandidateScore(ResponseModel):
    """What the model says of one candidate. Either ``score`` or ``error`` is there."""

    score: float | None = None
    """The raw score: the head's fp32 output. The higher the better."""
    rank: int | None = None
    """1 for the best of the group; equal scores share a rank."""
    tokens: int = 0
    """Tokens of the whole conversation as scored."""
    truncated: bool = False
    """Whether tokens were left out."""
    cached: bool = False
    """Whether the score was found earlier, or for an equal candidate of this request."""
    error: str | None = None
    """Why there is no score, and what to do."""
    retryable: bool = False
    """Whether the same candidate may be scored later: the service, not the candidate, is at fault."""


class GroupScores(ResponseModel):
    """The scores of one group."""

    id: str | None = None
    """As asked."""
    scores: list[CandidateScore]
    """N of them, in the candidates' order."""
    shared_tokens: int = 0
    """Tokens that all candidates of the group begin with."""


class ScoringUsage(ResponseModel):
    """What a request cost."""

    tokens: int = 0
    """Tokens of all candidates that were scored, prompts counted for each."""
    computed: int = 0
    """Tokens that went through the model for them; work shared with other requests is counted in part."""
    saved: int = 0
    """``tokens`` less ``computed``: by sharing prompts, by equal candidates and by the cache."""


class ModelInfo(ResponseModel):
    """What is being served; body of ``GET /v1/model``."""

    model: str
    """Its name."""
    version: str
    """A fingerprint of the weights: equal versions give equal scores."""
    backend: str
    """What computes the scores."""
    dtype: str = ""
    """Of the backbone; the head is fp32."""
    layout: str = ""
    """How the head was stored."""
    format: str = ""
    """The default format."""
    formats: list[str] = []  # noqa: RUF012 - pydantic copies defaults
    """Those that a request may name."""
    max_tokens: int = 0
    """The longest conversation it scores; 0: not known."""
    sharing: str = ""
    """How prompts are shared: the attention that passed the start-up probe, or ``off`` and why."""


class ScoringResponse(ResponseModel):
    """Answer of ``POST /v1/scores``."""

    model: str
    """Its name."""
    version: str
    """A fingerprint of the weights."""
    format: str
    """The format that was used."""
    groups: list[GroupScores]
    """In the order of the request."""
    usage: ScoringUsage = ScoringUsage()
    """What it cost."""


class RenderedCandidate(ResponseModel):
    """Exactly what the model would see of one candidate."""

    text: str = ""
    """The conversation as text."""
    token_ids: list[int] = []  # noqa: RUF012 - pydantic copies defaults
    """As scored, after truncation."""
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
    """As asked."""
    candidates: list[RenderedCandidate]
    """In order."""
    shared_tokens: int = 0
    """Tokens that all of them begin with."""


class RenderResponse(ResponseModel):
    """Answer of ``POST /v1/render``."""

    model: str
    """Its name."""
    format: str
    """The format that was used."""
    groups: list[RenderedGroup]
    """In the order of the request."""
