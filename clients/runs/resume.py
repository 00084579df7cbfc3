"""Checks the output of an earlier run: which of its rows are kept, and whether the file may be written.

A file that holds anything but rows of the same command is never changed.
"""

import json
import shutil
import tempfile
from collections import Counter
from pathlib import Path

from clients.contract import Status, UnscorableReason

_FINAL_REASONS = frozenset({UnscorableReason.INVALID_INPUT, UnscorableReason.INVALID_SUITE})
"""Reasons that another run would not change: the candidate or its suite is at fault, not the service."""
_RESULT_FIELDS = ("key", "index", "status")
_WINNER_FIELDS = ("task_id", "solution", "reasons", "winner", "ranking")
_OTHER_FORMATS = (".parquet", ".gz", ".csv")
"""Ends of file names that readers would not open as JSON lines."""


def drop_incomplete_rows(out: Path) -> Counter[str]:
    """Drop rows that are cut off or have no final verdict; return how many rows of each key are left.

    Raises:
        ValueError: the file holds what no run wrote; it is not changed.
    """
    done: Counter[str] = Counter()
    lines = _own_lines(out, "execute", _RESULT_FIELDS)
    kept = []
    for line in lines:
        key = _final_key(line)
        if key:
            kept.append(line)
            done[key] += 1
    if kept != lines:
        _rewrite(out.resolve(), "".join(kept))
    return done


def drop_rows(out: Path, dropped: Counter[str]) -> None:
    """Drop as many rows of each key as ``dropped`` says, the last ones of a key."""
    left = dropped.copy()
    kept = []
    for line in reversed(_own_lines(out, "execute", _RESULT_FIELDS)):
        key = _final_key(line) or ""
        if left[key] > 0:
            left[key] -= 1
        else:
            kept.append(line)
    _rewrite(out.resolve(), "".join(reversed(kept)))


def check_not_an_input(out: Path, *inputs: Path | None) -> None:
    """Check that the output is not one of the inputs.

    Raises:
        ValueError: the output is one of the inputs.
    """
    if any(path is not None and out.resolve() == path.resolve() for path in inputs):
        raise ValueError(f"{out}: the output is one of the inputs; give -o another name")


def check_name(out: Path) -> None:
    """Check that the name of an output does not promise another format than JSON lines.

    Raises:
        ValueError: readers would open the file as parquet, gzip or CSV, and fail.
    """
    if out.suffix in _OTHER_FORMATS:
        raise ValueError(f"{out}: the rows are JSON lines; give -o a name that ends in .jsonl")


def check_overwritable(
    out: Path, command: str = "best-of-n", fields: tuple[str, ...] = _WINNER_FIELDS
) -> None:
    """Check that ``out`` may be overwritten: it holds rows of an earlier run of ``command``, or nothing.

    Such rows have these ``fields``. Nothing is changed.

    Raises:
        ValueError: the file holds what no run wrote.
    """
    _own_lines(out, command, fields)


def _own_lines(out: Path, command: str, fields: tuple[str, ...]) -> list[str]:
    """Return the lines of an earlier run's output, whose rows have these fields; none if there is no file.

    Raises:
        ValueError: the file holds another line, or it is a folder, or its folder is missing.
    """
    if not out.parent.is_dir():
        raise ValueError(f"{out}: there is no folder {out.parent}; make it, or give -o another name")
    if out.is_dir():
        raise ValueError(f"{out} is a folder; give -o the name of a file")
    if not out.is_file():
        return []
    lines = out.read_bytes().decode("utf-8", "replace").splitlines(keepends=True)
    for number, line in enumerate(lines, 1):
        if not (_is_row(line, fields) or (number == len(lines) and _is_cut(line, fields[0]))):
            raise ValueError(
                f"{out}:{number}: not a row that `acecoder {command}` wrote, so the file is not changed; "
                f"give -o another name"
            )
    return lines


def _is_row(line: str, fields: tuple[str, ...]) -> bool:
    try:
        row = json.loads(line)
    except (ValueError, RecursionError):
        return not line.strip()
    return isinstance(row, dict) and all(field in row for field in fields)


def _is_cut(line: str, first: str) -> bool:
    """Whether the line may be the beginning of a row, as a killed run leaves it."""
    start = f'{{"{first}": '
    return not line.endswith("\n") and (line.startswith(start) or start.startswith(line))


def _rewrite(path: Path, text: str) -> None:
    with tempfile.NamedTemporaryFile(
        "w", encoding="utf-8", dir=path.parent, prefix=f".{path.name}.", delete=False
    ) as new:
        new.write(text)
    shutil.copymode(path, new.name)
    Path(new.name).replace(path)


def _final_key(line: str) -> str | None:
    """Return the key of a whole row that would not change if it were judged again; ``None`` for other rows."""
    try:
        row = json.loads(line)
        is_final = row["status"] == Status.JUDGED or row["reason"] in _FINAL_REASONS
        return str(row["key"]) if is_final and line.endswith("\n") else None
    except (ValueError, KeyError, TypeError):
        return None
