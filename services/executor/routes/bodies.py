"""What the foreign wires share in reading a request and describing it."""

import json
from typing import Any, TypeVar

from fastapi import Request
from pydantic import BaseModel, ValidationError

from clients.contract import Slug
from services.kit.problems import ProblemError, invalid_request
from services.kit.requests import read_body

Message = TypeVar("Message", bound=BaseModel)


async def read_as(request: Request, message: type[Message], max_bytes: int) -> Message:
    """Read the body as ``message``. Halves of surrogate pairs, which policies do write, are replaced.

    Raises:
        ProblemError: the body is too large, or is no such message.
    """
    body = await read_body(request, max_bytes)
    try:
        return message.model_validate_json(body)
    except ValidationError as exc:
        if b"\\ud" not in body.lower():
            raise invalid_request(exc) from exc
    try:
        return message.model_validate(_readable(json.loads(body)))
    except ValidationError as exc:
        raise invalid_request(exc) from exc
    except (ValueError, RecursionError) as exc:
        raise ProblemError(Slug.MALFORMED_JSON, str(exc)) from exc


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
