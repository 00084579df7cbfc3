"""Answers every error with RFC 9457 problem details.

An unexpected exception is answered ``internal``; its text goes to the log only.
"""

from asyncio import CancelledError

import structlog
from fastapi import FastAPI
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from clients.contract import PROBLEMS, ProblemDetails, Slug
from services.common.problem_error import ProblemError

MEDIA_TYPE = "application/problem+json"
PROBLEM_PAGES = "/problems/"
"""Path of the pages on errors (``pages``). The ``type`` of an error answer is a path below it."""
_SLUG_OF_STATUS = {404: Slug.NOT_FOUND, 405: Slug.METHOD_NOT_ALLOWED, 413: Slug.BODY_TOO_LARGE}


def problem_response(request: Request, error: ProblemError) -> Response:
    """Return the HTTP answer to an error, with the request id if there is one."""
    kind = PROBLEMS[error.slug]
    request_id = request.scope.get("state", {}).get("request_id")
    body = ProblemDetails(
        type=f"{PROBLEM_PAGES}{error.slug}",
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


def unexpected(request: Request, exc: BaseException) -> Response:
    """Return the answer to an unexpected exception, or to a request that the end of the process cancelled."""
    if isinstance(exc, CancelledError):
        detail = "The service is being stopped; send the request again."
        return problem_response(request, ProblemError(Slug.STOPPING, detail, retry_after_s=1))
    structlog.get_logger().error("request failed", path=request.url.path, exc_info=exc)
    detail = "The service's log has the cause under this request id."
    response = problem_response(request, ProblemError(Slug.INTERNAL, detail))
    if request_id := request.scope.get("state", {}).get("request_id"):
        response.headers["X-Request-Id"] = request_id
    return response


def install(app: FastAPI) -> None:
    """Answer every error of the application with problem details."""
    app.add_exception_handler(ProblemError, _problem)
    app.add_exception_handler(HTTPException, _http_error)
    app.add_exception_handler(Exception, unexpected)
