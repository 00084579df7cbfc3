"""Names the rules by which replies are read, and applies those that work on one test."""

import ast
import json
import re
import warnings
from enum import StrEnum
from functools import lru_cache


class Repair(StrEnum):
    """A rule that was needed to read a reply."""

    FENCED = "fenced"
    """The JSON stands in a fence, or between other text."""
    PYTHON_LITERAL = "python_literal"
    """It is a Python dict: single quotes, ``None``, tuples."""
    JSON_REPAIR = "json_repair"
    """The json-repair library made JSON of it (a missing comma or bracket), and every test of the result parses."""
    LINES = "lines"
    """It is no JSON. Tests are the lines that hold ``assert``; the question is what stands between its quotes."""
    UNQUOTED = "unquoted"
    """In ``lines``: tests without quotes around them."""
    INNER_QUOTES = "inner_quotes"
    """In ``lines``: tests with quotes inside that are not escaped."""
    COMMENTS = "comments"
    """In ``lines``: comments after tests."""
    CUT_OFF = "cut_off"
    """The reply ends in the middle, usually at ``max_tokens``; the unfinished last test is left out."""
    PROSE = "prose"
    """It is text with tests in Python fences; the question is the text before them."""
    CONTROL_CHARACTERS = "control_characters"
    """A test has line feeds or tabs within quotes, as its backslashes are not doubled in JSON; they are escaped."""
    BACKSLASHES = "backslashes"
    """The same of other backslashes."""
    OBJECTS = "objects"
    """Tests are objects with an input and an expected value; they become asserts."""


def parses(source: str) -> bool:
    """Return whether ``source`` is Python."""
    return _module(source) is not None


def assert_of(source: str) -> ast.Assert | None:
    """Return the statement if ``source`` is one ``assert``, possibly after other statements."""
    module = _module(source)
    last = module.body[-1] if module and module.body else None
    return last if isinstance(last, ast.Assert) else None


@lru_cache(maxsize=256)  # reading a reply asks several times whether a test is Python, and what it calls
def _module(source: str) -> ast.Module | None:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # "\d" in a literal: a SyntaxWarning, and no matter here
            return ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def mend_escapes(source: str) -> tuple[str, Repair | None]:
    r"""Return a test with its escapes repaired, if that makes it Python; otherwise as it came.

    ``"assert f('a\nb') == 2"`` in JSON is a literal with a line feed in it, which Python does not allow.
    """
    if parses(source):
        return source, None
    escaped = "".join(
        json.dumps(character)[1:-1] if character < " " or character == "\x7f" else character
        for character in source
    )
    if parses(escaped):
        return escaped, Repair.CONTROL_CHARACTERS
    doubled = re.sub(r"\\(?=['\"])", r"\\\\", escaped)
    return (doubled, Repair.BACKSLASHES) if parses(doubled) else (source, None)


_LINE = re.compile(r"^[\s\[]*(?:[-*]\s+|\d+[.)]\s+)?(?P<quote>[\"'`]*)(?P<rest>assert\b.*)$")
_ITEM = re.compile(r"^\s*(?P<string>\"(?:[^\"\\]|\\.)*\")\s*+,?\s*+(?P<comment>#.*)?$")
# A run of blanks or of brackets is tried from its first character only, and is not given back: linear in the length.
_END = re.compile(r"(?!(?<=\s)\s|(?<=[,\]}])[,\]}])(?P<quote>[\"'`]?)\s*+[,\]}]*+\s*+(?:#|$)")
_KEY = r"\"\s*,\s*\"\w+\"\s*:"
_AFTER = re.compile(rf"[\"'`]?\s*+[,\]}}]*+\s*+(?:#.*)?|{_KEY}.*")
_OBJECT = re.compile(r"^(\s*)\{\s*\"(?:assert|assertion|test|code)\"\s*:\s*\"(?:assert\s+)?")
MOST_ENDS = 40
"""Places in one line at which the end of the statement is looked for; a line has a few."""
MOST_LINE_CHARS = 20_000
"""Longest line of which ends are tried, each by parsing: a longer one comes back as it stands."""


def assert_in_line(line: str) -> tuple[str, frozenset[Repair]] | None:
    """Return the assert in one line of a list of tests with the rules that were needed, or ``None`` if it has none.

    The statement ends at the last place where the text before it is Python, so that a quote or a comma after it, or
    a comment, does not belong to it. A statement that is no Python at any place comes back as it stands.
    """
    as_item = _OBJECT.sub(r'\1"assert ', line)
    if as_item != line:
        found = assert_in_line(as_item)
        return (found[0], found[1] | {Repair.OBJECTS}) if found else None
    match = _LINE.match(line)
    if not match:
        return None
    if found := _json_item(line):
        return found
    is_quoted, rest = bool(match["quote"]), match["rest"]
    for text in (rest, rest.replace('\\"', '"')) if len(rest) <= MOST_LINE_CHARS else ():
        for end in _ends(text):
            if parses(text[:end]):
                return text[:end].rstrip(), _line_repairs(match["quote"], text[:end], text[end:], rest)
    return rest.rstrip(" ,"), frozenset() if is_quoted else frozenset({Repair.UNQUOTED})


def _json_item(line: str) -> tuple[str, frozenset[Repair]] | None:
    """Return the assert of a line that is a JSON string, with a comma and a comment at most."""
    item = _ITEM.match(line)
    if not item:
        return None
    try:
        source, repair = mend_escapes(json.loads(item["string"], strict=False))
    except ValueError:  # an escape that JSON does not know
        return None
    if not parses(source):
        return None
    comments = {Repair.COMMENTS} if item["comment"] else set()
    return source, frozenset(comments | ({repair} if repair else set()))


def _line_repairs(quote: str, statement: str, after: str, rest: str) -> frozenset[Repair]:
    repairs = set()
    if not quote:
        repairs.add(Repair.UNQUOTED)
    elif quote[0] in statement and statement in rest:
        repairs.add(Repair.INNER_QUOTES)
    if "#" in after:
        repairs.add(Repair.COMMENTS)
    return frozenset(repairs)


def _ends(text: str) -> list[int]:
    """Return places where the statement may end, the last first: after them comes no more than the end of an item."""
    ends = {len(text.rstrip())}
    # with and without the quote: it may close the item, or a literal of the test
    for match in _END.finditer(text):
        ends |= {match.start(), match.start() + len(match["quote"])}
    ends |= {match.start() for match in re.finditer(_KEY, text)}  # a further key of an object
    likely = sorted(ends, reverse=True)[:MOST_ENDS]
    return [end for end in likely if _AFTER.fullmatch(text, end)]
