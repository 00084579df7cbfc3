"""Describes a function of the test's to the program, as far as it may know it: what parameters it has.

Programs ask that of the functions that they are given, to decorate or to curry them (``inspect.signature(f)``,
``f.__code__.co_argcount``). Names of parameters hold no expected value. A default may (``lambda x, e=e: x == e``), so
only whether there is one is told. A docstring crosses if the running test asks for one: a decorator copies it.
"""

from types import FunctionType, MethodType
from typing import Any

from .special_names import test_mentions

_VARIABLE, _VARIABLE_KEYWORDS = 0x04, 0x08  # ``inspect.CO_VARARGS`` and ``CO_VARKEYWORDS``
_MAX_PARAMETERS = 50
_MAX_DOC_CHARS = 1 << 14
POSITIONAL_ONLY, POSITIONAL, VARIABLE, KEYWORD_ONLY, VARIABLE_KEYWORDS = range(5)
"""Kinds of parameters, by the values of ``inspect``'s."""


def described_function(value: Any) -> dict[str, Any]:
    """Return the fields ``s`` (parameters: name, kind, whether there is a default) and ``doc``."""
    is_method = type(value) is MethodType
    function = value.__func__ if is_method else value
    if type(function) is not FunctionType:
        return {}
    described: dict[str, Any] = {}
    parameters = _parameters(function)[1 if is_method else 0 :]
    if len(parameters) <= _MAX_PARAMETERS:
        described["s"] = parameters
    doc = function.__doc__
    if type(doc) is str and len(doc) <= _MAX_DOC_CHARS and test_mentions("__doc__"):
        described["doc"] = doc
    return described


def _parameters(function: FunctionType) -> list[list[Any]]:
    code = function.__code__
    positional = code.co_varnames[: code.co_argcount]
    required = len(positional) - len(function.__defaults__ or ())
    found: list[list[Any]] = []
    for at, name in enumerate(positional):
        kind = POSITIONAL_ONLY if at < code.co_posonlyargcount else POSITIONAL
        found.append([name, kind, at >= required])
    names = list(code.co_varnames[code.co_argcount :])
    keywords = [names.pop(0) for _ in range(code.co_kwonlyargcount)]
    if code.co_flags & _VARIABLE:
        found.append([names.pop(0), VARIABLE, False])
    given = function.__kwdefaults__ or {}
    found += [[name, KEYWORD_ONLY, name in given] for name in keywords]
    if code.co_flags & _VARIABLE_KEYWORDS:
        found.append([names.pop(0), VARIABLE_KEYWORDS, False])
    return found
