"""Holds the JSON schemas of replies, for servers that constrain what a model writes.

A schema keeps the shape only: the strings in it may be anything.
"""

from collections.abc import Mapping
from typing import Any

JsonSchema = Mapping[str, Any]


def _schema(**properties: Mapping[str, Any]) -> JsonSchema:
    # All properties are required and no others allowed: OpenAI's strict mode refuses anything else.
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


_TEXT: JsonSchema = {"type": "string"}
_TEXTS: JsonSchema = {"type": "array", "items": _TEXT}
REWRITE_SCHEMA = _schema(signature=_TEXT, question=_TEXT, tests=_TEXTS)
"""Of the prompt ``rewrite``. The signature comes first, so that the text and the tests follow it."""
QUESTION_SCHEMA = _schema(signature=_TEXT, question=_TEXT)
"""Of the prompt ``question``."""
INPUTS_SCHEMA = _schema(calls=_TEXTS)
"""Of the prompt ``inputs``."""
TESTS_SCHEMA = _schema(tests=_TEXTS)
"""Of the prompt ``refine``."""
