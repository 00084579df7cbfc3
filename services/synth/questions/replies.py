"""Finds the question, the signature and the tests in a reply, also where it does not follow the requested format.

Rules are tried from strict to tolerant: JSON; JSON in a fence or among text; a Python dict; the lines that hold
asserts, and json-repair, if every test of the result is Python; then the lines that hold asserts in any case; prose
with Python fences. ``ParsedReply.repairs`` lists the rules that were used. A test that no rule makes Python of is kept
as it stands: validation drops and counts it.
"""

import ast
import json
import re
from dataclasses import dataclass, field, replace
from typing import Any

from services.synth.broken_json import MOST_REPLY_CHARS, repaired
from services.synth.questions.objects import Function, assert_of_object, function_of
from services.synth.questions.repairs import Repair, assert_in_line, mend_escapes, parses

QUESTION_KEYS = ("question", "problem", "description", "text")
TEST_KEYS = ("tests", "test_cases", "testcases", "calls")


@dataclass(frozen=True, slots=True)
class ParsedReply:
    """What a reply holds."""

    question: str = ""
    signature: str = ""
    tests: tuple[str, ...] = ()
    repairs: frozenset[Repair] = field(default_factory=frozenset)
    """Rules that were needed; empty: the reply is the JSON that was asked for."""

    @property
    def label(self) -> str:
        """The rules in one word, for notes and counts: ``none``, or names joined by ``+``."""
        return "+".join(sorted(self.repairs)) or "none"


def parse_reply(text: str, finish_reason: str = "stop") -> ParsedReply:
    """Return question, signature and tests of a reply; empty parts were not found."""
    text = text[:MOST_REPLY_CHARS]
    lines = _from_lines(text)
    parsed = (
        _from_mapping(text)
        or (lines if lines and _is_complete(lines) else None)
        or _from_json_repair(text, finish_reason)
        or lines
        or _from_prose(text)
    )
    if finish_reason == "length":
        repairs = parsed.repairs | {Repair.CUT_OFF}
        parsed = ParsedReply(parsed.question, parsed.signature, parsed.tests, repairs)
    return parsed


def _is_complete(parsed: ParsedReply) -> bool:
    """Return whether a tolerant rule has found all parts, and no test that is broken: a sign of a wrong cut."""
    return bool(parsed.question and parsed.tests and all(map(parses, parsed.tests)))


def _from_mapping(text: str) -> ParsedReply | None:
    whole = text.strip()
    pieces = [(whole, frozenset[Repair]())]
    pieces += [(piece, frozenset({Repair.FENCED})) for piece in _braced(whole) if piece != whole]
    for read, needed in ((_json, frozenset[Repair]()), (_literal, frozenset({Repair.PYTHON_LITERAL}))):
        for piece, repairs in pieces:
            if parsed := _parts(read(piece), text, repairs | needed):
                return parsed
    return None


def _from_json_repair(text: str, finish_reason: str) -> ParsedReply | None:
    for content in repaired(_braced(text)):
        parsed = _parts(content, text, frozenset({Repair.JSON_REPAIR}))
        if parsed and finish_reason == "length":  # the last test was closed in the middle
            parsed = replace(parsed, tests=parsed.tests[:-1])
        if parsed and _is_complete(parsed):
            return parsed
    return None


def _parts(content: object, text: str, repairs: frozenset[Repair]) -> ParsedReply | None:
    """Return question, signature and tests of an object, or ``None`` if it is none or has neither."""
    if not isinstance(content, dict):
        return None
    question = _first_text(content, QUESTION_KEYS)
    signature = _first_text(content, ("signature", "function_signature"))
    items: object = next((content[key] for key in TEST_KEYS if content.get(key)), [])
    tests, needed = _tests_of(items, function_of(signature, question) or function_of("", text))
    return ParsedReply(question, signature, tuple(tests), repairs | needed) if question or tests else None


def _braced(text: str) -> list[str]:
    """Return the contents of fences that are objects, and what stands between the first and the last brace."""
    pieces = [
        match[1].strip() for match in re.finditer(r"```\w*\n(\s*\{.*?)(?:\n[^\S\n]*```|\Z)", text, re.DOTALL)
    ]
    start, end = text.find("{"), text.rfind("}")
    if start >= 0:
        pieces.append(text[start : end + 1] if end > start else text[start:])
    return pieces


def _json(piece: str) -> object:
    try:
        return json.loads(piece, strict=False)  # raw line feeds in strings are read as they are
    except (ValueError, RecursionError):
        return None


def _literal(piece: str) -> object:
    try:
        return ast.literal_eval(piece)
    except (ValueError, SyntaxError, TypeError, RecursionError, MemoryError):
        return None


def _first_text(content: dict[str, Any], keys: tuple[str, ...]) -> str:
    return next((value.strip() for key in keys if isinstance(value := content.get(key), str)), "")


