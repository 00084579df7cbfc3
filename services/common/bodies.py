"""Reads a request's JSON body into a pydantic model, for routes that do it themselves and not through FastAPI."""

import asyncio
from collections.abc import Callable
from typing import Any, TypeVar

from fastapi import Request
from pydantic import BaseModel, ValidationError

from services.common.problem_error import invalid_request
from services.common.requests import read_body
from services.common.surrogates import load_lenient

Model = TypeVar("Model", bound=BaseModel)
INLINE_BYTES = 2**16
"""Bodies up to this are parsed in the event loop (below a millisecond); larger ones in a thread."""


async def read_as(
    request: Request, model: type[Model], max_bytes: int, check_body: Callable[[bytes], None] | None = None
) -> Model:
    """Read the body of a request into ``model``; see ``parse``.

    ``check_body`` may refuse the body before it is parsed, which takes seconds for tens of megabytes. It runs in the
    event loop, so it must be fast.

    Raises:
        ProblemError: the body is too large, is refused by ``check_body``, is not JSON, or does not fit the model.
    """
    body = await read_body(request, max_bytes)
    if check_body is not None:
        check_body(body)
    if len(body) <= INLINE_BYTES:
        return parse(body, model)
    return await asyncio.to_thread(parse, body, model)


def parse(body: bytes, model: type[Model]) -> Model:
    """Parse a body into ``model``. An unpaired surrogate becomes ``?``.

    One bad character in one row must not refuse a whole batch, and most foreign APIs, which are read here, cannot say
    that one row of it failed.

    Raises:
        ProblemError: the body is not JSON, or does not fit the model.
    """
    try:
        return model.model_validate_json(body)
    except ValidationError as strict_error:
        data = _replace_surrogates(load_lenient(body, strict_error))
    try:
        return model.model_validate(data)
    except ValidationError as error:
        raise invalid_request(error) from error


def _replace_surrogates(data: Any) -> Any:  # noqa: ANN401 - any JSON value
    if isinstance(data, str):
        return data.encode("utf-8", "replace").decode()
    if isinstance(data, list):
        return [_replace_surrogates(item) for item in data]
    if isinstance(data, dict):
        return {_replace_surrogates(name): _replace_surrogates(value) for name, value in data.items()}
    return data
