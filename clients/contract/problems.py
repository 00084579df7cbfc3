"""Errors on the wire: RFC 9457 problem details, and the one table both sides read.

``type`` is ``/problems/<slug>``, relative to the service that answers (RFC 9457, section 3.1.1); there the service
has ``docs/errors/<slug>.md``, which tells a user what to do about it.
"""

from enum import StrEnum
from typing import NamedTuple

from pydantic import BaseModel, ConfigDict


class Slug(StrEnum):
    """Every kind of problem a service reports."""

    INVALID_REQUEST = "invalid-request"
    """A field is missing, unknown or out of range; ``errors`` names each."""
    MALFORMED_JSON = "malformed-json"
    """The body is not JSON."""
    LIMIT_ABOVE_CAP = "limit-above-cap"
    """A limit is above what the server allows; ``errors`` names it and the cap."""
    UNKNOWN_ENVIRONMENT = "unknown-environment"
    """No such environment; ``detail`` lists those there are."""
    INVALID_SUITE = "invalid-suite"
    """A suite has no valid test, or its valid tests weigh nothing."""
    BODY_TOO_LARGE = "body-too-large"
    """The body is above the server's cap; send fewer candidates at a time."""
    UNAUTHORIZED = "unauthorized"
    """The token is missing or wrong."""
    NOT_FOUND = "not-found"
    """No such route, or no such job (jobs are kept for an hour)."""
    METHOD_NOT_ALLOWED = "method-not-allowed"
    """The route exists, for other methods."""
    TOO_MANY_REQUESTS = "too-many-requests"
    """The caller's key, or the service, has too much in flight; ``Retry-After`` says when to come back."""
    QUEUE_FULL = "queue-full"
    """Too much work is waiting; ``Retry-After`` says when to come back."""
    QUEUE_UNAVAILABLE = "queue-unavailable"
    """Redis does not answer; nothing was accepted."""
    NOT_SCORED = "not-scored"
    """A candidate got no score by no fault of its own, and the wire has no word for that in an answer."""
    STOPPING = "stopping"
    """The service was told to stop before the answer was ready; another, or the next, will do it."""
    INTERNAL = "internal"
    """A fault of the service; the log has the request id."""


class ProblemKind(NamedTuple):
    """A row of the table."""

    status: int
    retryable: bool
    title: str


PROBLEMS: dict[Slug, ProblemKind] = {
    Slug.INVALID_REQUEST: ProblemKind(422, False, "The request is not valid"),
    Slug.MALFORMED_JSON: ProblemKind(400, False, "The body is not JSON"),
    Slug.LIMIT_ABOVE_CAP: ProblemKind(422, False, "A limit is above the server's cap"),
    Slug.UNKNOWN_ENVIRONMENT: ProblemKind(422, False, "The environment does not exist"),
    Slug.INVALID_SUITE: ProblemKind(422, False, "A suite cannot be used"),
    Slug.BODY_TOO_LARGE: ProblemKind(413, False, "The body is too large"),
    Slug.UNAUTHORIZED: ProblemKind(401, False, "The token is missing or wrong"),
    Slug.NOT_FOUND: ProblemKind(404, False, "Not found"),
    Slug.METHOD_NOT_ALLOWED: ProblemKind(405, False, "Method not allowed"),
    Slug.TOO_MANY_REQUESTS: ProblemKind(429, True, "Too much is in flight"),
    Slug.QUEUE_FULL: ProblemKind(503, True, "The queue is full"),
    Slug.QUEUE_UNAVAILABLE: ProblemKind(503, True, "The queue is unavailable"),
    Slug.NOT_SCORED: ProblemKind(503, True, "A candidate got no score"),
    Slug.STOPPING: ProblemKind(503, True, "The service is stopping"),
    Slug.INTERNAL: ProblemKind(500, True, "The service failed"),
}


class FieldError(BaseModel):
    """One thing wrong with a request."""

    model_config = ConfigDict(extra="ignore", use_attribute_docstrings=True)

    field: str
    """Where: ``candidates[3].program``."""
    message: str
    """What is wrong and what to do."""


class ProblemDetails(BaseModel):
    """The body of every error answer (``application/problem+json``)."""

    model_config = ConfigDict(extra="ignore", use_attribute_docstrings=True)

    type: str
    """``/problems/<slug>``: a page of this service, in plain text, that says what to do."""
    title: str
    """The kind, in words."""
    status: int
    """The HTTP status."""
    detail: str = ""
    """What happened here, and the fix."""
    errors: list[FieldError] = []
    """Each wrong field."""
    request_id: str | None = None
    """What to quote when asking about it."""

    @property
    def slug(self) -> Slug | None:
        """The row of ``PROBLEMS``, or ``None`` for a problem of a newer server."""
        name = self.type.rsplit("/", 1)[-1]
        return Slug(name) if name in Slug._value2member_map_ else None
