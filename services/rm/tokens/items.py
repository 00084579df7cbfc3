"""Turns the candidates of a request into items: token ids, or the reason why a candidate cannot be scored.

A faulty candidate gets an error of its own; the others are not affected. This module knows neither HTTP nor the model.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from clients.contract.scoring import Group, Message, Truncation
from services.rm.tokens.formats import FormatError, Writer, shortened
from services.rm.tokens.prefix_sharing import Tokens, common_prefix


@dataclass(frozen=True, slots=True)
class ScoringItem:
    """One candidate with its prompt, ready to score. Where ``ids`` is empty, ``error`` is the reason."""

    ids: Tokens
    text: str = ""
    """The whole conversation as text."""
    conversation: tuple[Message, ...] = ()
    """The turns, for a backend that sends text to a chat model; empty if the client sent only a text or token ids."""
    truncated: bool = False
    """Whether tokens were left out."""
    error: str | None = None


def make_items(group: Group, writer: Writer, truncation: Truncation, longest: int) -> list[ScoringItem]:
    """Return one item per candidate. ``longest`` is the limit in tokens; 0 is no limit."""
    if isinstance(group.prompt, str):
        prompt: tuple[Message, ...] = (Message(role="user", content=group.prompt),)
    else:
        prompt = tuple(group.prompt)
    items = []
    for candidate in group.candidates:
        conversation = (*prompt, Message(role="assistant", content=candidate))
        try:
            items.append(_item(conversation, group.test, writer, truncation, longest))
        except FormatError as error:
            items.append(ScoringItem((), conversation=conversation, error=str(error)))
    return items


def _item(
    conversation: tuple[Message, ...], test: str | None, writer: Writer, truncation: Truncation, longest: int
) -> ScoringItem:
    if len(conversation) > 1 and conversation[-2].role == "assistant":
        raise FormatError(
            "the prompt ends with an assistant turn, but the candidate is that turn; end the prompt with the question"
        )
    if not conversation[-1].content.strip():
        raise FormatError("the candidate is empty; leave it out, or send the text that the model wrote")
    text = writer.text(conversation, test)
    ids = writer.ids(text, len(conversation[-1].content))
    if not longest or len(ids) <= longest:
        return ScoringItem(ids, text, conversation)
    if truncation is Truncation.ERROR:
        raise FormatError(too_long_message(len(ids), longest))
    keep = _prompt_tokens(conversation, test, writer, ids)
    return ScoringItem(shortened(ids, longest, keep), text, conversation, truncated=True)


def too_long_message(tokens: int, longest: int) -> str:
    """Return the error of a sequence that is too long."""
    return (
        f"the candidate has {tokens} tokens with its prompt, and the model takes {longest}: shorten it, or ask for "
        f"truncation='middle'"
    )


def _prompt_tokens(conversation: tuple[Message, ...], test: str | None, writer: Writer, ids: Tokens) -> int:
    """Return how many tokens come before the answer.

    Prompt and answer are never tokenised separately, so the same prompt is written with another answer (a pilcrow,
    which hardly any program begins with), and the common prefix of the two is counted.
    """
    other = (*conversation[:-1], Message(role="assistant", content="\u00b6"))
    return common_prefix(ids, writer.ids(writer.text(other, test)))


def item_from_text(
    text: str, writer: Writer, longest: int, *, add_special_tokens: bool = True
) -> ScoringItem:
    """Return the item of a text that the client wrote out with the template. It is never shortened."""
    ids = writer.ids_of_raw(text, add_special_tokens=add_special_tokens)
    if not ids:
        return ScoringItem((), text, error="the text is empty")
    if longest and len(ids) > longest:
        return ScoringItem((), text, error=too_long_message(len(ids), longest))
    return ScoringItem(ids, text)


def check_vocabulary(item: ScoringItem, vocabulary: int) -> ScoringItem:
    """Return the item, with an error instead of its tokens if the model's vocabulary lacks one of them.

    A token id outside the embedding is a fault inside a CUDA kernel, after which the GPU computes nothing more until
    the process restarts. A text can cause it: a tokenizer may have tokens that were added after the model was made.
    ``vocabulary`` 0 means that the backend takes text and has no token ids.
    """
    if not item.ids or not vocabulary or (max(item.ids) < vocabulary and min(item.ids) >= 0):
        return item
    unknown = next(token for token in item.ids if not 0 <= token < vocabulary)
    reason = (
        f"token id {unknown} is outside the model's vocabulary of {vocabulary}; use the model's own tokenizer"
    )
    return replace(item, ids=(), error=reason)


def item_from_ids(ids: Sequence[int], vocabulary: int, longest: int) -> ScoringItem:
    """Return the item of token ids that the client sent."""
    item = check_vocabulary(ScoringItem(tuple(ids)), vocabulary)
    if item.error:
        return item
    if not ids:
        return ScoringItem((), error="the list of token ids is empty")
    if longest and len(ids) > longest:
        return ScoringItem((), error=too_long_message(len(ids), longest))
    return item
