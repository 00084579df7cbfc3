"""What is to be scored: a request's groups → items with token ids, or the reason why one cannot be scored.

A wrong candidate costs itself. Knows neither HTTP nor the model.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from clients.contract.scoring import Group, Message, Truncation
from services.rm.tokens.formats import FormatError, Writer, shortened
from services.rm.tokens.prefix_sharing import Tokens, common_prefix


@dataclass(frozen=True, slots=True)
class ScoringItem:
    """One candidate with its prompt. ``ids`` is empty where ``error`` says why."""

    ids: Tokens
    text: str = ""
    """The whole conversation as text."""
    conversation: tuple[Message, ...] = ()
    """For backends that are asked in words; empty where only text came."""
    truncated: bool = False
    error: str | None = None


def make_items(group: Group, writer: Writer, truncation: Truncation, longest: int) -> list[ScoringItem]:
    """Return one item per candidate; ``longest`` 0 is no limit."""
    if isinstance(group.prompt, str):
        before: tuple[Message, ...] = (Message(role="user", content=group.prompt),)
    else:
        before = tuple(group.prompt)
    items = []
    for candidate in group.candidates:
        conversation = (*before, Message(role="assistant", content=candidate))
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
            "the prompt ends with the assistant, whose next turn is the candidate; end it with what was asked"
        )
    if not conversation[-1].content.strip():
        raise FormatError("the candidate is empty; leave it out, or score what the model wrote")
    text = writer.text(conversation, test)
    ids = writer.ids(text)
    if not longest or len(ids) <= longest:
        return ScoringItem(ids, text, conversation)
    if truncation is Truncation.ERROR:
        raise FormatError(too_long_message(len(ids), longest))
    keep = _prompt_tokens(conversation, test, writer, ids)
    return ScoringItem(shortened(ids, longest, keep), text, conversation, truncated=True)


def too_long_message(tokens: int, longest: int) -> str:
    """Say that a sequence is too long."""
    return f"{tokens} tokens with its prompt; the model takes {longest}: shorten it, or ask for truncation='middle'"


def _prompt_tokens(conversation: tuple[Message, ...], test: str | None, writer: Writer, ids: Tokens) -> int:
    """How many tokens come before the answer: what the same prompt begins with before another answer."""
    other = (*conversation[:-1], Message(role="assistant", content="\u00b6"))
    return common_prefix(ids, writer.ids(writer.text(other, test)))


def item_from_text(
    text: str, writer: Writer, longest: int, *, add_special_tokens: bool = True
) -> ScoringItem:
    """Return the item of a text that the client wrote out, template and all; never shortened."""
    ids = writer.ids_of_raw(text, add_special_tokens=add_special_tokens)
    if not ids:
        return ScoringItem((), text, error="the text is empty")
    if longest and len(ids) > longest:
        return ScoringItem((), text, error=too_long_message(len(ids), longest))
    return ScoringItem(ids, text)


def check_vocabulary(item: ScoringItem, vocabulary: int) -> ScoringItem:
    """Return the item, or its error if it has a token that the model has not: a GPU would not survive it.

    Tokenizers may hold tokens that were added after the model was made; a text need only spell one out.
    """
    if not item.ids or not vocabulary or (max(item.ids) < vocabulary and min(item.ids) >= 0):
        return item
    wrong = next(token for token in item.ids if not 0 <= token < vocabulary)
    said = f"token id {wrong} is not among the model's {vocabulary}; use its own tokenizer"
    return replace(item, ids=(), error=said)


def item_from_ids(ids: Sequence[int], vocabulary: int, longest: int) -> ScoringItem:
    """Return the item of token ids that the client made."""
    item = check_vocabulary(ScoringItem(tuple(ids)), vocabulary)
    if item.error:
        return item
    if not ids:
        return ScoringItem((), error="there are no tokens")
    if longest and len(ids) > longest:
        return ScoringItem((), error=too_long_message(len(ids), longest))
    return item
