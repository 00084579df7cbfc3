"""A message that pydantic refuses → each wrong field: its name, what is wrong, what was given.

Both sides word it here, so that a limit refused by the client reads as one refused by the service. Values are
quoted only where they are short; the text of a program never is.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import ValidationError

from clients.contract.problems import FieldError

MAX_ERRORS = 50
"""Fields named at once: enough to fix a request by, small enough to read."""
_SHOWN_CHARS = 60  # of a value: a number or a name, not a program

_ITEM = re.compile(r"^((?:\w+\[\d+\])(?:\.\w+)*): ")
"""A message of a whole-request validator that begins with the item it is about."""
_PLAIN = (str, int, float, bool, type(None))


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
    given: dict[str, str] = {}
    for item in error.errors(include_url=False):
        field, message = _worded(item)
        messages.setdefault(field, []).append(message)
        given[field] = _shown(item)
        if len(messages) == MAX_ERRORS:
            break
    return [
        FieldError(field=field, message="; or ".join(dict.fromkeys(found)) + given[field])
        for field, found in messages.items()
    ]


def summarize_errors(error: ValidationError) -> str:
    """The first wrong field in one sentence, and how many more there are."""
    first, *more = field_errors(error)
    told = f"{first.field}: {first.message}"
    return f"{told} (and {len(more)} more)" if more else told


def _worded(item: Mapping[str, Any]) -> tuple[str, str]:
    field = field_name(item["loc"])
    message = str(item["msg"]).removeprefix("Value error, ").replace("Input should", "should")
    if not field and (about := _ITEM.match(message)):
        field, message = about[1], message[about.end() :]
    if item["type"] == "extra_forbidden":
        message = "unknown field; remove it or correct its name"
    elif item["type"] == "missing":
        message = "required; add it"
    elif item["type"] == "list_type" and isinstance(item["input"], str):
        message = "should be a list of texts, not one text; put it in brackets"
    elif item["type"] == "too_short":
        message = f"should hold at least {item['ctx']['min_length']} item"
    return field or "body", message


def _shown(item: Mapping[str, Any]) -> str:
    if item["type"] == "list_type" and isinstance(item["input"], str):
        return ""
    if item["type"] in ("extra_forbidden", "missing", "too_short", "value_error"):
        return ""  # these say all there is to say
    value = item["input"]
    if not isinstance(value, _PLAIN):
        return f"; got a {type(value).__name__}"
    try:
        text = repr(value if not isinstance(value, str) else value[:_SHOWN_CHARS])
    except ValueError:  # an int with more digits than Python prints
        return ""
    return f"; got {text[:_SHOWN_CHARS]}"
