"""Compares a prefetched answer with the constant that its test expects, without running the test.

A test ``assert f(1) == [2]`` does nothing but compare two plain values, and comparing those runs no code of the
program's. An answer with the text that ``[2]`` has on the wire need not even be read: equal texts of plain constants
are equal values. All else is left to the test itself: an answer that is or holds an object, an exception, a changed
argument, a limit that is reached.
"""

import ast
import operator
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from ..wire import codec
from ..wire.decoder import decode
from ..wire.encoder import encode
from .answer_hash import AnswerHash

_LITERALS = (
    ast.Constant, ast.List, ast.Tuple, ast.Set, ast.Dict, ast.UnaryOp, ast.USub, ast.Load,
)  # fmt: skip
"""What the expected value may be written with. A name is none, ``set()`` neither: it may mean something else there."""
_VALUE = b'["value",'
_END = b",null]"
"""The end of an answer that changed nothing."""
_MAX_BYTES = 1 << 16
"""Longer answers are compared within the time for a test's own code."""
_NO_REFERENCES: Any = None
"""For ``decode``: whatever is not plain data is then an error."""


@dataclass(frozen=True, slots=True)
class ExpectedAnswer:
    """What one test expects of its call."""

    value: Any
    start: bytes
    """How the line of an answer begins that is ``value``, up to the CPU time."""
    passes: Callable[[Any], Any]
    """Whether the test passes for an answer, as it would find out itself."""
    has_message: bool
    """Whether the test says something of its own when it fails."""

    def read(self, line: bytes) -> tuple[float, Any, bool] | None:
        """Return the CPU time and the value of an answer, and whether it passes. ``None``: the test is to run, since
        the line may be anything else.
        """
        if not line.endswith(_END) or len(line) > _MAX_BYTES:
            return None
        if line.startswith(self.start):
            number = line[len(self.start) : -len(_END)]
            return (float(number), self.value, True) if number.replace(b".", b"", 1).isdigit() else None
        if not line.startswith(_VALUE):
            return None
        try:
            _kind, body, cpu_s, _changed = codec.loads(line)
            value = decode(body, _NO_REFERENCES)
            has_passed = bool(self.passes(value))
        except Exception:  # noqa: BLE001  -- a line may have any shape, and a Decimal may refuse to be compared
            return None
        is_all = type(cpu_s) is float and (has_passed or not self.has_message)
        return (cpu_s, value, has_passed) if is_all else None


def hash_of(value: Any) -> str | None:
    """Return the hash of an answer with this value (``answer_hash``)."""
    answers = AnswerHash()
    answers.add_value(value)
    return answers.hexdigest()


def find_expected(test: ast.Assert, call: ast.Call, refs: Any) -> ExpectedAnswer | None:
    """Return what a test expects of its ``call`` if it only compares that with a constant, or asks for its truth.

    ``refs`` refuses what is not constant. Raises what ``literal_eval`` and ``encode`` raise.
    """
    compared = test.test
    passes: Callable[[Any], Any]
    if compared is call:
        value, passes = True, bool
    elif isinstance(compared, ast.UnaryOp) and isinstance(compared.op, ast.Not) and compared.operand is call:
        value, passes = False, operator.not_
    elif isinstance(compared, ast.Compare) and compared.left is call and len(compared.ops) == 1:
        if not isinstance(compared.ops[0], ast.Eq) or not _is_literal(compared.comparators[0]):
            return None
        value = ast.literal_eval(compared.comparators[0])
        passes = partial(_equals, value)
    else:
        return None
    start = f'["value",{codec.dumps(encode(value, refs))},'
    return ExpectedAnswer(value, start.encode(), passes, test.msg is not None)


def _equals(expected: Any, answer: Any) -> Any:
    return answer == expected


def is_repeatable(setup: ast.Module) -> bool:
    """Whether a setup that ran once to its end may be left out before a test that uses none of its names.

    It only imports, and binds names to constants and functions: a second time, that does nothing.
    """
    return all(map(_only_binds, setup.body))


def _only_binds(node: ast.stmt) -> bool:
    if isinstance(node, ast.Assign):
        return _is_literal(node.value) and all(isinstance(target, ast.Name) for target in node.targets)
    if isinstance(node, ast.FunctionDef):
        own = ast.walk(node.args)
        return (
            not node.decorator_list
            and not node.returns
            and all(isinstance(n, (ast.arguments, ast.arg)) for n in own)
        )
    return isinstance(node, (ast.Import, ast.ImportFrom)) or (
        isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    )


def _is_literal(node: ast.expr) -> bool:
    return all(isinstance(part, _LITERALS) for part in ast.walk(node))
