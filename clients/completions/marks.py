"""Finds the marks of chat templates in a completion, and tells them from the same text in a program. Pure.

A program may split at ``</think>`` or print ``<|im_end|>``. A mark belongs to the program if it is in quotes on its
line, or in a fenced block that compiles. In code without a fence, a mark in a string of several lines still counts.
"""

import ast
import re

from clients.completions.fences import Fence, find_fences
from clients.completions.parsing import BudgetedParser

_MAX_MARKS = 8
"""Marks of a program that are skipped, at most. The next one counts, whatever it is in: bounds the work."""
_AROUND = 400
"""Characters before and after a mark in which its quotes are searched; bounds the work."""
# An apostrophe (it's) follows a letter; the quote of a literal does not, unless that is its prefix.
_QUOTED = re.compile(
    r"""(?<!\w)[rbfu]{0,2}(?:'(?:\\.|[^'\\])*'|"(?:\\.|[^"\\])*")|(?<!`)`[^`]+`(?!`)""", re.IGNORECASE
)


def first_mark(pattern: re.Pattern[str], text: str, parser: BudgetedParser) -> re.Match[str] | None:
    """Return the first match of ``pattern`` that is not part of a program."""
    fences: list[Fence] | None = None
    for skipped, match in enumerate(pattern.finditer(text)):
        if skipped < _MAX_MARKS and _is_quoted(text, match):
            continue
        fences = find_fences(text) if fences is None else fences
        line = text.count("\n", 0, match.start())
        if skipped == _MAX_MARKS or not _is_in_program(line, fences, parser):
            return match
    return None


def _is_quoted(text: str, mark: re.Match[str]) -> bool:
    before = text[max(0, mark.start() - _AROUND) : mark.start()].rpartition("\n")[2]
    after = text[mark.end() : mark.end() + _AROUND].partition("\n")[0]
    line = f"{before}{mark[0]}{after}"
    start, end = len(before), len(before) + len(mark[0])
    return any(quoted.start() < start and quoted.end() > end for quoted in _QUOTED.finditer(line))


def _is_in_program(line: int, fences: list[Fence], parser: BudgetedParser) -> bool:
    """Whether this line of the text is in a fenced block that compiles."""
    fence = next((fence for fence in fences if line in fence.lines), None)
    return fence is not None and fence.may_be_python and isinstance(parser.parse(fence.code), ast.Module)
