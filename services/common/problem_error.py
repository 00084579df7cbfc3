"""Defines the exception for a request that cannot be served.

Code that detects a failure raises ``ProblemError``. ``clients.contract.validation_errors`` writes the messages for
wrong fields, and ``replies`` writes the HTTP answer.
"""

from collections.abc import Iterable

from pydantic import ValidationError

from clients.contract import FieldError, Slug
from clients.contract.validation_errors import field_errors, summarize_errors


class ProblemError(Exception):
    """A request cannot be served: one kind of ``PROBLEMS``, and the details of this case."""

    def __init__(
        self,
        slug: Slug,
        detail: str = "",
        *,
        errors: Iterable[FieldError] = (),
        retry_after_s: int | None = None,
    ) -> None:
        super().__init__(f"{slug}: {detail}")
        self.slug = slug
        self.detail = detail
        self.errors = list(errors)
        self.retry_after_s = retry_after_s


def invalid_request(error: ValidationError) -> ProblemError:
    """Return the error to raise for a body that is JSON but does not fit its model."""
    return ProblemError(Slug.INVALID_REQUEST, summarize_errors(error), errors=field_errors(error))
