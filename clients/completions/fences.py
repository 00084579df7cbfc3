"""Finds the Markdown fences of a completion in one pass over its lines. Pure; uses no Python grammar.

Follows CommonMark where models do. Where they do not, it follows what they mean: a fence may open after
prose on its line, may be indented in a list, may lack its end, and a fence-like line inside a
triple-quoted string of a Python block is part of the string. Outside of strings and comments no Python has three
backticks, so they end a Python block wherever they are, whatever follows on their line (``</answer>``, ``}``, ``.``).
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

_OPEN = re.compile(
    r"^(?P<indent>[ \t]*)(?:[-*+][ \t]+|\d+[.)][ \t]+)?(?P<mark>`{3,}+|~{3,}+)(?P<info>[^`]*)$"
)
_OPEN_AFTER_PROSE = re.compile(r"(?P<mark>`{3,}+|~{3,}+)[ \t]*(?P<info>python3?|py3?)[ \t]*$", re.IGNORECASE)
_OPEN_AFTER_TAG = re.compile(r"[>{:][ \t]*(?P<mark>`{3,}+)(?P<info>)[ \t]*$")  # <answer>```
_OPEN_PYTHON = re.compile(r"^[ \t]*`{3,}+[ \t]*(?:python3?|py3?)[ \t]*$", re.IGNORECASE)
_CLOSE = re.compile(r"^[ \t]*(?P<mark>`{3,}+|~{3,}+)")
_TAG = re.compile(r"\{?\.?(?P<word>[a-z][\w.+#:/-]*)", re.IGNORECASE)
_LINE_END = 60  # last characters of a line in which a fence after prose is searched; bounds the work
_STRINGS = re.compile(r"#.*|`{3,}|'''|\"\"\"|'(?:\\.|[^'\\])*'|\"(?:\\.|[^\"\\])*\"|\\.")
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
_LANGUAGES = _NOT_PROGRAMS | frozenset(
    {
        "python",
        "python2",
        "python3",
        "py",
        "py3",
        "java",
        "javascript",
        "js",
        "typescript",
        "ts",
        "c",
        "cpp",
        "c++",
    }
    | {
        "csharp",
        "c#",
        "go",
        "rust",
        "ruby",
        "php",
        "kotlin",
        "swift",
        "scala",
        "r",
        "julia",
        "perl",
        "lua",
        "haskell",
    }
)
"""Tags that open a block even where another block is open: its end is missing."""


@dataclass(frozen=True, slots=True)
class Fence:
    """One fenced block."""

    code: str
    """Its lines, without the indentation of the fence."""
    tag: str
    """First word of the info string, in lower case."""
    closed: bool
    """Whether its end was found."""
    lines: range = range(0)
    """Numbers of its lines in the text, counted from 0, without the fence's own."""

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
    """Return the text before the first fence line, and whether that line names no language."""
    start = 0
    for line in text.split("\n"):
        if opened := _opening(line):
            return text[:start], not opened[2]
        if _CLOSE.match(line):
            return text[:start], True
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
        # no Python has three: fewer than the opening fence will do
        mark = mark[:3] if tag.startswith("py") else mark
        end, column, in_string = _closing(lines, at, mark, track_strings=track_strings and second_looks > 0)
        if in_string:
            second_looks -= 1
            end, column, _ = _closing(lines, at, mark, track_strings=False)
        closed = end < len(lines)
        reopened = closed and not column and _reopens(lines[end])
        body = [*lines[at:end], lines[end][:column]] if column else lines[at:end]
        body = [_without_indent(line, indent) for line in body]
        code = "\n".join(body) if closed else _joined_without_mark(body, mark)
        yield Fence(code, tag, closed, range(at, end))
        at = end if reopened else end + 1


def _opening(line: str) -> tuple[int, str, str] | None:
    """Return indentation, mark and tag of a line that opens a fence."""
    if "```" not in line and "~~~" not in line:
        return None
    end = line[-_LINE_END:]
    match = _OPEN.match(line) or _OPEN_AFTER_PROSE.search(end) or _OPEN_AFTER_TAG.search(end)
    if not match:
        return None
    tag = _tag(match["info"].strip())
    if tag is None:
        return None
    own_line = "indent" in match.re.groupindex
    return len(match["indent"]) if own_line else 0, match["mark"], tag


def _tag(info: str) -> str | None:
    """Return the tag of an info string; ``None`` if it is other text, which stands behind a closing fence."""
    if not info:
        return ""
    word = _TAG.match(info)
    if not word:
        return None
    tag = word["word"].lower()
    rest = info[word.end() :]
    # A tag stands alone or before attributes; several words are prose, if the first names no language.
    return tag if tag in _LANGUAGES or " " not in rest.strip() or "=" in rest or "{" in info else None


def _reopens(line: str) -> bool:
    """Whether a line that closes a block opens the next one: the closing fence is missing."""
    opened = _opening(line)
    return opened is not None and opened[2] in _LANGUAGES


def _closing(lines: Sequence[str], start: int, mark: str, *, track_strings: bool) -> tuple[int, int, bool]:
    """Return line and column at which the fence is closed, and whether a string is open at the end.

    The line is the number of lines if nothing closes it; the column is 0 unless code stands before the mark.
    """
    quote = ""
    for at in range(start, len(lines)):
        line = lines[at]
        if not quote:
            match = _CLOSE.match(line)
            if match and match["mark"][0] == mark[0] and len(match["mark"]) >= len(mark):
                return at, 0, False
            if _OPEN_PYTHON.match(line):
                return at, 0, False  # the closing fence is missing: no line of Python looks like this
        if track_strings:
            quote, column = _read_strings(line, quote, mark)
            if column:
                return at, column, False
    return len(lines), 0, bool(quote)


def _read_strings(line: str, quote: str, mark: str) -> tuple[str, int]:
    """Return the triple quote that is open after ``line``, and the column of a ``mark`` outside of strings, else 0."""
    at = 0
    while True:
        match = (_TRIPLE[quote] if quote else _STRINGS).search(line, at)
        if not match:
            return quote, 0
        if match[0].startswith(mark):
            return "", match.start()
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
