"""A request that cannot be served, as an exception: a row of the table both sides share, and the words for it.

What counts as a failure is decided where it happens, by raising ``ProblemError``; which field is wrong is worded in
``clients.contract.validation_errors``; how it is answered is ``replies``'.
"""

from collections.abc import Iterable

from pydantic import ValidationError

from clients.contract import FieldError, Slug
from clients.contract.validation_errors import field_errors, summarize_errors


class ProblemError(Exception):
    """A request that cannot be served: a row of ``PROBLEMS`` and the words for this case."""

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
    """What to raise when a body is JSON but not the message it should be."""
    return ProblemError(Slug.INVALID_REQUEST, summarize_errors(error), errors=field_errors(error))
