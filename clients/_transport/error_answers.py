"""Turns an HTTP answer with an error status into an exception.

The services answer errors as problem details. HTTP proxies answer pages of their own: those that a proxy sends while a
service restarts may be retried, and one that refuses the size of a body is treated as the service's own refusal.
"""

import time
from email.utils import parsedate_to_datetime

import httpx2
from pydantic import ValidationError

from clients.contract import PROBLEMS, ProblemDetails, Slug
from clients.errors import AceCoderError, ProtocolError, error_for


def error_of_answer(response: httpx2.Response, request_id: str) -> AceCoderError:
    """Return the exception for an answer with an error status; ``request_id`` is used if the answer has none."""
    retry_after_s = parse_retry_after(response.headers.get("retry-after"))
    try:
        problem = ProblemDetails.model_validate_json(response.content)
    except ValidationError:
        excerpt = response.text[:200].strip()
        message = f"{response.url} answered HTTP {response.status_code} without problem details: {excerpt!r}"
        if response.status_code == 413:
            return error_for(_too_large(message))
        if response.status_code < 500 and response.status_code != 429:
            return ProtocolError(message)
        # Perhaps a gateway's error page while the service restarts: this error may be retried.
        problem = ProblemDetails(type="about:blank", title=message, status=response.status_code)
    if problem.request_id is None:
        problem.request_id = response.headers.get("x-request-id", request_id)
    return error_for(problem, retry_after_s)


def _too_large(message: str) -> ProblemDetails:
    """Return the error for a body that an HTTP proxy refuses, so that a batch is sent in smaller parts."""
    advice = "an HTTP proxy before the service allows less (nginx: client_max_body_size): raise its limit"
    return ProblemDetails(
        type=f"/problems/{Slug.BODY_TOO_LARGE}",
        title=PROBLEMS[Slug.BODY_TOO_LARGE].title,
        status=413,
        detail=f"{advice}, or lower ACECODER_MAX_BODY_BYTES. {message}",
    )


def parse_retry_after(retry_after: str | None) -> float | None:
    """Return the seconds to wait; the header holds a number or a date. ``None`` if it is neither."""
    if not retry_after:
        return None
    try:
        return max(0.0, float(retry_after))
    except ValueError:
        pass
    try:
        return max(0.0, parsedate_to_datetime(retry_after).timestamp() - time.time())
    except ValueError:
        return None
