"""A request's body → a message, and how the OpenAPI document describes it, for routes that read it themselves."""

import asyncio
import json
from typing import Any, TypeVar

from fastapi import Request
from pydantic import BaseModel, ValidationError

from clients.contract import Slug
from services.common.problems import ProblemError, invalid_request
from services.common.requests import read_body

Message = TypeVar("Message", bound=BaseModel)
INLINE_BYTES = 2**16
"""Bodies up to this are read in the event loop (below a millisecond); larger ones in a thread."""


async def read_as(request: Request, message: type[Message], max_bytes: int) -> Message:
    """Read the body as ``message``. Halves of surrogate pairs, which policies do write, are replaced.

    Raises:
        ProblemError: the body is too large, or no JSON, or no such message.
    """
    body = await read_body(request, max_bytes)
    if len(body) <= INLINE_BYTES:
        return parse(body, message)
    return await asyncio.to_thread(parse, body, message)


def parse(body: bytes, message: type[Message]) -> Message:
    """As ``read_as``, of a body at hand."""
    try:
        return message.model_validate_json(body)
    except ValidationError as strict:
        if strict.errors(include_url=False, include_input=False)[0]["type"] != "json_invalid":
            raise invalid_request(strict) from strict
        data = _leniently(body, str(strict.errors(include_url=False)[0]["msg"]))
    try:
        return message.model_validate(data)
    except ValidationError as error:
        raise invalid_request(error) from error


def _leniently(body: bytes, said: str) -> Any:  # noqa: ANN401 - any JSON value
    """Read JSON that escapes half a surrogate pair, which the strict parser refuses."""
    if b"\\ud" not in body.lower():
        raise ProblemError(Slug.MALFORMED_JSON, said)
    try:
        return _readable(json.loads(body))
    except (ValueError, RecursionError) as error:
        raise ProblemError(Slug.MALFORMED_JSON, said) from error


def described(message: type[BaseModel]) -> dict[str, Any]:
    """What the OpenAPI document says of a body."""
    schema = message.model_json_schema()
    return {"requestBody": {"required": True, "content": {"application/json": {"schema": schema}}}}


def _readable(data: Any) -> Any:  # noqa: ANN401 - any JSON value
    if isinstance(data, str):
        return data.encode("utf-8", "replace").decode()
    if isinstance(data, list):
        return [_readable(each) for each in data]
    if isinstance(data, dict):
        return {_readable(name): _readable(value) for name, value in data.items()}
    return data
