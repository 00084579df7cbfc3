"""Defines every error of the service or the transport that a client raises, as one tree.

::

    AceCoderError
    ├── ServiceError                    the service answered with an error
    │   ├── RefusedError                the request is wrong; sending it again does not help
    │   │   ├── InvalidRequestError     422  a field is missing, unknown or out of range
    │   │   ├── MalformedJsonError      400  the body is not JSON
    │   │   ├── LimitAboveCapError      422  a limit is above the server's cap
    │   │   ├── UnknownEnvironmentError 422  the environment does not exist
    │   │   ├── InvalidSuiteError       422  a suite cannot be used
    │   │   ├── BodyTooLargeError       413  the body is above the server's cap
    │   │   ├── UnauthorizedError       401  the key is missing or wrong
    │   │   ├── WrongHostError          421  the service has no key, and is not called by this name
    │   │   ├── NotFoundError           404  the route or the job does not exist
    │   │   └── MethodNotAllowedError   405  the route does not accept this method
    │   └── UnavailableError            the service cannot answer now; the client has already retried
    │       ├── TooManyRequestsError    429  this key has too many requests in flight
    │       ├── QueueFullError          503  too much work is waiting
    │       ├── QueueUnavailableError   503  the queue does not answer
    │       ├── NotScoredError          503  the service failed to score a candidate
    │       ├── StoppingError           503  the service stopped before the answer was ready
    │       └── InternalError           500  the service failed
    ├── TransportError                  no complete answer arrived
    │   ├── CannotConnectError          nothing listens at the address
    │   ├── TimedOutError               no answer arrived in time
    │   └── ConnectionLostError         the connection broke
    ├── ProtocolError                   the answer does not follow this protocol
    ├── NoVerdictError                  there is no verdict, and the framework has no value that means "none"
    └── NothingScorableError            no candidate has a verdict, so best-of-N has no winner

This module decides which row of ``PROBLEMS`` becomes which class; ``clients._transport.http`` decides when to retry.
All of them can be pickled. Wrong arguments raise ``ValueError`` or ``TypeError``, as everywhere in Python.
"""

from typing import ClassVar

from clients.contract import PROBLEMS, FieldError, ProblemDetails, Slug

_RETRYABLE_STATUSES = frozenset({429, 502, 503, 504})  # HTTP proxies answer these while a service restarts


class AceCoderError(Exception):
    """Base class of every error of this package."""

    retryable: bool = False
    """Whether the same request may succeed later."""


class ServiceError(AceCoderError):
    """The service answered with an error: RFC 9457 problem details."""

    slug: ClassVar[Slug | None] = None
    """The row of ``PROBLEMS`` that this class stands for; ``None`` for a class of several rows."""

    def __init__(self, problem: ProblemDetails, retry_after_s: float | None = None) -> None:
        super().__init__(problem, retry_after_s)
        self.problem = problem
        self.retry_after_s = retry_after_s
        self.retryable = self._is_retryable(problem)

    @classmethod
    def _is_retryable(cls, problem: ProblemDetails) -> bool:
        return PROBLEMS[cls.slug].retryable if cls.slug else problem.status in _RETRYABLE_STATUSES

    @property
    def status(self) -> int:
        """The HTTP status."""
        return self.problem.status

    @property
    def errors(self) -> list[FieldError]:
        """Every wrong field."""
        return self.problem.errors

    @property
    def request_id(self) -> str | None:
        """Id of the request in the service's log; quote it in a bug report."""
        return self.problem.request_id

    def __str__(self) -> str:
        problem = self.problem
        lines = [f"{problem.title}: {problem.detail}" if problem.detail else problem.title]
        if len(problem.errors) > 1 or any(error.message not in problem.detail for error in problem.errors):
            lines += [f"  {error.field}: {error.message}" for error in problem.errors]
        if self.retryable and problem.request_id:
            lines.append(f"  request id: {problem.request_id}")
        return "\n".join(lines)


