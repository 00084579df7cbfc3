"""What every message has in common.

Requests forbid unknown fields, so that a misspelt option is an error and not a silent default.
Responses ignore them, so that an older client reads a newer server.
"""

from pydantic import BaseModel, BeforeValidator, ConfigDict


def reject_bool(value: object) -> object:
    """Let everything through but ``True`` and ``False``, which Python takes for 1 and 0 and nobody means so."""
    if isinstance(value, bool):
        raise ValueError(f"should be a number, not {str(value).lower()}")  # noqa: TRY004 - pydantic's way
    return value


NotBool = BeforeValidator(reject_bool)
"""For numbers; comes last, so that the constraints before it stay part of the schema."""


class RequestModel(BaseModel):
    """A message a client writes: immutable, unknown fields refused."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        use_attribute_docstrings=True,
        allow_inf_nan=False,
    )


class ResponseModel(BaseModel):
    """A message a service writes: immutable, unknown fields ignored by the reader."""

    model_config = ConfigDict(
        frozen=True,
        extra="ignore",
        use_attribute_docstrings=True,
    )
