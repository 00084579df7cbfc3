"""Announces that sympy evaluates a text, which may be an answer of the program. For the checker only.

Nearly every function of sympy (``simplify``, ``expand``, ``Matrix`` …) takes a text in place of an expression, and
runs it as Python, with all builtins. So no list of names finds the tests that do (``evaluating_tests``). All of them
evaluate in one place, which is replaced here. It announces nothing for a constant of the test's own, nor for an
expression of numbers, symbols, operators and common functions.
"""

import ast
import importlib
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


def install() -> None:
    """Replace the place in which sympy evaluates, if sympy can be imported."""
    try:
        module: Any = importlib.import_module("sympy.parsing.sympy_parser")
    except ImportError:
        return
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
