"""Finds tests that no program can fail, by the text alone. Pure.

A statement *judges* if it can fail a program for what it answers: an ``assert``, a ``raise``, a call of anything that
may assert. A test is vacuous if nothing in it judges, and something in it was plainly meant to: ``f(1) == 2`` without
``assert``, ``assert (f(1) == 2, "wrong")``, an assertion that the test itself catches. Functions that the text defines
count as called. What this does not see (functions that are never called, loops over nothing) shows when the test runs:
``guest/checker/vacuity.py``.
"""

import ast
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from clients.testspecs.runners import is_main_guard

FUNCTIONS = ast.FunctionDef | ast.AsyncFunctionDef
_LAZY = frozenset({"map", "filter", "zip", "enumerate", "reversed"})
"""Builtins whose objects are true whatever is in them."""
_WITHOUT_EFFECT = frozenset({"all", "any", "bool", "isinstance", "issubclass", "isclose"})
"""Calls that only compute a truth value: as a statement, it is dropped."""
_MISTAKEN = frozenset(
    {"called_once_with", "called_with", "called_once", "has_calls", "any_call", "not_called"}
)
"""Attributes of mocks that are no assertions: a mock has every attribute, and each is true."""
_EVERYTHING = frozenset({"Exception", "BaseException"})

_COMPARES = "compares and asserts nothing; write 'assert' before it"
_CAUGHT = "catches its own failed assertion; let it fail"
_CATCHES_ALL = "catches every error and asserts nothing; assert what should happen"


@dataclass
class _Judgement:
    """What is known of a text."""

    subject: str
    """The program's function, if it is known: a builtin of that name is not meant."""
    judges: bool = False
    faults: list[str] = field(default_factory=list)


def fault_of_statements(body: Iterable[ast.stmt], subject: str = "") -> str:
    """Return why statements can fail no program, or an empty string. ``subject`` is the program's function."""
    judgement = _Judgement(subject)
    _judge(body, judgement)
    return "" if judgement.judges or not judgement.faults else judgement.faults[0]


def judges(body: Iterable[ast.stmt], subject: str = "") -> bool:
    """Whether anything in some statements can fail a program for what it answers."""
    judgement = _Judgement(subject)
    _judge(body, judgement)
    return judgement.judges


def own_nodes(body: Sequence[ast.stmt]) -> Iterator[ast.AST]:
    """Yield the nodes of statements, without those of the functions and classes that they define."""
    stack: list[ast.AST] = list(body)
    while stack:
        node = stack.pop()
        yield node
        if not isinstance(node, FUNCTIONS | ast.ClassDef | ast.Lambda):
            stack.extend(ast.iter_child_nodes(node))


def _judge(body: Iterable[ast.stmt], judgement: _Judgement) -> None:
    for node in body:
        if isinstance(node, ast.Assert):
            _add(_always_true(node.test, judgement), judgement)
        elif isinstance(node, ast.Raise):
            judgement.judges = True
        elif isinstance(node, ast.Expr):
            _judge_expression(node.value, judgement)
        elif isinstance(node, ast.Try | ast.TryStar):
            _judge_try(node, judgement)
        elif isinstance(node, ast.With | ast.AsyncWith):
            _judge_with(node, judgement)
        elif isinstance(node, ast.Match):
            for case in node.cases:
                _judge(case.body, judgement)
        elif not is_main_guard(node):
            _judge(getattr(node, "body", ()), judgement)
            _judge(getattr(node, "orelse", ()), judgement)


def _add(fault: str, judgement: _Judgement) -> None:
    """Count one statement that was meant to judge: it does if nothing is wrong with it."""
    if fault:
        judgement.faults.append(fault)
    else:
        judgement.judges = True


def _judge_expression(node: ast.expr, judgement: _Judgement) -> None:
    """Judge an expression whose value is dropped."""
    if isinstance(node, ast.Call):
        name = _last_name(node.func)
        if name == "print":
            if any(isinstance(part, ast.Compare) for argument in node.args for part in ast.walk(argument)):
                judgement.faults.append(
                    "prints a comparison and asserts nothing; write 'assert' in place of 'print'"
                )
        elif name in _MISTAKEN and isinstance(node.func, ast.Attribute):
            judgement.faults.append(_mistaken(name))
        elif name in _WITHOUT_EFFECT and name != judgement.subject:
            judgement.faults.append(f"calls {name!r} and asserts nothing; write 'assert' before it")
        else:
            judgement.judges = True
    elif isinstance(node, ast.Compare) or (isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not)):
        judgement.faults.append(_COMPARES)
    elif isinstance(node, ast.BoolOp):
        if isinstance(node.values[-1], ast.Compare):
            judgement.faults.append(_COMPARES)
        else:  # ``f(1) == 2 or fail()``
            judgement.judges = True
    elif isinstance(node, ast.Attribute) and node.attr.startswith("assert"):
        judgement.faults.append(_not_called(node.attr))
    elif isinstance(node, ast.Await | ast.IfExp | ast.NamedExpr | ast.Yield | ast.YieldFrom):
        judgement.judges = True


def _judge_try(node: ast.Try | ast.TryStar, judgement: _Judgement) -> None:
    """Judge a ``try``: what it catches and drops judges nothing."""
    dropped = {name for handler in node.handlers if _drops(handler) for name in _caught(handler.type)}
    _judge_guarded(node.body, dropped, judgement)
    for body in (*(handler.body for handler in node.handlers), node.orelse, node.finalbody):
        _judge(body, judgement)


