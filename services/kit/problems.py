"""Every error answer: RFC 9457 problem details, from the table both sides share.

Decides how a failure is answered; which field is wrong is worded in ``clients.contract.faults``. What counts as
a failure is decided where it happens, by raising ``ProblemError``. An unexpected exception is answered
``internal`` and its text goes to the log alone.
"""

from collections.abc import Iterable

import structlog
from fastapi import FastAPI
from pydantic import ValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from clients.contract import PROBLEMS, FieldError, Problem, Slug
from clients.contract.faults import field_errors, in_words

MEDIA_TYPE = "application/problem+json"
_SLUG_OF_STATUS = {404: Slug.NOT_FOUND, 405: Slug.METHOD_NOT_ALLOWED, 413: Slug.BODY_TOO_LARGE}


class ProblemError(Exception):
    """A request that cannot be served: a row of ``PROBLEMS`` and the words for this case."""

    def __init__(
        self,
        slug: Slug,
        detail: str = "",
        *,
        errors: Iterable[FieldError] = (),
        retry_after_s: int | None = None,
    ) -> None:
        super().__init__(f"{slug}: {detail}")
        self.slug = slug
        self.detail = detail
        self.errors = list(errors)
        self.retry_after_s = retry_after_s


def problem_response(request: Request, error: ProblemError) -> Response:
    """Write the answer; quotes the request id if there is one."""
    kind = PROBLEMS[error.slug]
    request_id = request.scope.get("state", {}).get("request_id")
    body = Problem(
        type=f"/problems/{error.slug}",
        title=kind.title,
        status=kind.status,
        detail=error.detail,
        errors=error.errors,
        request_id=request_id,
    )
    headers = {}
    if error.retry_after_s is not None:
        headers["Retry-After"] = str(error.retry_after_s)
    if kind.status == 401:
        headers["WWW-Authenticate"] = "Bearer"
    return Response(body.model_dump_json(), status_code=kind.status, headers=headers, media_type=MEDIA_TYPE)


def invalid_request(error: ValidationError) -> ProblemError:
    """What to raise when a body is JSON but not the message it should be."""
    return ProblemError(Slug.INVALID_REQUEST, in_words(error), errors=field_errors(error))


def _http_error(request: Request, exc: Exception) -> Response:
    status = exc.status_code if isinstance(exc, HTTPException) else 500
    slug = _SLUG_OF_STATUS.get(status, Slug.INVALID_REQUEST if status < 500 else Slug.INTERNAL)
    response = problem_response(request, ProblemError(slug, f"{request.method} {request.url.path}"))
    if isinstance(exc, HTTPException):
        response.headers.update(exc.headers or {})
    return response


def _problem(request: Request, exc: Exception) -> Response:
    assert isinstance(exc, ProblemError)
    return problem_response(request, exc)


def _unexpected(request: Request, exc: Exception) -> Response:
    structlog.get_logger().error("request failed", path=request.url.path, exc_info=exc)
    detail = "The service's log has the cause under this request id."
    response = problem_response(request, ProblemError(Slug.INTERNAL, detail))
    if request_id := request.scope.get("state", {}).get("request_id"):
        response.headers["X-Request-Id"] = request_id
    return response


def install(app: FastAPI) -> None:
    """Answer every error of the application as a problem."""
    app.add_exception_handler(ProblemError, _problem)
    app.add_exception_handler(HTTPException, _http_error)
    app.add_exception_handler(Exception, _unexpected)
