"""Finds ground truths, names of rows and other columns in the rows of data sets, as frameworks give them. Pure.

A trainer gives a reward function every column of its rows: lists for a batch, single values for one row. A column that
is missing, or that has another number of values than the batch has completions, is an error that names it.
"""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from clients.testspecs.rules import find_rule_in_columns, find_rules, refuse_rule

COLUMNS = ("tests", "ground_truth", "test_cases", "verification_info", "labels", "label", "answer")
"""Columns in which data sets keep ground truths, the most usual first. ``ACECODER_COLUMN`` names another one."""
_ID_COLUMNS = ("task_id", "question_id", "problem_id", "id", "uid", "index")
"""Columns in which data sets keep the name of a row."""
_ID_CHARS = 60
"""Of a name or a prompt in a message: enough to find the row."""


@dataclass(frozen=True, slots=True)
class RowNames:
    """What messages call the rows of a call, and the column of their ground truths."""

    rows: Sequence[str]
    """One for each row: ``row 3 (task_id 'HumanEval/3')``."""
    column: str = ""
    """Name of the column; empty if it is not known."""


def ground_truths_of(columns: Mapping[str, Sequence[Any]]) -> list[Any]:
    """Return the ground truths of several rows, whose columns are lists; a column of checker programs goes with them.

    Raises:
        TypeError: the column is one text.
        ValueError: no column has the name that ``ACECODER_COLUMN`` gives, or one of the usual names; or a column that
            says that equality does not decide has another number of values.
    """
    name = _truth_column(columns)
    if isinstance(columns[name], str):
        raise TypeError(
            f"the column of tests is one text ({name!r}); give a list with one ground truth for each completion"
        )
    truths = list(columns[name])
    rules = _rules_in(columns)
    for rule, values in rules.items():
        if not isinstance(values, list | tuple) or len(values) != len(truths):
            raise refuse_rule(rule, f"it has not one value for each of {len(truths)} rows")
    return [
        _with_rules(truth, {rule: values[row] for rule, values in rules.items()})
        for row, truth in enumerate(truths)
    ]


def ground_truth_of(row: Mapping[str, Any]) -> Any:
    """Return the ground truth of one row; a checker program in another field of the row goes with it.

    Raises:
        ValueError: no field has the name that ``ACECODER_COLUMN`` gives, or one of the usual names.
    """
    return _with_rules(row[_truth_column(row, may_be_null=True)], _rules_in(row))


def names_of_rows(columns: Mapping[str, Any], count: int) -> RowNames:
    """Return the names of ``count`` rows whose columns are lists: position, and id or beginning of the prompt."""
    hints = [""] * count
    for column in (*_ID_COLUMNS, "prompts"):
        values = columns.get(column)
        if values is not None and not isinstance(values, str) and len(values) == count:
            hints = [hint or _hint(column, value) for hint, value in zip(hints, values, strict=True)]
    rows = [f"row {at}{hint}" for at, hint in enumerate(hints)]
    return RowNames(rows, _truth_column(columns))


def name_of_row(row: Mapping[str, Any], column: str = "") -> RowNames:
    """Return the name of one row, by its id; ``column`` is that of its ground truth, if the row does not have it."""
    hints = (_hint(name, row.get(name)) for name in _ID_COLUMNS)
    return RowNames(
        [f"the row{next(filter(None, hints), '')}"], column or _truth_column(row, may_be_null=True)
    )


def values_of(columns: Mapping[str, Any], name: str, count: int, default: object) -> list[Any]:
    """Return the values of a column that a batch may have, one for each completion; without it, ``default`` for each.

    Raises:
        ValueError: the column has another number of values than there are completions.
    """
    values = columns.get(name)
    if values is None or (isinstance(values, list | tuple) and not values):
        return [default] * count
    if isinstance(values, str | bytes | Mapping) or not hasattr(values, "__len__"):
        raise ValueError(
            f"column {name!r} is of type {type(values).__name__}; give a list with one value for each completion"
        )
    if len(values) != count:
        raise ValueError(
            f"column {name!r} has {len(values)} values for {count} completions; give one for each completion, "
            f"or leave the column out"
        )
    return list(values)


def canaries_of(columns: Mapping[str, Any], count: int) -> list[bool]:
    """Return, for each of ``count`` completions, whether its row is a canary: the column ``canary``, if there is one.

    Raises:
        ValueError: the column has another number of values, or one that is neither true nor false.
    """
    flags = values_of(columns, "canary", count, default=False)
    for at, flag in enumerate(flags):
        if flag is not None and flag not in (False, True):  # a text "False" is true for Python
            raise ValueError(f"column 'canary': value {at} is {flag!r}; give true or false for each row")
    return [bool(flag) for flag in flags]


def _hint(column: str, value: object) -> str:
    """Return what identifies a row, as the end of its name; nothing if the value does not."""
    if isinstance(value, Sequence) and not isinstance(value, str | bytes):
        value = value[-1].get("content") if value and isinstance(value[-1], Mapping) else None
    if value is None or value == "" or not isinstance(value, str | int):
        return ""
    text = repr(value[:_ID_CHARS] if isinstance(value, str) else value)
    return f" ({column.removesuffix('s')} {text})"


def _rules_in(columns: Mapping[str, Any]) -> dict[str, Any]:
    """Return the columns that say, for any row, that equality does not decide."""
    return {name: values for name, values in columns.items() if find_rule_in_columns({name: values})}


def _with_rules(truth: Any, rules: Mapping[str, Any]) -> Any:
    """Return a ground truth that ``suite_from`` reads together with the fields that say how it is judged."""
    says_so = find_rules(rules)
    return {"ground_truth": truth, **says_so} if says_so else truth


def _truth_column(columns: Mapping[str, Any], *, may_be_null: bool = False) -> str:
    """Return the name of the column of ground truths; ``may_be_null``: also if its only value is null."""
    configured = os.environ.get("ACECODER_COLUMN")
    names = (configured,) if configured else COLUMNS
    present = [name for name in names if columns.get(name) is not None]
    if may_be_null:
        present += [name for name in names if name in columns]
    if present:
        return present[0]
    raise ValueError(
        f"no column of tests: looked for {', '.join(names)}; the columns are {', '.join(columns) or 'none'}. "
        f"Set ACECODER_COLUMN to the name of the column with the tests"
    )
