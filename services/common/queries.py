"""A request's query → a message, for wires whose options travel in the URL."""

from typing import TypeVar

from fastapi import Request
from pydantic import BaseModel, ValidationError

from services.common.problems import invalid_request

Options = TypeVar("Options", bound=BaseModel)


def options_of(request: Request, kind: type[Options]) -> Options:
    """Read the URL's query as ``kind``.

    Raises:
        ProblemError: an option is unknown or out of range.
    """
    try:
        return kind.model_validate(dict(request.query_params))
    except ValidationError as exc:
        raise invalid_request(exc) from exc