def _tests_of(items: object, function: Function | None) -> tuple[list[str], frozenset[Repair]]:
    """Return the tests of a list, a dict or a text, with the rules that were needed for them."""
    if isinstance(items, str):
        items = items.splitlines()
    elif isinstance(items, dict):
        items = list(items.values())
    tests, repairs = [], set[Repair]()
    for item in items if isinstance(items, list | tuple) else []:
        test, repair = _test_of(item, function)
        if test:
            tests.append(test)
            repairs |= {repair} if repair else set()
    return tests, frozenset(repairs)


def _test_of(item: object, function: Function | None) -> tuple[str, Repair | None]:
    if isinstance(item, dict):
        return assert_of_object(item, function), Repair.OBJECTS
    return mend_escapes(item.strip()) if isinstance(item, str) else ("", None)


_KEY = r"[\"'](?:tests|test_cases|testcases|calls)[\"']\s*:"
_QUESTION_BEGINS = re.compile(rf"[\"'](?:{'|'.join(QUESTION_KEYS)})[\"']\s*:\s*(?P<quote>[\"'])")
_QUESTION_ENDS = {quote: re.compile(rf"{quote}\s*(?:,\s*(?=[\"']\w+[\"']\s*:)|\}})") for quote in ('"', "'")}
"""By the quote that the question begins with: it ends before another key, or the end of the object."""
_SIGNATURE = re.compile(r"[\"'](?:function_)?signature[\"']\s*:\s*\"(?P<text>(?:[^\"\\]|\\.)*)\"")


_CALL = re.compile(r"^((?:[^\S\n]|\[)*[\"'`]?)(?=\w+\()", re.MULTILINE)


def _from_lines(text: str) -> ParsedReply | None:
    """Read an object that is no JSON: the question between its quotes, and the lines after the key of the tests."""
    key = re.search(_KEY, text)
    if not key:
        return None
    rest = text[key.end() :]
    if "calls" in key[0]:  # a call ends where an assert of it would
        tests, repairs = _asserts(_CALL.sub(r"\1assert ", rest))
        tests = [test.removeprefix("assert ") for test in tests]
    else:
        tests, repairs = _asserts(rest)
    question = _quoted_question(text)
    signature = _SIGNATURE.search(text)
    if not tests and question is None:
        return None
    return ParsedReply(
        _unescaped(question or ""),
        _unescaped(signature["text"]) if signature else "",
        tuple(tests),
        repairs | {Repair.LINES},
    )


def _quoted_question(text: str) -> str | None:
    """Return what stands between the quotes of the question. Where one end is missing, no later one is there either."""
    missing: set[str] = set()
    for begin in _QUESTION_BEGINS.finditer(text):
        quote = begin["quote"]
        if quote not in missing:
            if end := _QUESTION_ENDS[quote].search(text, begin.end()):
                return text[begin.end() : end.start()]
            missing.add(quote)
    return None


_ITEM_ENDS = re.compile(r"\n|,\s*(?=[\"'`]?assert\b)")
"""Where an item of a broken list ends: with its line, or before the next assert."""


def _asserts(text: str) -> tuple[list[str], frozenset[Repair]]:
    """Return the asserts in the lines of ``text``; a last line without an end of its own is left out."""
    found = [assert_in_line(line) for line in _ITEM_ENDS.split(text)]
    tests = [item[0] for item in found if item]
    repairs = frozenset(repair for item in found if item for repair in item[1])
    if tests and found[-1] and not parses(tests[-1]):
        return tests[:-1], repairs | {Repair.CUT_OFF}
    return tests, repairs


def _unescaped(text: str) -> str:
    """Return the text of a JSON string; if it has escapes that JSON does not know, as it stands."""
    text = text.strip()
    return str(_json(f'"{text}"') or text.replace('\\"', '"').replace("\\n", "\n")).strip()


_FENCE = re.compile(r"```(?:python|py)?[ \t]*\n(.*?)(?:\n[ \t]*```|\Z)", re.DOTALL)
_HEADING = re.compile(r"^\W*(?:question|problem|coding question|title|answer|task)\W*$", re.IGNORECASE)
_TESTS_BEGIN = re.compile(
    r"^[^\w\n]*(?:test cases?|tests|assertions|examples?)\b", re.IGNORECASE | re.MULTILINE
)


def _from_prose(text: str) -> ParsedReply:
    """Read text with Python fences: tests are their asserts, the question is what stands before the tests."""
    asserts: list[str] = []
    repairs = frozenset[Repair]()
    question_end = len(text)
    for fence in _FENCE.finditer(text):
        tests, needed = _asserts(fence[1])
        if tests:
            question_end = min(question_end, fence.start())
            asserts += tests
            repairs |= needed - {Repair.UNQUOTED}
    if not asserts:
        return ParsedReply(repairs=frozenset({Repair.PROSE}))
    before = text[:question_end]
    lines = before.strip().splitlines()
    if begin := _TESTS_BEGIN.search(before):
        lines = before[: begin.start()].strip().splitlines()
        while lines and not re.search(r"\w", lines[-1]):  # a rule above the heading
            lines.pop()
    lines = [line for line in lines if not _HEADING.match(line)]
    return ParsedReply("\n".join(lines).strip(), "", tuple(asserts), repairs | {Repair.PROSE})
