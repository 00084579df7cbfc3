"""Decides whether a prompt that came as a text has been rendered by a chat template already.

Rendering it a second time would make its score meaningless. ``?rendered=true`` in the URL says that it has been; the
answer is then appended unchanged. ``?rendered=false`` says that it is a user's turn. Without the option, a prompt
without any of the model's special tokens is a user's turn, and a prompt with one is refused, because it may be either.
"""

from clients.contract import FieldError, Slug
from services.common.problem_error import ProblemError
from services.rm.routes.options import ChatOptions
from services.rm.tokens.formats import Writer


class RenderedOptions(ChatOptions):
    """The options of an API whose prompts may be rendered already."""

    rendered: bool | None = None
    """Whether a chat template has rendered the prompts already."""


def is_rendered(prompt: str, writer: Writer, option: bool | None, field: str) -> bool:
    """Return whether a prompt has been rendered; ``option`` is that of the URL.

    Raises:
        ProblemError: the URL does not say, and the prompt holds a special token.
    """
    if option is not None:
        return option
    special = next((token for token in sorted(writer.special_tokens()) if token in prompt), None)
    if special is None:
        return False
    message = (
        f"holds {special!r}, as texts do that a chat template has rendered; add ?rendered=true to the URL if one has, "
        f"?rendered=false if the text is a user's"
    )
    raise ProblemError(
        Slug.INVALID_REQUEST, f"{field}: {message}", errors=[FieldError(field=field, message=message)]
    )


def without_end_tokens(answer: str, writer: Writer) -> str:
    """Return an answer without the special tokens at its end: the template adds its own."""
    longer, shorter = "", answer
    while longer != shorter:
        longer = shorter
        for token in writer.special_tokens():
            shorter = shorter.removesuffix(token)
    return shorter
