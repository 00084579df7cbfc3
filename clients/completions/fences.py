"""Markdown fences of a completion, found in one pass over its lines. Pure; knows no Python grammar.

Follows CommonMark where models do; where they do not, leans to what they meant: a fence may open after
prose on its line, may be indented in a list, may miss its end, and a fence-like line inside a
triple-quoted string of a Python block is part of the string.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

_OPEN = re.compile(
    r"^(?P<indent>[ \t]*)(?:[-*+][ \t]+|\d+[.)][ \t]+)?(?P<mark>`{3,}+|~{3,}+)(?P<info>[^`]*)$"
)
_OPEN_AFTER_PROSE = re.compile(r"(?P<mark>`{3,}+|~{3,}+)[ \t]*(?P<info>python3?|py3?)[ \t]*$", re.IGNORECASE)
_OPEN_PYTHON = re.compile(r"^[ \t]*`{3,}+[ \t]*(?:python3?|py3?)[ \t]*$", re.IGNORECASE)
_CLOSE = re.compile(r"^[ \t]*(?P<mark>`{3,}+|~{3,}+)[ \t]*$")
_LINE_END = 60  # characters in which a fence opened after prose is looked for
_STRINGS = re.compile(r"#.*|'''|\"\"\"|'(?:\\.|[^'\\])*'|\"(?:\\.|[^\"\\])*\"|\\.")
_TRIPLE = {"'''": re.compile(r"'''|\\."), '"""': re.compile(r'"""|\\.')}
_SECOND_LOOKS = 3  # blocks whose strings never end are read again without minding strings; bounds the work

# What models put in fences that is not a program.
_NOT_PROGRAMS = frozenset(
    {"text", "txt", "plaintext", "plain", "none", "output", "stdout", "stdin", "input", "result", "pycon"}
    | {"console", "bash", "sh", "shell", "zsh", "powershell", "cmd", "diff", "json", "yaml", "toml", "ini"}
    | {"xml", "html", "markdown", "md", "csv", "sql", "latex", "math", "mermaid"}
)


@dataclass(frozen=True, slots=True)
class Fence:
    """One fenced block."""

    code: str
    """Its lines, less the fence's own indentation."""
    tag: str
    """First word of the info string, in lower case."""
    closed: bool
    """Whether its end was found."""

    @property
    def is_python(self) -> bool:
        """Whether its tag says Python."""
        return self.tag.startswith("python") or self.tag in ("py", "py3")

    @property
    def may_be_python(self) -> bool:
        """Whether its tag at least does not say that it is something else."""
        return self.tag not in _NOT_PROGRAMS


def find_fences(text: str) -> list[Fence]:
    """Return the fenced blocks of ``text``, in order. Time is linear in its length."""
    lines = text.split("\n")
    return list(_scan(lines))


def first_fence_is_bare(text: str) -> tuple[str, bool]:
    """Return the text before the first fence line, and whether that line has no info string."""
    start = 0
    for line in text.split("\n"):
        if opened := _opening(line):
            return text[:start], not opened[2]
        start += len(line) + 1
    return text, False


def _scan(lines: Sequence[str]) -> Iterator[Fence]:
    at, second_looks = 0, _SECOND_LOOKS
    while at < len(lines):
        opened = _opening(lines[at])
        at += 1
        if not opened:
            continue
        indent, mark, tag = opened
        minds_strings = tag.startswith("py") or not tag
        end, in_string = _closing(lines, at, mark, minds_strings=minds_strings and second_looks > 0)
        if in_string:
            second_looks -= 1
            end, _ = _closing(lines, at, mark, minds_strings=False)
        closed = end < len(lines)
        reopened = closed and not _CLOSE.match(lines[end])
        body = [_less_indent(line, indent) for line in lines[at:end]]
        yield Fence(_unglued(body, mark) if not closed else "\n".join(body), tag, closed)
        at = end if reopened else end + 1


def _opening(line: str) -> tuple[int, str, str] | None:
    """Return indentation, mark and tag of a line that opens a fence."""
    if "```" not in line and "~~~" not in line:
        return None
    found = _OPEN.match(line) or _OPEN_AFTER_PROSE.search(line[-_LINE_END:])
    if not found:
        return None
    words = found["info"].strip().strip("{}.").lower().split()
    own_line = "indent" in found.re.groupindex
    return len(found["indent"]) if own_line else 0, found["mark"], words[0] if words else ""


def _closing(lines: Sequence[str], start: int, mark: str, *, minds_strings: bool) -> tuple[int, bool]:
    """Return the line that closes the fence, or the end; and whether a string was open there."""
    quote = ""
    for at in range(start, len(lines)):
        line = lines[at]
        if not quote:
            found = _CLOSE.match(line)
            if found and found["mark"][0] == mark[0] and len(found["mark"]) >= len(mark):
                return at, False
            if _OPEN_PYTHON.match(line):
                return at, False  # the end was forgotten: no line of Python looks like this
        if minds_strings:
            quote = _open_quote(line, quote)
    return len(lines), bool(quote)


def _open_quote(line: str, quote: str) -> str:
    """Return the triple quote that is open after ``line``, if one is."""
    at = 0
    while True:
        found = (_TRIPLE[quote] if quote else _STRINGS).search(line, at)
        if not found:
            return quote
        at = found.end()
        if found[0] in _TRIPLE:
            quote = "" if quote else found[0]


def _less_indent(line: str, indent: int) -> str:
    own = len(line) - len(line.lstrip(" \t"))
    return line[min(indent, own) :]


def _unglued(body: list[str], mark: str) -> str:
    """Join the lines of a block without an end; its last line may carry the mark behind the code."""
    while body and not body[-1].strip():
        body.pop()
    if body and body[-1].rstrip().endswith(mark):
        body[-1] = body[-1].rstrip().rstrip(mark[0])
    return "\n".join(body)