class RefusedError(ServiceError):
    """The request is wrong; sending it again does not help."""


class InvalidRequestError(RefusedError):
    """A field is missing, unknown or out of range; ``errors`` names each."""

    slug = Slug.INVALID_REQUEST


class MalformedJsonError(RefusedError):
    """The body is not JSON."""

    slug = Slug.MALFORMED_JSON


class LimitAboveCapError(RefusedError):
    """A limit is above what the server allows; ``errors`` names it and the cap."""

    slug = Slug.LIMIT_ABOVE_CAP


class UnknownEnvironmentError(RefusedError):
    """The environment does not exist; the message lists the existing ones."""

    slug = Slug.UNKNOWN_ENVIRONMENT


class InvalidSuiteError(RefusedError):
    """A suite has no valid test, or the weights of its valid tests add up to 0."""

    slug = Slug.INVALID_SUITE


class BodyTooLargeError(RefusedError):
    """The body is above the server's cap; send fewer candidates per request."""

    slug = Slug.BODY_TOO_LARGE


class UnauthorizedError(RefusedError):
    """The key is missing or wrong."""

    slug = Slug.UNAUTHORIZED
    variable = "ACECODER_TOKEN"
    """Name of the environment variable that this client reads its key from."""

    def __str__(self) -> str:
        return f"{super().__str__().rstrip('.')}; the client reads the key from {self.variable}"


class WrongHostError(RefusedError):
    """The service has no key, and was called by a name that is not one of its own machine."""

    slug = Slug.WRONG_HOST


class NotFoundError(RefusedError):
    """The route or the job does not exist."""

    slug = Slug.NOT_FOUND


class MethodNotAllowedError(RefusedError):
    """The route exists, but does not accept this HTTP method."""

    slug = Slug.METHOD_NOT_ALLOWED


class UnavailableError(ServiceError):
    """The service cannot answer now; the client has already retried."""


class TooManyRequestsError(UnavailableError):
    """The key, or the service, has too many requests in flight, and still had at the client's last attempt."""

    slug = Slug.TOO_MANY_REQUESTS


class QueueFullError(UnavailableError):
    """Too much work is waiting in the queue, and still was at the client's last attempt."""

    slug = Slug.QUEUE_FULL


class QueueUnavailableError(UnavailableError):
    """The queue does not answer."""

    slug = Slug.QUEUE_UNAVAILABLE


class NotScoredError(UnavailableError):
    """The service failed to score a candidate, which is not at fault. Only foreign APIs report it as an error."""

    slug = Slug.NOT_SCORED


class StoppingError(UnavailableError):
    """The service was stopped before the answer was ready."""

    slug = Slug.STOPPING


class InternalError(UnavailableError):
    """The service failed; its log has the request id."""

    slug = Slug.INTERNAL


class TransportError(AceCoderError):
    """No complete answer arrived."""

    retryable = True


class CannotConnectError(TransportError):
    """Nothing listens at the address."""


class TimedOutError(TransportError):
    """No answer arrived in time."""


class ConnectionLostError(TransportError):
    """The connection broke before the answer was complete."""


class ProtocolError(AceCoderError):
    """The answer does not follow this protocol: it is another service's, or an HTTP proxy's page."""


class NoVerdictError(AceCoderError):
    """There is no verdict, and the framework has no value that means "none". A reward of 0 would be wrong."""


class NothingScorableError(AceCoderError):
    """No candidate has a verdict, so best-of-N has no winner."""


def error_for(problem: ProblemDetails, retry_after_s: float | None = None) -> ServiceError:
    """Return the error for ``problem``: the class of its slug; for an unknown slug, the class of its status."""
    by_slug = {cls.slug: cls for cls in (*RefusedError.__subclasses__(), *UnavailableError.__subclasses__())}
    error_class = by_slug.get(problem.slug) if problem.slug else None
    if error_class is None:
        error_class = UnavailableError if problem.status >= 500 or problem.status == 429 else RefusedError
    return error_class(problem, retry_after_s)
