"""Defines error answers (RFC 9457 problem details) and the table of error kinds that both sides use.

``type`` is ``/problems/<slug>``, relative to the address of the service (RFC 9457, section 3.1.1). There the service
shows ``docs/errors/<slug>.md``, which explains the error and what to do.
"""

from enum import StrEnum
from typing import NamedTuple

from pydantic import BaseModel, ConfigDict


class Slug(StrEnum):
    """Every kind of error that a service reports."""

    INVALID_REQUEST = "invalid-request"
    """A field is missing, unknown or out of range; ``errors`` names every wrong field."""
    MALFORMED_JSON = "malformed-json"
    """The body is not JSON."""
    LIMIT_ABOVE_CAP = "limit-above-cap"
    """A limit is above what the server allows; ``errors`` names it and the cap."""
    UNKNOWN_ENVIRONMENT = "unknown-environment"
    """The environment does not exist; ``detail`` lists the existing ones."""
    INVALID_SUITE = "invalid-suite"
    """A suite has no valid test, or the weights of its valid tests add up to 0."""
    BODY_TOO_LARGE = "body-too-large"
    """The body is above the server's cap; send fewer candidates per request."""
    UNAUTHORIZED = "unauthorized"
    """The key is missing or wrong."""
    WRONG_HOST = "wrong-host"
    """The service has no key, and was called by a name that is not one of its own machine."""
    NOT_FOUND = "not-found"
    """The route or the job does not exist (jobs are kept for an hour)."""
    METHOD_NOT_ALLOWED = "method-not-allowed"
    """The route exists, but does not accept this HTTP method."""
    TOO_MANY_REQUESTS = "too-many-requests"
    """The caller's key, or the service, has too many requests in flight; ``Retry-After`` says when to retry."""
    QUEUE_FULL = "queue-full"
    """Too much work is waiting in the queue; ``Retry-After`` says when to retry."""
    QUEUE_UNAVAILABLE = "queue-unavailable"
    """Redis does not answer, is full or refuses to write: the detail says which. The request was not accepted."""
    NOT_SCORED = "not-scored"
    """The service failed to score a candidate, and the foreign API has no other way to report it."""
    STOPPING = "stopping"
    """The service was stopped before the answer was ready; another instance, or the restarted one, can answer."""
    INTERNAL = "internal"
    """The service failed; its log has the request id."""


class ProblemKind(NamedTuple):
    """One row of the table ``PROBLEMS``: what all errors of one slug have in common."""

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
    Slug.UNAUTHORIZED: ProblemKind(401, False, "The key is missing or wrong"),
    Slug.WRONG_HOST: ProblemKind(421, False, "The service is not called by this name"),
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
    """One wrong field of a request."""

    model_config = ConfigDict(extra="ignore", use_attribute_docstrings=True)

    field: str
    """Path of the field: ``candidates[3].program``."""
    message: str
    """What is wrong and what to do."""


class ProblemDetails(BaseModel):
    """The body of every error answer (``application/problem+json``)."""

    model_config = ConfigDict(extra="ignore", use_attribute_docstrings=True)

    type: str
    """``/problems/<slug>``: a page of this service, in plain text, that explains the error and what to do."""
    title: str
    """The kind of error, in words."""
    status: int
    """The HTTP status."""
    detail: str = ""
    """What happened with this request, and what to do."""
    errors: list[FieldError] = []
    """Every wrong field."""
    request_id: str | None = None
    """Id of the request in the service's log; quote it in a bug report."""

    @property
    def slug(self) -> Slug | None:
        """The slug, which is a row of ``PROBLEMS``; ``None`` for a slug of a newer server."""
        name = self.type.rsplit("/", 1)[-1]
        return Slug(name) if name in Slug._value2member_map_ else None
