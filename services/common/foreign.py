"""Reads the options that users of a foreign API put in its URL.

A foreign API is one that a framework already speaks; ours is ``/v1``. Its messages have no field for our options, and
its URL is often the one thing that the framework lets a user change.
"""

from typing import TypeVar

from fastapi import Request
from pydantic import BaseModel, ConfigDict, ValidationError

from services.common.problem_error import invalid_request

Options = TypeVar("Options", bound="ApiOptions")

MAX_ROWS_NAMED = 8
"""Rows named in one refusal of a foreign API: enough to see what is wrong with a data set."""


class ApiOptions(BaseModel):
    """The options in the query of a foreign API's URL. An unknown option is refused by its name."""

    model_config = ConfigDict(extra="forbid", use_attribute_docstrings=True, frozen=True, allow_inf_nan=False)


def options_of(request: Request, kind: type[Options]) -> Options:
    """Read the query of the request's URL as ``kind``.

    Raises:
        ProblemError: an option is unknown or out of range.
    """
    try:
        return kind.model_validate(dict(request.query_params))
    except ValidationError as exc:
        raise invalid_request(exc) from exc
