"""Makes items from texts that a chat template has rendered already, or of token ids, as frameworks send them.

A second beginning-of-sequence token is never added. An input is cut only on request, and never at its end, which is
what is scored.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Annotated, Any, Literal

from pydantic import PlainValidator, WithJsonSchema

from services.rm.backend import ScoringBackend
from services.rm.tokens.items import (
    ScoringItem,
    check_vocabulary,
    item_from_ids,
    item_from_text,
    too_long_message,
)

Row = str | tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Rows:
    """One or several texts, or the token ids of one or several."""

    rows: tuple[Row, ...]
    is_single: bool
    """Whether the request had a single row, without a list around it."""


@dataclass(frozen=True, slots=True)
class Cut:
    """How to cut an input that is too long, as the client asked."""

    tokens: int
    """Tokens to keep; -1: as many as the model takes."""
    side: Literal["left", "right"] | None = None
    """The side to cut."""


def _rows(value: Any) -> Rows:  # noqa: ANN401 - any JSON value
    if isinstance(value, Rows):
        return value
    if isinstance(value, str):
        return Rows((value,), is_single=True)
    if isinstance(value, list):
        if all(isinstance(item, str) for item in value):
            return Rows(tuple(value), is_single=False)
        if _are_ids(value):
            return Rows((tuple(value),), is_single=True)
        if all(isinstance(item, list) and _are_ids(item) for item in value):
            return Rows(tuple(tuple(item) for item in value), is_single=False)
    raise ValueError("should be a text, a list of texts, a list of token ids, or a list of such lists")


def _are_ids(value: Sequence[object]) -> bool:
    return all(type(item) is int for item in value)


_IDS = {"type": "array", "items": {"type": "integer"}}
_SCHEMA = {
    "anyOf": [
        {"type": "string"},
        {"type": "array", "items": {"type": "string"}},
        _IDS,
        {"type": "array", "items": _IDS},
    ]
}
Input = Annotated[Rows, PlainValidator(_rows), WithJsonSchema(_SCHEMA)]
"""A field that takes one or several texts, or the token ids of one or several."""


def items_of_rows(
    rows: Sequence[Row], backend: ScoringBackend, *, add_special_tokens: bool = True, cut: Cut | None = None
) -> list[ScoringItem]:
    """Return an item for each row, with an error where it cannot be scored."""
    longest = backend.info.max_tokens
    limit = 0 if cut else longest
    items = [_item(row, backend, limit, add_special_tokens) for row in rows]
    return [_shortened(item, cut, longest) for item in items] if cut else items


def _item(row: Row, backend: ScoringBackend, limit: int, add_special_tokens: bool) -> ScoringItem:
    if isinstance(row, str):
        item = item_from_text(row, backend.writer, limit, add_special_tokens=add_special_tokens)
        return check_vocabulary(item, backend.vocabulary)
    if not backend.vocabulary:
        return ScoringItem((), error="the model takes texts only, not token ids; send texts")
    return item_from_ids(row, backend.vocabulary, limit)


def _shortened(item: ScoringItem, cut: Cut, longest: int) -> ScoringItem:
    if item.error:
        return item
    keep = cut.tokens if cut.tokens >= 0 else longest or len(item.ids)
    ids = item.ids[max(len(item.ids) - keep, 0) :]
    if len(ids) < len(item.ids) and cut.side == "right":
        lost = f"cutting {len(item.ids)} tokens at the right would lose the end, which is what is scored"
        return replace(item, ids=(), error=f"{lost}; cut at the left, or send fewer")
    if not ids:
        return replace(item, ids=(), error="no token would be left to score; keep at least one")
    if longest and len(ids) > longest:
        return replace(item, ids=(), error=too_long_message(len(ids), longest))
    return replace(item, ids=ids, truncated=len(ids) < len(item.ids))
