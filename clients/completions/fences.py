"""Finds the Markdown fences of a completion in one pass over its lines. Pure; uses no Python grammar.

Follows CommonMark where models do. Where they do not, it follows what they mean: a fence may open after
prose on its line, may be indented in a list, may lack its end, and a fence-like line inside a
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
_LINE_END = 60  # last characters of a line in which a fence after prose is searched; bounds the work
_STRINGS = re.compile(r"#.*|'''|\"\"\"|'(?:\\.|[^'\\])*'|\"(?:\\.|[^\"\\])*\"|\\.")
_TRIPLE = {"'''": re.compile(r"'''|\\."), '"""': re.compile(r'"""|\\.')}
_SECOND_LOOKS = (
    3  # most blocks with an unclosed string that are read again, ignoring strings; bounds the work
)

# Tags of blocks that are not programs.
_NOT_PROGRAMS = frozenset(
    {"text", "txt", "plaintext", "plain", "none", "output", "stdout", "stdin", "input", "result", "pycon"}
    | {"console", "bash", "sh", "shell", "zsh", "powershell", "cmd", "diff", "json", "yaml", "toml", "ini"}
    | {"xml", "html", "markdown", "md", "csv", "sql", "latex", "math", "mermaid"}
)


@dataclass(frozen=True, slots=True)
class Fence:
    """One fenced block."""

    code: str
    """Its lines, without the indentation of the fence."""
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
        """Whether its tag allows that it is Python: it is absent, or does not name something else."""
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
        track_strings = tag.startswith("py") or not tag
        end, in_string = _closing(lines, at, mark, track_strings=track_strings and second_looks > 0)
        if in_string:
            second_looks -= 1
            end, _ = _closing(lines, at, mark, track_strings=False)
        closed = end < len(lines)
        reopened = closed and not _CLOSE.match(lines[end])
        body = [_without_indent(line, indent) for line in lines[at:end]]
        yield Fence(_joined_without_mark(body, mark) if not closed else "\n".join(body), tag, closed)
        at = end if reopened else end + 1


def _opening(line: str) -> tuple[int, str, str] | None:
    """Return indentation, mark and tag of a line that opens a fence."""
    if "```" not in line and "~~~" not in line:
        return None
    match = _OPEN.match(line) or _OPEN_AFTER_PROSE.search(line[-_LINE_END:])
    if not match:
        return None
    words = match["info"].strip().strip("{}.").lower().split()
    own_line = "indent" in match.re.groupindex
    return len(match["indent"]) if own_line else 0, match["mark"], words[0] if words else ""


def _closing(lines: Sequence[str], start: int, mark: str, *, track_strings: bool) -> tuple[int, bool]:
    """Return the number of the line that closes the fence, or of lines; and whether a string is open there."""
    quote = ""
    for at in range(start, len(lines)):
        line = lines[at]
        if not quote:
            match = _CLOSE.match(line)
            if match and match["mark"][0] == mark[0] and len(match["mark"]) >= len(mark):
                return at, False
            if _OPEN_PYTHON.match(line):
                return at, False  # the closing fence is missing: no line of Python looks like this
        if track_strings:
            quote = _open_quote(line, quote)
    return len(lines), bool(quote)


def _open_quote(line: str, quote: str) -> str:
    """Return the triple quote that is open after ``line``, if one is."""
    at = 0
    while True:
        match = (_TRIPLE[quote] if quote else _STRINGS).search(line, at)
        if not match:
            return quote
        at = match.end()
        if match[0] in _TRIPLE:
            quote = "" if quote else match[0]


def _without_indent(line: str, indent: int) -> str:
    own = len(line) - len(line.lstrip(" \t"))
    return line[min(indent, own) :]


def _joined_without_mark(body: list[str], mark: str) -> str:
    """Join the lines of a block that is not closed; drop a mark that stands behind the code of its last line."""
    while body and not body[-1].strip():
        body.pop()
    if body and body[-1].rstrip().endswith(mark):
        body[-1] = body[-1].rstrip().rstrip(mark[0])
    return "\n".join(body)
