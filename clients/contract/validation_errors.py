"""Converts pydantic's validation errors into one message per wrong field: its name, what is wrong, its value.

Clients and services both use it, so an error reads the same whichever side refuses the value. Only short values are
quoted, and never the text of a program.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import ValidationError

from clients.contract.error_answers import FieldError
from clients.contract.field_hints import field_meant
from clients.contract.runs import RUN_PATTERN

MAX_ERRORS = 50
"""Number of wrong fields in one answer: enough to correct a request, few enough to read."""
_QUOTED_CHARS = 60  # of a value: enough for a number or a name, but not for a program

_ITEM = re.compile(r"^((?:\w+\[\d+\])(?:\.\w+)*): ")
"""Start of a message from a validator of the whole request: the path of the item that the message is about."""
_PATTERNS = {
    RUN_PATTERN: "should be up to 200 letters, digits and signs of ASCII without blanks, the first a letter or a digit"
}
"""What is wrong with a text that does not match a pattern."""
_QUOTED_TYPES = (str, int, float, bool, type(None))


def field_name(loc: Sequence[int | str]) -> str:
    """Return ``candidates[3].program`` for ``("candidates", 3, "program")``. Names of union members are left out."""
    name = ""
    for part in loc:
        if isinstance(part, int):
            name += f"[{part}]"
        elif part.isidentifier() and part not in ("float", "int", "str"):
            name += f".{part}" if name else part
    return name


def field_errors(error: ValidationError) -> list[FieldError]:
    """Return one entry per wrong field, with a message that says how to correct it."""
    messages: dict[str, list[str]] = {}
    values: dict[str, str] = {}
    for item in error.errors(include_url=False):
        field, message = _describe(item)
        if item["type"] == "extra_forbidden" and (meant := field_meant(error.title, field)):
            message += f"; perhaps {meant} is meant"
        messages.setdefault(field, []).append(message)
        values[field] = _quote_value(item)
        if len(messages) == MAX_ERRORS:
            break
    return [
        FieldError(field=field, message="; or ".join(dict.fromkeys(alternatives)) + values[field])
        for field, alternatives in messages.items()
    ]


def summarize_errors(error: ValidationError) -> str:
    """Return the first wrong field and its message in one sentence, and the number of further wrong fields."""
    first, *more = field_errors(error)
    sentence = f"{first.field}: {first.message}"
    return f"{sentence} (and {len(more)} more)" if more else sentence


def _describe(item: Mapping[str, Any]) -> tuple[str, str]:
    """Return the name of the wrong field, and what is wrong with it."""
    field = field_name(item["loc"])
    message = str(item["msg"]).removeprefix("Value error, ").replace("Input should", "should")
    if not field and (about := _ITEM.match(message)):
        field, message = about[1], message[about.end() :]
    if item["type"] == "extra_forbidden":
        message = "unknown field; remove it or correct its name"
    elif item["type"] == "string_pattern_mismatch":
        message = _PATTERNS.get(item["ctx"]["pattern"], message)
    elif item["type"] == "missing":
        message = "required; add it"
    elif item["type"] == "list_type" and isinstance(item["input"], str):
        message = "should be a list of texts, not one text; put it in brackets"
    elif item["type"] == "too_short":
        message = f"should hold at least {item['ctx']['min_length']} item"
    return field or "body", message


def _quote_value(item: Mapping[str, Any]) -> str:
    """Return the end of a message: ``; got`` and the value, or nothing if the value is not to be quoted."""
    if item["type"] == "list_type" and isinstance(item["input"], str):
        return ""
    if item["type"] in ("extra_forbidden", "missing", "too_short", "value_error"):
        return ""  # the value would add nothing to these messages
    value = item["input"]
    if not isinstance(value, _QUOTED_TYPES):
        return f"; got a {type(value).__name__}"
    try:
        text = repr(value if not isinstance(value, str) else value[:_QUOTED_CHARS])
    except ValueError:  # an int with more digits than Python prints
        return ""
    return f"; got {text[:_QUOTED_CHARS]}"
