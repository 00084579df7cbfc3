"""Writes asserts from tests that a model gave as objects with an input and an expected value."""

import ast
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

INPUT_KEYS = ("args", "arguments", "input", "inputs", "params")
EXPECTED_KEYS = ("expected", "expected_output", "output", "result", "expected_result", "return")
TEXT_KEYS = ("test", "assert", "code", "assertion")
"""Keys of a test that is a text within an object."""
_HEADER_END = re.compile(r"\)\s*(?:->|:|$)")
"""The end of the parameters of a ``def`` line, whose search begins behind ``def``."""


@dataclass(frozen=True, slots=True)
class Function:
    """What is known of the function that tests call."""

    name: str
    parameters: tuple[str, ...] | None
    """Names of its parameters; ``None``: unknown."""


def function_of(signature: str, question: str) -> Function | None:
    """Return the function that a signature, or else a question, names."""
    for text in (signature, question):
        if function := _defined(text):
            return function
    name = re.search(r"function\s+(?:named\s+|called\s+)?`(\w+)`|`(\w+)`\s+function", question)
    return Function(name[1] or name[2], None) if name else None


def _defined(text: str) -> Function | None:
    """Return the function of the first ``def`` line; a text that is nothing but a call may lack the ``def``."""
    begin = re.search(r"\bdef\s+(?=\w+\s*\()", text)
    end = _HEADER_END.search(text, begin.end()) if begin else None
    call = re.match(r"\s*(\w+\s*\([^\n]*\))", text) if end is None else None
    header = text[begin.end() : end.start() + 1] if begin and end else call[1] if call else None
    try:
        tree = ast.parse(f"def {header}: pass") if header else None
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    match tree:
        case ast.Module(body=[ast.FunctionDef() as function]):
            names = [argument.arg for argument in function.args.posonlyargs + function.args.args]
            return Function(function.name, tuple(names))
    return None


def assert_of_object(test: Mapping[str, Any], function: Function | None) -> str:
    """Return the assert that an object means, or an empty text if that is not certain.

    ``{"args": [1, 2], "expected": 3}`` and ``{"input": {"a": 1, "b": 2}, "expected": 3}`` name their arguments;
    ``{"input": [1, 2], "expected": 3}`` is one argument for a function of one parameter, and two for one of two.
    """
    if text := next((test[key] for key in TEXT_KEYS if isinstance(test.get(key), str)), ""):
        text = text.strip()
        return text if text.startswith("assert") else f"assert {text}" if "==" in text else ""
    inputs = next((key for key in INPUT_KEYS if key in test), None)
    expected = next((key for key in EXPECTED_KEYS if key in test), None)
    if inputs is None or expected is None or function is None:
        return ""
    arguments = _arguments(inputs, test[inputs], function.parameters)
    return f"assert {function.name}({arguments}) == {test[expected]!r}" if arguments is not None else ""


def _arguments(key: str, value: object, parameters: tuple[str, ...] | None) -> str | None:
    if isinstance(value, Mapping) and _are_keywords(value, parameters):
        return ", ".join(f"{name}={argument!r}" for name, argument in value.items())
    names = parameters or ()
    if not isinstance(value, list | tuple | Mapping):
        return repr(value) if names else None
    if (
        isinstance(value, tuple)
        or key in ("args", "arguments")
        or (isinstance(value, list) and len(names) > 1)
    ):
        return ", ".join(map(repr, value)) if parameters is None or len(value) <= len(names) else None
    return repr(value) if len(names) == 1 else None


def _are_keywords(value: Mapping[Any, object], parameters: tuple[str, ...] | None) -> bool:
    """Return whether the keys of an input are parameters of the function, or can be."""
    if parameters is not None:
        return bool(value) and set(value) <= set(parameters)
    return bool(value) and all(isinstance(name, str) and name.isidentifier() for name in value)
