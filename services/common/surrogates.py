r"""Reads JSON in which an escape is an unpaired surrogate, such as ``"\ud83d"`` alone. Pure.

Language models write such text when a completion is cut off inside a character. It is not valid Unicode, and pydantic's
parser refuses the whole body for it. Its readers have different policies: ``services.executor.requests.validation``
fails the one candidate, ``services.common.bodies`` replaces the character.
"""

import json
from typing import Any

from pydantic import ValidationError

from clients.contract import Slug
from services.common.problem_error import ProblemError, invalid_request

LONE_SURROGATE = "contains an unpaired surrogate (such as \\ud800), which is not valid Unicode; remove it"
"""What is wrong with such a text, for the message of an error."""

MAX_DEPTH = 200
"""Deepest nesting of a body: that of pydantic's own parser. What reads the value afterwards recurses."""


def load_lenient(body: bytes, strict: ValidationError) -> Any:  # noqa: ANN401 - any JSON value
    """Return the value of a body that pydantic refused with the error ``strict``. Its texts may hold lone surrogates.

    Raises:
        ProblemError: surrogates are not what ``strict`` is about (``malformed-json`` or ``invalid-request``).
    """
    first = strict.errors(include_url=False, include_input=False)[0]
    if first["type"] != "json_invalid":
        raise invalid_request(strict) from strict
    malformed = ProblemError(Slug.MALFORMED_JSON, str(first["msg"]))
    if b"\\ud" not in body.lower():
        raise malformed from strict
    try:
        data = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise malformed from error
    if not _is_flat_enough(data):
        raise ProblemError(
            Slug.MALFORMED_JSON, f"The body is nested deeper than {MAX_DEPTH} levels."
        ) from strict
    return data


def _is_flat_enough(data: Any) -> bool:  # noqa: ANN401 - any JSON value
    level = [data]
    for _ in range(MAX_DEPTH):
        level = [
            child
            for item in level
            for child in (item.values() if isinstance(item, dict) else item if isinstance(item, list) else ())
        ]
        if not level:
            return True
    return False


def is_unicode(text: str) -> bool:
    """Whether a text is valid Unicode: holds no lone surrogate."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
