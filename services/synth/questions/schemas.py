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
QUESTION_SCHEMA = _schema(signature=_TEXT, question=_TEXT)
"""Of the prompt ``question``. The signature comes first, so that the text follows it."""


def rewrite_schema(most_tests: int) -> JsonSchema:
    """Return the schema of the prompt ``rewrite``. It has a bound, as small models sometimes do not end a list."""
    return _schema(signature=_TEXT, question=_TEXT, tests=_texts(most_tests))


def inputs_schema(most_calls: int) -> JsonSchema:
    """Return the schema of the prompt ``inputs``."""
    return _schema(calls=_texts(most_calls))


def tests_schema(most_tests: int) -> JsonSchema:
    """Return the schema of the prompt ``refine``: tests alone."""
    return _schema(tests=_texts(most_tests))


def _texts(most: int) -> JsonSchema:
    return {"type": "array", "items": _TEXT, "maxItems": most}
