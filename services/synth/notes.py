"""Names the notes of rows that several stages write and the card counts. Pure."""

from clients.contract import SynthRow

NOT_APPLIED = "not_applied"
"""Name of the note ``<stage>.not_applied``: why a stage passed a row on unchanged, or did only a part of its work on
it."""


def with_not_applied(row: SynthRow, stage: str, reason: str) -> SynthRow:
    """Return the row with the note that a stage, or a part of it, does not apply to it."""
    return row.model_copy(update={"notes": {**row.notes, f"{stage}.{NOT_APPLIED}": reason}})