def _judge_with(node: ast.With | ast.AsyncWith, judgement: _Judgement) -> None:
    dropped: set[str] = set()
    for item in node.items:
        call = item.context_expr
        name = _last_name(call.func) if isinstance(call, ast.Call) else ""
        if name == "suppress" and isinstance(call, ast.Call):
            dropped.update(_last_name(argument) for argument in call.args)
        elif any(word in name.lower() for word in ("raises", "assert", "warns")):
            judgement.judges = True
    _judge_guarded(node.body, dropped, judgement)


def _judge_guarded(body: Sequence[ast.stmt], dropped: set[str], judgement: _Judgement) -> None:
    """Judge statements whose exceptions of the classes ``dropped`` are caught and dropped."""
    if not dropped & {"AssertionError", *_EVERYTHING}:
        _judge(body, judgement)
        return
    inner = _Judgement(judgement.subject)
    _judge(body, inner)
    asserts = any(isinstance(part, ast.Assert) for statement in body for part in ast.walk(statement))
    if not dropped & _EVERYTHING and not asserts:
        judgement.judges = judgement.judges or inner.judges
    elif inner.judges or inner.faults:
        judgement.faults.append(_CAUGHT if asserts else _CATCHES_ALL)


def _drops(handler: ast.ExceptHandler) -> bool:
    """Whether a handler does nothing with what it caught, except to print."""
    return all(
        isinstance(node, ast.Pass | ast.Continue)
        or (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant))
        or (
            isinstance(node, ast.Expr)
            and isinstance(node.value, ast.Call)
            and _last_name(node.value.func) == "print"
        )
        for node in handler.body
    )


def _caught(kind: ast.expr | None) -> list[str]:
    """Return the names of the classes that a handler catches."""
    if kind is None:
        return ["BaseException"]
    return [_last_name(part) for part in (kind.elts if isinstance(kind, ast.Tuple) else [kind])]


def _last_name(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


def _mistaken(name: str) -> str:
    return f"uses {name!r}, which is no assertion of a mock; write 'assert_{name.removeprefix('assert_')}'"


def _not_called(name: str) -> str:
    return f"names {name!r} and does not call it; write parentheses behind it"


def _always_true(node: ast.expr, judgement: _Judgement) -> str:
    """Return why an expression is true whatever the program answers, or an empty string."""
    if isinstance(node, ast.NamedExpr):
        return _always_true(node.value, judgement)
    if isinstance(node, ast.BoolOp) and isinstance(node.op, ast.Or):
        is_true = any(_always_true(value, judgement) for value in node.values)
        return "joins with 'or' what always holds; write a comparison on each side" if is_true else ""
    if isinstance(node, ast.BoolOp | ast.IfExp):
        parts = node.values if isinstance(node, ast.BoolOp) else [node.body, node.orelse]
        faults = [_always_true(part, judgement) for part in parts]
        return faults[0] if all(faults) else ""
    return _literal_always_true(node) or _use_always_true(node, judgement.subject)


def _literal_always_true(node: ast.expr) -> str:
    message, is_true = "", False
    match node:
        case ast.Constant():
            message, is_true = "a constant; assert what the program answers", bool(node.value)
        case ast.Tuple():
            message, is_true = "a tuple, which always holds; take the parentheses away", _has_item(node)
        case ast.List() | ast.Set():
            message, is_true = "a list or set, which always holds; take the brackets away", _has_item(node)
        case ast.Dict():
            message, is_true = "a dictionary, which always holds; assert its values", any(node.keys)
        case ast.Lambda():
            message, is_true = "a function that is not called, which always holds; call it", True
        case ast.GeneratorExp():
            message, is_true = "a generator, which always holds; write 'all(…)' around it", True
        case ast.ListComp() | ast.SetComp() | ast.DictComp():
            message = "a list that is not empty, which always holds; write 'all(…)' around it"
            is_true = all(map(_is_full, node.generators))
        case ast.JoinedStr():
            message, is_true = "a text that is not empty, which always holds", any(map(_is_text, node.values))
    return f"asserts {message}" if is_true else ""


def _use_always_true(node: ast.expr, subject: str) -> str:
    """Return why the use of a mock or of a lazy builtin is always true, or an empty string."""
    used = node.func if isinstance(node, ast.Call) else node
    if isinstance(used, ast.Attribute) and used.attr in _MISTAKEN:
        return _mistaken(used.attr)
    if isinstance(node, ast.Attribute) and node.attr.startswith("assert_"):
        return _not_called(node.attr)
    if isinstance(node, ast.Call) and isinstance(used, ast.Name) and used.id in _LAZY - {subject}:
        return f"asserts the object of {used.id!r}, which always holds; write 'all(…)' around it"
    return ""


def _is_text(part: ast.expr) -> bool:
    """Whether a part of an f-string surely holds a character."""
    return isinstance(part, ast.Constant) or (
        isinstance(part, ast.FormattedValue) and isinstance(part.value, ast.Compare)
    )


def _has_item(node: ast.Tuple | ast.List | ast.Set) -> bool:
    return any(not isinstance(item, ast.Starred) for item in node.elts)


def _is_full(loop: ast.comprehension) -> bool:
    """Whether a loop of a comprehension surely has a round."""
    return not loop.ifs and isinstance(loop.iter, ast.List | ast.Tuple | ast.Set) and _has_item(loop.iter)
