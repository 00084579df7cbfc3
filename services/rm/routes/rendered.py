"""Whether a prompt that came as text is written out by a template already: under a second one no score means anything.

``?rendered=true``: it is, and the answer is put behind it as it is. ``?rendered=false``: it is what a user said. Where
the URL does not say, a prompt that holds none of the model's special tokens is what a user said; one that does is
refused, for both readings are possible.
"""

from clients.contract import FieldError, Slug
from services.common.problems import ProblemError
from services.rm.routes.options import ChatOptions
from services.rm.tokens.formats import Writer


class RenderedOptions(ChatOptions):
    """The query of the URL."""

    rendered: bool | None = None
    """Whether prompts are written out by a template already."""


def is_rendered(prompt: str, writer: Writer, said: bool | None, field: str) -> bool:
    """Return whether to leave a prompt as it is.

    Raises:
        ProblemError: nobody said, and it could be either.
    """
    if said is not None:
        return said
    found = next((token for token in sorted(writer.special_tokens()) if token in prompt), None)
    if found is None:
        return False
    words = (
        f"holds {found!r}, as texts do that a template has written; add ?rendered=true to the URL if one has, "
        f"?rendered=false if a user said that"
    )
    raise ProblemError(
        Slug.INVALID_REQUEST, f"{field}: {words}", errors=[FieldError(field=field, message=words)]
    )


def without_end_tokens(answer: str, writer: Writer) -> str:
    """Return an answer without the special tokens at its end: the template writes its own."""
    left, shorter = "", answer
    while left != shorter:
        left = shorter
        for token in writer.special_tokens():
            shorter = shorter.removesuffix(token)
    return shorter
