"""Every error a client raises, as one tree.

::

    AceCoderError
    ├── ServiceError                    the service answered with a problem
    │   ├── RefusedError                the request is at fault; sending it again cannot help
    │   │   ├── InvalidRequestError     422  a field is missing, unknown or out of range
    │   │   ├── MalformedJsonError      400  the body is not JSON
    │   │   ├── LimitAboveCapError      422  a limit is above the server's cap
    │   │   ├── UnknownEnvironmentError 422  no such environment
    │   │   ├── InvalidSuiteError       422  a suite cannot be used
    │   │   ├── BodyTooLargeError       413  more than the server takes at once
    │   │   ├── UnauthorizedError       401  the token is missing or wrong
    │   │   ├── NotFoundError           404  no such route or job
    │   │   └── MethodNotAllowedError   405  the route exists, for other methods
    │   └── UnavailableError            the service is at fault; the client has tried again already
    │       ├── TooManyRequestsError    429  this key has too much in flight
    │       ├── QueueFullError          503  too much work is waiting
    │       ├── QueueUnavailableError   503  the queue does not answer
    │       ├── NotScoredError          503  a candidate got no score, by no fault of its own
    │       ├── StoppingError           503  told to stop before the answer was ready
    │       └── InternalError           500  a fault of the service
    ├── TransportError                  no answer came
    │   ├── CannotConnectError          nothing listens there
    │   ├── TimedOutError               no answer in time
    │   └── ConnectionLostError         the connection broke
    ├── ProtocolError                   an answer came that is not this protocol's
    ├── NoVerdictError                  a framework that knows no "none" is to be told of a missing verdict
    └── NothingScorableError            best-of-N was asked for a winner and no candidate has a verdict

Which row of ``PROBLEMS`` becomes which class is decided here; when to try again, in ``clients._transport.http``.
All of them survive pickling. Wrong arguments raise ``ValueError`` or ``TypeError`` as everywhere.
"""

from typing import ClassVar

from clients.contract import PROBLEMS, FieldError, ProblemDetails, Slug

_RETRYABLE_STATUSES = frozenset({429, 502, 503, 504})  # what proxies answer while a service restarts


class AceCoderError(Exception):
    """Anything that went wrong between this client and a service."""

    retryable: bool = False
    """Whether the same request may succeed later."""


class ServiceError(AceCoderError):
    """The service answered with a problem."""

    slug: ClassVar[Slug | None] = None
    """The row of ``PROBLEMS`` this class stands for."""

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
        """Each wrong field."""
        return self.problem.errors

    @property
    def request_id(self) -> str | None:
        """What to quote when asking about it."""
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
    """The request is at fault; sending it again cannot help."""


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
    """No such environment; the message lists those there are."""

    slug = Slug.UNKNOWN_ENVIRONMENT


class InvalidSuiteError(RefusedError):
    """A suite has no valid test, or its valid tests weigh nothing."""

    slug = Slug.INVALID_SUITE


class BodyTooLargeError(RefusedError):
    """The body is above the server's cap."""

    slug = Slug.BODY_TOO_LARGE


class UnauthorizedError(RefusedError):
    """The token is missing or wrong."""

    slug = Slug.UNAUTHORIZED
    variable = "ACECODER_TOKEN"
    """Where the client that raises this reads its token."""

    def __str__(self) -> str:
        return f"{super().__str__().rstrip('.')}; clients read it from {self.variable}"


class NotFoundError(RefusedError):
    """No such route, or no such job."""

    slug = Slug.NOT_FOUND


class MethodNotAllowedError(RefusedError):
    """The route exists, for other methods."""

    slug = Slug.METHOD_NOT_ALLOWED


class UnavailableError(ServiceError):
    """The service is at fault; the client has tried again already."""


class TooManyRequestsError(UnavailableError):
    """The key has too much in flight, and still had when the client gave up."""

    slug = Slug.TOO_MANY_REQUESTS


class QueueFullError(UnavailableError):
    """Too much work is waiting, and still was when the client gave up."""

    slug = Slug.QUEUE_FULL


class QueueUnavailableError(UnavailableError):
    """The queue does not answer."""

    slug = Slug.QUEUE_UNAVAILABLE


class NotScoredError(UnavailableError):
    """A candidate got no score, by no fault of its own; foreign wires alone have no other word for it."""

    slug = Slug.NOT_SCORED


class StoppingError(UnavailableError):
    """The service was told to stop before the answer was ready."""

    slug = Slug.STOPPING


class InternalError(UnavailableError):
    """A fault of the service; its log has the request id."""

    slug = Slug.INTERNAL


class TransportError(AceCoderError):
    """No answer came."""

    retryable = True


class CannotConnectError(TransportError):
    """Nothing listens there."""


class TimedOutError(TransportError):
    """No answer in time."""


class ConnectionLostError(TransportError):
    """The connection broke before the answer was complete."""


class ProtocolError(AceCoderError):
    """An answer came that is not this protocol's: another service, or a proxy's page."""


class NoVerdictError(AceCoderError):
    """There is no verdict, and the framework that asks has no word for that: better no step than a reward of 0."""


class NothingScorableError(AceCoderError):
    """Best-of-N was asked for a winner and no candidate has a verdict."""


def error_for(problem: ProblemDetails, retry_after_s: float | None = None) -> ServiceError:
    """Return the error of the class that stands for ``problem``; unknown slugs go by their status."""
    fallback = UnavailableError if problem.status >= 500 or problem.status == 429 else RefusedError
    by_slug = {cls.slug: cls for cls in (*RefusedError.__subclasses__(), *UnavailableError.__subclasses__())}
    known = by_slug.get(problem.slug) if problem.slug else None
    return (known or fallback)(problem, retry_after_s)
