"""Announces that sympy evaluates a text, which may be an answer of the program. For the checker only.

Nearly every function of sympy (``simplify``, ``expand``, ``Matrix`` …) takes a text in place of an expression, and
runs it as Python, with all builtins. So no list of names finds the tests that do (``evaluating_tests``). All of them
evaluate in one place, which is replaced here, when the module is imported: a test may use a library that uses sympy,
without naming it. It announces nothing for a constant of the test's own, nor for an expression of numbers, symbols,
operators and common functions.
"""

import ast
import importlib
import sys
from contextlib import suppress
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any

from .evaluation import HARMLESS_NODES, evaluation

_FUNCTIONS = frozenset(
    "Symbol Integer Float Rational Abs Max Min sin cos tan asin acos atan sinh cosh tanh exp log ln sqrt factorial "
    "binomial gcd lcm floor ceiling sign Eq Ne".split()
)
"""Functions of sympy that run no text, whatever they are given. ``Symbol`` and the numbers are what it writes for the
names and the numbers of a text."""
_CONSTANTS = frozenset({"pi", "E", "I", "oo", "zoo", "nan", "true", "false"})
_TAKE_TEXT = frozenset({"Symbol", "Integer", "Float", "Rational"})
"""Those of ``_FUNCTIONS`` that are given a text by sympy itself: it is a name or a number, and is not run."""
_PARSER = "sympy.parsing.sympy_parser"
_MAX_CHARS = 10_000
"""A longer expression is not looked at."""


class _Parser:
    """The two functions of sympy's parser, as they were, and whether it parses a text of the test's own."""

    def __init__(self, module: Any) -> None:
        self._parse, self._evaluate = module.parse_expr, module.eval_expr
        self._is_own = False

    def parse(self, s: Any, *args: Any, **kwargs: Any) -> Any:
        before, self._is_own = self._is_own, type(s) is str and evaluation.is_own_text(s)
        try:
            return self._parse(s, *args, **kwargs)
        finally:
            self._is_own = before

    def evaluate(self, code: str, local_dict: dict[str, Any], global_dict: dict[str, Any]) -> Any:
        if not (self._is_own or is_harmless(code)):
            evaluation.announce()
        return self._evaluate(code, local_dict, global_dict)


class _Loader:
    """Loads sympy's parser by its own loader, and guards it."""

    def __init__(self, loader: Any) -> None:
        self._loader = loader

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        """Create the module as its own loader does."""
        created: ModuleType | None = self._loader.create_module(spec)
        return created

    def exec_module(self, module: ModuleType) -> None:
        """Execute the module and guard it."""
        self._loader.exec_module(module)
        _guard(module)


class _Finder:
    """Finds sympy's parser for the import system; nothing else."""

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> ModuleSpec | None:
        """Return the module's spec, with a loader that guards it."""
        if name != _PARSER:
            return None
        for finder in sys.meta_path:
            spec = None if finder is self else finder.find_spec(name, path, target)
            if spec is not None:
                spec.loader = _Loader(spec.loader)  # type: ignore[assignment]
                return spec
        return None


def install() -> None:
    """Guard sympy's parser: now if it is imported, else when it is."""
    if _PARSER in sys.modules:
        _guard(sys.modules[_PARSER])
    else:
        sys.meta_path.insert(0, _Finder())


def import_parser() -> None:
    """Import sympy's parser, if there is one."""
    with suppress(ImportError):
        importlib.import_module(_PARSER)


def _guard(module: Any) -> None:
    """Replace the place in which sympy evaluates."""
    if not isinstance(getattr(module.parse_expr, "__self__", None), _Parser):
        parser = _Parser(module)
        module.parse_expr, module.eval_expr = parser.parse, parser.evaluate


def is_harmless(code: str) -> bool:
    """Whether what sympy makes of a text only calculates."""
    if len(code) > _MAX_CHARS:
        return False
    try:
        tree = ast.parse(code.strip(), "<string>", "eval")
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return True  # it runs nothing, and raises when it is evaluated
    texts: set[int] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            if not isinstance(node.func, ast.Name) or node.func.id not in _FUNCTIONS or node.keywords:
                return False
            if node.func.id in _TAKE_TEXT:
                texts |= {id(argument) for argument in node.args}
    return all(_is_harmless(node, texts) for node in ast.walk(tree))


def _is_harmless(node: ast.AST, texts: set[int]) -> bool:
    if isinstance(node, ast.Name):
        return node.id in _FUNCTIONS or node.id in _CONSTANTS
    if isinstance(node, ast.Constant):
        return not isinstance(node.value, str | bytes) or id(node) in texts
    return isinstance(node, HARMLESS_NODES)
