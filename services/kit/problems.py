"""Every error answer: RFC 9457 problem details, from the table both sides share.

Decides how a failure is worded on the wire: which field, what is wrong, what to do. What counts as a
failure is decided where it happens, by raising ``ProblemError``. An unexpected exception is answered
``internal`` and its text goes to the log alone.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import structlog
from fastapi import FastAPI
from pydantic import ValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from clients.contract import PROBLEMS, FieldError, Problem, Slug

MEDIA_TYPE = "application/problem+json"
MAX_ERRORS = 50
"""Fields named in one answer: enough to fix a request by, small enough to read."""

_SLUG_OF_STATUS = {404: Slug.NOT_FOUND, 405: Slug.METHOD_NOT_ALLOWED, 413: Slug.BODY_TOO_LARGE}
_ITEM = re.compile(r"^((?:\w+\[\d+\])(?:\.\w+)*): ")
"""A message of a whole-request validator that begins with the item it is about."""


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


def field_name(loc: Sequence[int | str]) -> str:
    """``("candidates", 3, "program")`` → ``candidates[3].program``; names of union members are left out."""
    name = ""
    for part in loc:
        if isinstance(part, int):
            name += f"[{part}]"
        elif part.isidentifier() and part not in ("float", "int", "str"):
            name += f".{part}" if name else part
    return name


def field_errors(error: ValidationError) -> list[FieldError]:
    """One entry per field, in words a sender can act on."""
    messages: dict[str, list[str]] = {}
    for item in error.errors(include_url=False, include_input=False):
        field, message = _worded(item)
        messages.setdefault(field, []).append(message)
        if len(messages) == MAX_ERRORS:
            break
    return [
        FieldError(field=field, message="; or ".join(dict.fromkeys(found)))
        for field, found in messages.items()
    ]


def _worded(item: Mapping[str, Any]) -> tuple[str, str]:
    field = field_name(item["loc"])
    message = str(item["msg"]).removeprefix("Value error, ")
    if not field and (about := _ITEM.match(message)):
        field, message = about[1], message[about.end() :]
    if item["type"] == "extra_forbidden":
        message = "unknown field; remove it or correct its name"
    elif item["type"] == "missing":
        message = "required; add it"
    return field or "body", message


def invalid_request(error: ValidationError) -> ProblemError:
    """What to raise when a body is JSON but not the message it should be."""
    errors = field_errors(error)
    first = errors[0]
    more = f" (and {len(errors) - 1} more)" if len(errors) > 1 else ""
    return ProblemError(Slug.INVALID_REQUEST, f"{first.field}: {first.message}{more}", errors=errors)


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
