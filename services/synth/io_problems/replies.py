"""Reads what a model writes about a problem of stdin and stdout: the problem as JSON, its programs as Python fences.

Programs are told apart by the functions that they define, not by their order: ``validate_input(text)``,
``generate_…(rng)``, ``check(input, output, expected)``.
"""

import ast
import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from clients.contract import IoTest
from services.synth.broken_json import MOST_REPLY_CHARS, repaired

_FENCE = re.compile(r"```[ \t]*+(\w*)[ \t]*+\n(.*?)(?:\n[ \t]*```|\Z)", re.DOTALL)
_QUESTION_KEYS = ("question", "problem", "description", "text")
_EXAMPLE_KEYS = ("examples", "tests", "samples")


@dataclass(frozen=True, slots=True)
class WrittenProblem:
    """A problem of stdin and stdout as a model wrote it."""

    question: str
    examples: tuple[IoTest, ...]
    needs_checker: bool
    """Whether the model says that some input has several right outputs."""
    reason: str
    """Why, in its words."""


@dataclass(frozen=True, slots=True)
class WrittenPrograms:
    """The programs about a problem that a model wrote. An empty text: there is none."""

    validator: str = ""
    generators: str = ""
    checker: str = ""


def read_problem(text: str) -> WrittenProblem | None:
    """Return the problem of a reply, ``None`` if it holds no question."""
    text = text[:MOST_REPLY_CHARS]
    for content in _objects(text):
        question = next((value for key in _QUESTION_KEYS if isinstance(value := content.get(key), str)), "")
        if question.strip():
            items = next((value for key in _EXAMPLE_KEYS if isinstance(value := content.get(key), list)), [])
            examples = tuple(example for item in items if (example := _example(item)))
            needs_checker = _is_true(content.get("needs_checker"))
            return WrittenProblem(question.strip(), examples, needs_checker, str(content.get("reason") or ""))
    return None


def read_programs(text: str) -> WrittenPrograms:
    """Return the programs of a reply. Of several that define the same function, the last is taken: a correction."""
    found = WrittenPrograms()
    for source in _fences(text[:MOST_REPLY_CHARS]):
        names = _functions(source)
        found = WrittenPrograms(
            source if "validate_input" in names else found.validator,
            source if any(name.startswith("generate") for name in names) else found.generators,
            source if "check" in names else found.checker,
        )
    return found


def _objects(text: str) -> Iterator[dict[str, object]]:
    """Yield the JSON objects that a text may hold, read ever more tolerantly."""
    fenced = [body for _language, body in _FENCE.findall(text)]
    start, end = text.find("{"), text.rfind("}")
    pieces = [text.strip(), *fenced, text[start : end + 1] if 0 <= start < end else ""]
    pieces = [piece for piece in pieces if piece.lstrip().startswith("{")]
    yield from (content for piece in pieces if isinstance(content := _strictly(piece), dict))
    yield from (content for content in repaired(pieces) if isinstance(content, dict))


def _strictly(piece: str) -> object:
    try:
        return json.loads(piece, strict=False)  # raw line feeds in strings are read as they are
    except (ValueError, RecursionError):
        return None


def _example(item: object) -> IoTest | None:
    if not isinstance(item, dict):
        return None
    stdin, stdout = item.get("input", item.get("stdin")), item.get("output", item.get("stdout"))
    if not isinstance(stdin, str) or not isinstance(stdout, str):
        return None
    return IoTest(stdin=ending(stdin), stdout=ending(stdout))


def ending(text: str) -> str:
    """Return a text whose last line ends with a line feed, as programs read and print it; an empty one as it is."""
    return text if not text or text.endswith("\n") else text + "\n"


def _is_true(value: object) -> bool:
    return value is True or (isinstance(value, str) and value.strip().lower() in ("true", "yes"))


def _fences(text: str) -> Iterable[str]:
    return [
        body for language, body in _FENCE.findall(text) if language.lower() in ("", "python", "py", "python3")
    ]


def _functions(source: str) -> set[str]:
    try:
        return {node.name for node in ast.parse(source).body if isinstance(node, ast.FunctionDef)}
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return set()
