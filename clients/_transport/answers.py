"""Reads the message in an answer of a service. Pure."""

from collections.abc import Callable
from typing import TypeVar

import httpx2
from pydantic import ValidationError

from clients.contract.validation_errors import summarize_errors
from clients.errors import ProtocolError

T = TypeVar("T")


def parse_answer(parse: Callable[[bytes], T], response: httpx2.Response, noun: str) -> T:
    """Return the message in an answer, as ``parse`` reads it.

    Raises:
        ProtocolError: the answer is not ``noun``.
    """
    try:
        return parse(response.content)
    except ValidationError as error:
        raise ProtocolError(
            f"{response.url} did not answer with {noun} ({summarize_errors(error)}); is this the service's address?"
        ) from error
