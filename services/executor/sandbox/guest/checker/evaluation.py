"""Contains what a test evaluates: text or bytes of the program that run as code in this process.

Such code can do here whatever a test can: read the other tests, and report any outcome. Therefore the worker is told
before it runs (``announce``). From then on the worker takes one outcome of this checker, that of the running test, and
marks a pass as ``decided_by_program``. Then it ends the session and judges everything else in another one
(``scheduler.untrusted``). What was reported before is beyond reach.

A test that uses ``eval``, ``exec`` or ``compile`` calls the functions below. They announce nothing for a text that can
do no harm: a constant of the test's own, or an expression of numbers, texts, containers and operators. For the other
means (``evaluating_tests``), the test's first question to the program is announced.
"""

import ast
import builtins
import sys
from collections.abc import Callable, Mapping
from collections.abc import Set as AbstractSet
from types import BuiltinFunctionType, CodeType, FrameType
from typing import Any

from ..wire.codec import ATOMS
from ..wire.evaluating_names import has_any

HARMLESS_NODES = (
    ast.Expression, ast.Constant, ast.Tuple, ast.List, ast.Set, ast.Dict, ast.UnaryOp, ast.BinOp, ast.BoolOp,
    ast.Compare, ast.IfExp, ast.Subscript, ast.Slice, ast.Call, ast.keyword, ast.Name, ast.Load, ast.operator,
    ast.unaryop, ast.boolop, ast.cmpop,
)  # fmt: skip
"""What an expression may consist of. No attribute, no function, no comprehension: they lead to other objects."""
_HARMLESS_CALLS = {
    name: getattr(builtins, name)
    for name in "abs bool complex dict divmod float frozenset int len list max min pow range round set sorted str sum "
    "tuple".split()
}
_MAX_CHARS = 10_000
"""A longer expression is not looked at."""


class Evaluation:
    """Whether the running test has evaluated, or may evaluate, what the program returned."""

    def __init__(self) -> None:
        self._announce: Callable[[], None] | None = None
        self._codes: tuple[CodeType | None, ...] = ()
        self.is_announced = False

    def start_test(self, announce: Callable[[], None], codes: tuple[CodeType | None, ...]) -> None:
        """Begin a test of this code; ``announce`` tells the worker that it evaluates."""
        self._announce = announce
        self._codes = codes

    def end_tests(self) -> None:
        """Forget the last test."""
        self._announce = None
        self._codes = ()

    def announce(self) -> None:
        """Tell the worker, once, that the running test evaluates what the program returned."""
        if self._announce is not None and not self.is_announced:
            self.is_announced = True  # for good: this process ends with the test
            self._announce()

    def is_own_text(self, text: str) -> bool:
        """Whether a text is a constant of the running test that evaluates nothing in its turn."""
        return any(code and _has_constant(code, text) for code in self._codes) and not has_any(text)


evaluation = Evaluation()
"""One for the process: the functions that tests call have no other way to it."""


def _has_constant(code: CodeType, text: str) -> bool:
    return any(
        value == text if type(value) is str else isinstance(value, CodeType) and _has_constant(value, text)
        for value in code.co_consts
    )


def _eval(source: Any, /, globals: Any = None, locals: Any = None) -> Any:  # noqa: A002
    """Evaluate an expression, as the builtin does."""
    if issubclass(type(source), str):
        source = str.__str__(source)  # an answer may be of a subclass: what is looked at is what is evaluated
    if type(source) is not str:
        evaluation.announce()  # bytes, code, an array: the builtin takes whatever has a buffer
    elif not evaluation.is_own_text(source):
        frame = sys._getframe(1)  # noqa: SLF001
        shadowed = set() if globals is not None else {*frame.f_globals, *frame.f_locals}
        harmless = _harmless(source.lstrip(" \t"), globals, locals, shadowed)
        if harmless is not None:
            names = {"__builtins__": _HARMLESS_CALLS, **(globals or {})}
            return builtins.eval(harmless, names, locals)  # noqa: S307
        evaluation.announce()
    return builtins.eval(source, *_namespaces(sys._getframe(1), globals, locals))  # noqa: S307, SLF001


def _exec(source: Any, /, globals: Any = None, locals: Any = None, **options: Any) -> None:  # noqa: A002
    """Execute statements, as the builtin does."""
    if type(source) is not str or not evaluation.is_own_text(source):
        evaluation.announce()
    builtins.exec(source, *_namespaces(sys._getframe(1), globals, locals), **options)  # noqa: S102, SLF001


def _compile(source: Any, *args: Any, **options: Any) -> Any:
    """Compile a text, as the builtin does: a parser that a program exploits would be in this process."""
    if type(source) is not str or not evaluation.is_own_text(source):
        evaluation.announce()
    return builtins.compile(source, *args, **{"dont_inherit": True, **options} if len(args) < 4 else options)


GUARDS = {"eval": _eval, "exec": _exec, "compile": _compile}
"""Replace the builtins of the same name in the namespace of a test."""


def _namespaces(frame: FrameType, given_globals: Any, given_locals: Any) -> tuple[Any, Any]:
    """Return the namespaces that the builtin would use; none of ours, where a program calls the function."""
    if given_globals is not None:
        if type(given_globals) is dict:
            given_globals.setdefault("__builtins__", {**vars(builtins), **GUARDS})
        return given_globals, given_globals if given_locals is None else given_locals
    if frame.f_builtins.get("eval") is not _eval:
        return {}, {}
    return frame.f_globals, frame.f_locals if given_locals is None else given_locals


def _harmless(
    text: str, given_globals: Any, given_locals: Any, shadowed: AbstractSet[str]
) -> CodeType | None:
    """Return the code of an expression that can do no harm; ``None`` if it might. Raises ``SyntaxError``.

    ``shadowed`` are the names that mean something else in the test than in the language.
    """
    if len(text) > _MAX_CHARS or not (_is_plain(given_globals) and _is_plain(given_locals)):
        return None
    tree = ast.parse(text, "<string>", "eval")
    callable_names = _HARMLESS_CALLS.keys() - shadowed
    given = {*(given_globals or ()), *(given_locals or ())}
    for node in ast.walk(tree):
        if not isinstance(node, HARMLESS_NODES):
            return None
        if isinstance(node, ast.Call) and not isinstance(node.func, ast.Name):
            return None
        if isinstance(node, ast.Name) and node.id not in given and node.id not in callable_names:
            return None
    return builtins.compile(tree, "<string>", "eval")


def _is_plain(namespace: Any) -> bool:
    """Whether a namespace that a test gave has nothing but numbers, texts, and functions of ``math``."""
    return namespace is None or (
        isinstance(namespace, Mapping)
        and all(
            type(value) in ATOMS
            or (type(value) is BuiltinFunctionType and value.__module__ == "math")
            or (name == "__builtins__" and value in (None, {}))
            for name, value in namespace.items()
        )
    )
