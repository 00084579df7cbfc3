"""Makes seeds from rows: which columns hold what, and what a preset does with them. Pure."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from clients.contract.synthesis import Seed
from services.synth.seeds.rejections import SeedReject, SeedRejectedError

_FENCE = re.compile(
    r"^[ \t]*```[ \t]*(?:python|python3|py)[ \t]*\r?\n(.*?)^[ \t]*```",
    re.DOTALL | re.MULTILINE | re.IGNORECASE,
)
_MAX_ID = 200  # Seed.id


@dataclass(frozen=True, slots=True)
class SeedColumns:
    """Which columns of a row hold the parts of a seed. The first column that a row has is taken."""

    program: Sequence[str] = ("program", "code", "content", "solution", "canonical_solution")
    instruction: Sequence[str] = ("instruction", "question", "problem", "prompt")
    id: Sequence[str] = ("id", "seed_id", "task_id", "hexsha")
    """Without such a column the id is the source's name and the row's number."""
    source: Sequence[str] = ("source", "package", "repo", "max_stars_repo_name")
    licence: Sequence[str] = ("licence", "license", "max_stars_repo_licenses", "licenses")
    language: Sequence[str] = ("language", "lang")
    meta: Sequence[str] = ()
    """Further columns, copied to ``Seed.meta``."""


@dataclass(frozen=True, slots=True)
class SeedPreset:
    """How the rows of one data set become seeds."""

    name: str
    """Name of the source, if a row does not have one; ids begin with it."""
    data_set: str = ""
    """The data set on Hugging Face that it is for."""
    columns: SeedColumns = field(default_factory=SeedColumns)
    fenced: bool = False
    """Whether the code is the first fenced block of Python in the program column."""
    language: str = ""
    """The language column must have this value; empty: any Python."""
    min_chars: int = 0
    """Fewest characters of the program column."""
    first: int | None = None
    """Rows that are read, from the first; ``None``: all."""


PRESETS: Mapping[str, SeedPreset] = {
    preset.name: preset
    for preset in (
        SeedPreset("plain"),
        SeedPreset(
            "magicoder-evol",
            "ise-uiuc/Magicoder-Evol-Instruct-110K",
            SeedColumns(program=("response",), instruction=("instruction",)),
            fenced=True,
        ),
        SeedPreset(
            "magicoder-oss",
            "ise-uiuc/Magicoder-OSS-Instruct-75K-Instruction-Response",
            SeedColumns(program=("response", "solution"), instruction=("instruction", "problem")),
            fenced=True,
            language="python",
        ),
        SeedPreset(
            "stack-functions",
            "bigcode/stack-dedup-python-fns",
            SeedColumns(
                program=("content",), instruction=(), meta=("max_stars_repo_name", "max_stars_repo_path")
            ),
            min_chars=101,
            first=50_000,
        ),
    )
}
"""``plain`` for your own rows; then the paper's three sources with the paper's filters. Two of these are corrected:
prints are removed by the syntax tree, not line by line, and a ``def`` is looked for in the tree, not in the text."""


def seed_of_row(row: Mapping[str, Any], preset: SeedPreset, position: int) -> Seed:
    """Return the seed of a row; its code is not checked. ``position`` is the row's, from 0.

    Raises:
        SeedRejectedError: the row is none of the preset's language, or has no code or instruction.
    """
    columns = preset.columns
    language = _text(row, columns.language).lower() or "python"
    if language != (preset.language or "python"):
        raise SeedRejectedError(SeedReject.LANGUAGE, f"its language is {language!r}")
    text = _text(row, columns.program)
    program = _fenced(text) if preset.fenced else text
    if len(program) < preset.min_chars:
        detail = f"{len(program)} characters, fewer than {preset.min_chars}"
        raise SeedRejectedError(SeedReject.TOO_SHORT if program else SeedReject.NO_CODE, detail)
    instruction = _text(row, columns.instruction)
    return Seed(
        id=_text(row, columns.id)[:_MAX_ID] or f"{preset.name}-{position:06}",
        program=program,
        instruction=instruction,
        source=_text(row, columns.source) or preset.data_set or preset.name,
        licence=_text(row, columns.licence),
        language=language,
        meta={name: row[name] for name in columns.meta if name in row},
    )


def _fenced(text: str) -> str:
    """Return the first fenced block of Python.

    Raises:
        SeedRejectedError: there is none.
    """
    match = _FENCE.search(text)
    if match is None:
        raise SeedRejectedError(SeedReject.NO_CODE, "no fenced block of Python")
    return match[1]


def _text(row: Mapping[str, Any], names: Sequence[str]) -> str:
    """Return the text of the first of the columns that the row has; of a list of one text, that text.

    Raises:
        SeedRejectedError: the column is neither text nor a number.
    """
    for name in names:
        value = row.get(name)
        if isinstance(value, list) and all(isinstance(part, str) for part in value):
            value = " AND ".join(value)  # several licences apply together
        if isinstance(value, bool) or not isinstance(value, str | int | None):
            detail = f"column {name!r} is of type {type(value).__name__}, not text"
            raise SeedRejectedError(SeedReject.UNREADABLE, detail)
        if value not in (None, ""):
            return str(value)
    return ""
