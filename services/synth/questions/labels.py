"""Reads expected values that a model worked out for calls, and writes asserts from them."""

import ast
import re
from collections import Counter
from collections.abc import Sequence

from services.synth.questions.repairs import parses

_LINE = re.compile(r"^\W{0,4}(?P<number>\d+)[.):]\s*(?P<rest>.*)$")
_MOST_DIGITS = 9
"""More digits number no call; Python refuses to read thousands of them."""
_ARROW = re.compile(r"(?:=>|->|→)")


def labels_of(reply: str, count: int) -> list[str | None]:
    """Return the expected value of each of ``count`` numbered calls as Python text; ``None``: the reply has none.

    A line is ``3. f(2) ... => 4``: its number names the call, and what stands after the last arrow is the value. A
    value that is no literal (``?``, prose) counts as none. If a number comes twice, the first line with a value counts.
    """
    values: list[str | None] = [None] * count
    for line in reply.splitlines():
        match = _LINE.match(line.strip())
        number = int(match["number"]) if match and len(match["number"]) <= _MOST_DIGITS else 0
        if not match or not 1 <= number <= count:
            continue
        position = number - 1
        if values[position] is None:
            values[position] = _literal(_ARROW.split(match["rest"])[-1]) if _ARROW.search(line) else None
    return values


def _literal(text: str) -> str | None:
    """Return the text of a Python literal in its normal form, or ``None`` if it is none."""
    for candidate in (text.strip(), text.strip(" \t.;,"), text.strip(" \t.;,`*")):
        try:
            return repr(ast.literal_eval(candidate))
        except (ValueError, SyntaxError, TypeError, RecursionError, MemoryError):
            continue
    return None


def majority(votes: Sequence[Sequence[str | None]]) -> list[str | None]:
    """Return the value that more than half of the replies give, call by call; ``None`` where there is none."""
    chosen: list[str | None] = []
    for values in zip(*votes, strict=True):
        value, number = Counter(values).most_common(1)[0]
        chosen.append(value if 2 * number > len(values) else None)
    return chosen


def call_in(text: str, entry_point: str) -> str | None:
    """Return the call of the function in an item of a list of calls, or ``None`` if it is no such call.

    An assert counts as the call on its left: some models give results although they are told not to.
    """
    text = text.strip()
    if not parses(text):
        return None
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == entry_point:
            return ast.unparse(node)
    return None


def label_test(call: str, expected: str) -> str:
    """Return the assert that a call gives a value."""
    return f"assert {call} == {expected}"
