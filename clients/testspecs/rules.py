"""Finds the fields of a ground truth that say that equality does not decide. Pure.

Many contest problems have more than one right answer. Data sets mark them with a program that judges (CodeContests+,
HardTests, open-r1's Codeforces), a flag (``special_judge``, ``is_interactive``, ``any_order``) or a tolerance. Judged
by equality, right programs would fail in silence; so a ground truth with such a field is refused, unless it is a
program that we can run (``checker_programs``), or a ``comparison`` says how its output is compared. Tests that are code
decide themselves: there these fields are not looked at.
"""

import json
import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

_PARTS = re.compile(
    r"checker|special_?judge|custom_?judge|judging_?func|judge_?(?:code|script|program|func|fn|type|mode)|interactive|interactor|interaction_format"
    r"|output_?(?:validat|judg)|compar(?!ison$)|multiple_?(?:answer|output|solution)|any_?order|ignore_?(?:order|case)"
    r"|unordered|order_?insensitive|case_?insensitive|float_?precision|toleran|epsilon"
)
"""Parts of names that say it wherever they stand."""
_NAMES = frozenset(
    {
        "spj",
        "is_spj",
        "spj_code",
        "eps",
        "tol",
        "grader",
        "grader_code",
        "atol",
        "rtol",
        "abs_tol",
        "rel_tol",
        "evaluator",
    }
)
_FILES = frozenset({"input_file", "output_file", "input_mode", "output_mode", "io_mode"})
"""Files that the program reads or writes in place of its standard streams."""
_NEGATIVE = re.compile(
    r"order_?(?:matters|sensitive)|case_?sensitive|(?:unique|single)_?(?:answer|output|solution)"
)
"""Names that say it when they are false."""
_TAGS = frozenset({"tags", "cf_tags", "problem_tags", "topics", "type", "problem_type", "kind", "category"})
_NESTED = ("metadata", "test_cases_kit", "extra")
"""Objects beside the tests whose fields may say it: of HardTests and of ScaleBox."""
_TAG = re.compile(r"interactive|special_?judge")
_NOTHING = frozenset(
    {"", "none", "null", "false", "no", "0", "default", "exact", "stdio", "std", "standard", "n/a"}
    | {"stdin", "stdout", "standard input", "standard output"}
)
"""Texts that say nothing, or that equality decides."""


def find_rules(fields: Mapping[Any, Any]) -> dict[str, Any]:
    """Return the fields that change which answers are right, with their values; those of the nested objects last."""
    rules = {
        str(name): value
        for name, value in fields.items()
        if isinstance(name, str) and (kind := _kind(name)) and _says_so(kind, value)
    }
    for outer in _NESTED:
        inner = fields.get(outer)
        if isinstance(inner, str):
            inner = _json_object(inner)
        if isinstance(inner, Mapping):
            rules.update((f"{outer}.{name}", value) for name, value in find_rules(inner).items())
    return rules


def find_rule_in_columns(columns: Mapping[str, Any]) -> str | None:
    """Return the first column, or field of one row, that says so for any row.

    Tags are left out: tests that are code may have any.
    """
    for name, values in columns.items():
        kind = _kind(name)
        rows = values if isinstance(values, list | tuple) else [values]
        if kind not in ("", "tags") and any(_says_so(kind, value) for value in rows):
            return name
    return None


def refuse_rule(rule: str, reason: str = "") -> ValueError:
    """Return the error for a ground truth whose field ``rule`` changes which answers are right.

    ``reason`` is why it cannot be used as a checker program.
    """
    why = f" ({reason})" if reason else ""
    return ValueError(
        f"its field {rule!r} changes which answers are right, and we do not understand it{why}: equality would fail "
        f"right programs. Leave the row out; or say how to compare, in 'comparison'; or give a 'checker' in Python: "
        f"check(input, output, expected); or write its tests as asserts; or drop the field if equality is meant"
    )


@lru_cache(maxsize=4096)
def _kind(name: str) -> str:
    """Return what a field of this name would say, as the name of a rule of ``_says_so``; empty if nothing."""
    plain = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|[^A-Za-z0-9]+", "_", name).strip("_").lower()
    if plain in _TAGS:
        return "tags"
    if _NEGATIVE.search(plain):
        return "negative"
    return "positive" if plain in _NAMES or plain in _FILES or _PARTS.search(plain) else ""


def _says_so(kind: str, value: Any) -> bool:  # noqa: ANN401 - any JSON value
    if kind == "tags":
        tags = value if isinstance(value, list | tuple) else [value]
        return any(
            isinstance(tag, str) and _TAG.fullmatch(re.sub(r"[\W_]+", "_", tag.lower())) for tag in tags
        )
    is_nothing = value.strip().lower() in _NOTHING if isinstance(value, str) else not value
    if kind == "negative":
        return is_nothing and value is not None and value != ""
    return not is_nothing


def _json_object(text: str) -> Any:  # noqa: ANN401 - any JSON value
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None
