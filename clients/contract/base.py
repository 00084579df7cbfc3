"""Defines the base classes of all messages.

Requests forbid unknown fields, so that a misspelt option is an error and not a silent default.
Responses ignore unknown fields, so that an older client can read a newer server's answers.
"""

from typing import TYPE_CHECKING

from pydantic import BaseModel, BeforeValidator, ConfigDict, ValidationError

MAX_SILENCE_HEADER = "x-max-silence-s"
"""Header of an answer that gets a blank after each so many seconds without a byte, until it is complete."""


def reject_bool(value: object) -> object:
    """Refuse ``True`` and ``False`` where a number belongs: Python would silently use them as 1 and 0."""
    if isinstance(value, bool):
        raise ValueError(f"should be a number, not {str(value).lower()}")  # noqa: TRY004 - pydantic expects a ValueError
    return value


NotBool = BeforeValidator(reject_bool)
"""Annotation of a number that may not be a bool. Written last, so that constraints before it stay in the schema."""


if TYPE_CHECKING:  # calls keep the types of their arguments
    from pydantic._internal._model_construction import ModelMetaclass as _ExplainedErrors
else:

    class _ExplainedErrors(type(BaseModel)):
        """Adds to the error of a wrong ``Suite(tests=…)`` what a service would answer: each field, and which is meant.

        Only direct calls pass here; what arrives on the wire is validated, and explained, elsewhere.
        """

        def __call__(cls, *args: object, **kwargs: object) -> object:
            try:
                return super().__call__(*args, **kwargs)
            except ValidationError as error:
                from clients.contract.validation_errors import field_errors  # noqa: PLC0415 - it imports models

                for wrong in field_errors(error):
                    error.add_note(f"{wrong.field}: {wrong.message}")
                raise


class RequestModel(BaseModel, metaclass=_ExplainedErrors):
    """A message that a client writes. It is immutable, and unknown fields are refused."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        use_attribute_docstrings=True,
        allow_inf_nan=False,
    )


class ResponseModel(BaseModel):
    """A message that a service writes. It is immutable, and readers ignore unknown fields."""

    model_config = ConfigDict(
        frozen=True,
        extra="ignore",
        use_attribute_docstrings=True,
    )
