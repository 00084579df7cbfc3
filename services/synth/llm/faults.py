"""Classifies the failures of a request: the server is busy, out, refuses the request, or is not set up."""

import json
import math
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from enum import StrEnum

import httpx2
import openai

LONGEST_RETRY_AFTER_S = 3600.0
"""A server that asks for a longer wait is asked again after an hour, in case its clock or its answer is wrong."""
MESSAGE_CHARS = 300
"""Characters of a server's message that are kept."""
_BUSY = frozenset({408, 409, 425, 429, 503, 529})
_MISCONFIGURED = frozenset({401, 402, 403, 404, 405})


class Fault(StrEnum):
    """What kind of failure it was."""

    BUSY = "busy"
    """The server wants fewer requests, or later ones."""
    SLOW = "slow"
    """No reply within ``timeout_s``."""
    OUT = "out"
    """It cannot be reached, broke off, or failed."""
    REFUSED = "refused"
    """It does not accept this request."""
    MISCONFIGURED = "misconfigured"
    """The key, the URL or the model's name is wrong, or the account is out of money: a person has to act."""


@dataclass(frozen=True, slots=True)
class Failure:
    """A failed request."""

    fault: Fault
    message: str
    """What the server said, or what broke."""
    retry_after_s: float = 0.0
    """How long the server asks to wait; 0: it does not say."""
    is_answer: bool = False
    """Whether the server answered this very request; a broken connection may be due to any request in flight."""


class BrokenReplyError(Exception):
    """A reply with status 200 that is not a chat completion."""


FAILURES = (openai.OpenAIError, httpx2.HTTPError, BrokenReplyError, json.JSONDecodeError)
"""What a request to an endpoint can raise."""


def failure_of(error: Exception) -> Failure:
    """Return what kind of failure ``error``, one of ``FAILURES``, is."""
    cause = error.__cause__ or error
    if isinstance(error, openai.APITimeoutError) and not isinstance(cause, httpx2.ConnectTimeout):
        return Failure(Fault.SLOW, "no reply in time")
    if not isinstance(error, openai.APIStatusError):
        is_answer = isinstance(
            error, BrokenReplyError | json.JSONDecodeError | openai.APIResponseValidationError
        )
        return Failure(Fault.OUT, f"{type(cause).__name__}: {cause}"[:MESSAGE_CHARS], is_answer=is_answer)
    status = error.status_code
    message = f"HTTP {status}: {_message(error)}"[:MESSAGE_CHARS]
    if status in _BUSY:
        return Failure(Fault.BUSY, message, retry_after_s(error.response.headers.get("retry-after", "")))
    if status in _MISCONFIGURED:
        return Failure(Fault.MISCONFIGURED, message)
    fault = Fault.REFUSED if status < httpx2.codes.INTERNAL_SERVER_ERROR else Fault.OUT
    return Failure(fault, message, is_answer=True)


def retry_after_s(value: str, now: datetime | None = None) -> float:
    """Return the seconds of a ``Retry-After`` header: a number or a date; 0 if it is neither."""
    try:
        seconds = float(value)
    except ValueError:
        try:
            moment = parsedate_to_datetime(value)
        except ValueError:
            return 0.0
        seconds = (moment - (now or datetime.now(UTC))).total_seconds()
    return min(max(seconds, 0.0), LONGEST_RETRY_AFTER_S) if math.isfinite(seconds) else 0.0


def _message(error: openai.APIStatusError) -> str:
    """Return all that the server says: its type and code name the reason in a form that programs can read."""
    body = error.body
    if not isinstance(body, dict):
        return str(body or error.response.reason_phrase)
    parts = [body.get(name) for name in ("type", "code", "message", "detail")]
    return " ".join(str(part) for part in parts if part) or str(body)
