"""Encodes the answer to one call, and what the call changed."""

from typing import Any

from ..wire import codec
from ..wire.encoder import encode
from .refs import ProgramRefs


def encode_answer(value: Any, refs: ProgramRefs) -> Any:
    """Return the JSON form of a value."""
    try:
        return encode(value, refs)
    except codec.WireError:  # for example a value that holds itself: it stays here
        return refs.export(value, 0)


def encode_kept(value: Any, refs: ProgramRefs, *, is_held: bool) -> Any:
    """Encode a value whose containers get numbers if the program holds them (``is_held``: the value itself)."""
    refs.kept.is_inside = is_held
    try:
        return encode(value, refs)
    except codec.WireError:
        refs.kept.undo_answer()
        return refs.export(value, 0)
    finally:
        refs.kept.is_inside = False


def changed_by_call(
    refs: ProgramRefs, before: dict[int, str], *, set_by_test: Any = None, retained: bool = True
) -> list[Any] | None:
    """Return what a call changed in its arguments and in kept containers, and the arguments that are kept."""
    changed = refs.changed(before) or []
    if retained:
        changed += refs.retained()
    if set_by_test is not None:
        refs.kept.refresh(set_by_test, refs)
    return changed + refs.kept.changes(refs) or None
