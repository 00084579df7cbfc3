"""Defines the mutation operators: small changes of a program's syntax tree that make a typical mistake. Pure.

Each operator takes a node and yields nodes to put in its place. It changes no node in place, and what it yields shares
nodes with the tree: copies of whole branches took most of the time.
"""

import ast
from collections.abc import Callable, Iterator
from copy import copy
from typing import TypeVar

_Node = TypeVar("_Node", bound=ast.AST)
Operator = Callable[[ast.AST], Iterator[ast.AST]]

_COMPARISONS: dict[type[ast.cmpop], tuple[type[ast.cmpop], ...]] = {
    ast.Lt: (ast.LtE, ast.Gt),
    ast.LtE: (ast.Lt, ast.GtE),
    ast.Gt: (ast.GtE, ast.Lt),
    ast.GtE: (ast.Gt, ast.LtE),
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
}
_ARITHMETIC: dict[type[ast.operator], tuple[type[ast.operator], ...]] = {
    ast.Add: (ast.Sub,),
    ast.Sub: (ast.Add,),
    ast.Mult: (ast.Add, ast.FloorDiv),
    ast.Div: (ast.FloorDiv, ast.Mult),
    ast.FloorDiv: (ast.Div, ast.Mult),
    ast.Mod: (ast.FloorDiv,),
    ast.Pow: (ast.Mult,),
    ast.BitAnd: (ast.BitOr,),
    ast.BitOr: (ast.BitAnd,),
    ast.BitXor: (ast.BitOr,),
    ast.LShift: (ast.RShift,),
    ast.RShift: (ast.LShift,),
}
_NAMES = {
    "min": "max", "max": "min", "any": "all", "all": "any", "sorted": "list", "append": "extend", "index": "count",
    "lower": "upper", "upper": "lower", "startswith": "endswith", "endswith": "startswith", "find": "rfind",
    "strip": "lstrip", "lstrip": "rstrip", "rstrip": "lstrip", "floor": "ceil", "ceil": "floor",
    "isalpha": "isalnum", "isdigit": "isalnum",
}  # fmt: skip
"""Functions and methods that are easily confused."""


def _changed(node: _Node, **fields: object) -> _Node:
    """Return a copy of ``node`` with other values of some fields; what is inside is shared."""
    changed = copy(node)
    for name, value in fields.items():
        setattr(changed, name, value)
    return changed


def flip_comparison(node: ast.AST) -> Iterator[ast.AST]:
    """``<`` becomes ``<=`` or ``>``, ``==`` becomes ``!=``."""
    if isinstance(node, ast.Compare):
        for at, operator in enumerate(node.ops):
            for other in _COMPARISONS[type(operator)]:
                yield _changed(node, ops=[*node.ops[:at], other(), *node.ops[at + 1 :]])


def change_arithmetic(node: ast.AST) -> Iterator[ast.AST]:
    """``+`` becomes ``-``, ``*`` becomes ``+``, also in ``+=``."""
    if isinstance(node, ast.BinOp | ast.AugAssign):
        for other in _ARITHMETIC.get(type(node.op), ()):
            yield _changed(node, op=other())
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        yield node.operand


def change_boolean(node: ast.AST) -> Iterator[ast.AST]:
    """``and`` becomes ``or``, or loses its last part; ``not x`` becomes ``x``; a condition is negated."""
    if isinstance(node, ast.BoolOp):
        yield _changed(node, op=ast.Or() if isinstance(node.op, ast.And) else ast.And())
        for at in range(len(node.values)):
            rest = [*node.values[:at], *node.values[at + 1 :]]
            yield rest[0] if len(rest) == 1 else _changed(node, values=rest)
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        yield node.operand
    elif isinstance(node, ast.If | ast.While | ast.IfExp):
        yield _changed(node, test=ast.UnaryOp(ast.Not(), node.test))


def shift_constant(node: ast.AST) -> Iterator[ast.AST]:
    """An integer is one off, a truth value is the other, a text is empty or not."""
    if not isinstance(node, ast.Constant):
        return
    value = node.value
    if isinstance(value, bool):
        yield ast.Constant(not value)
    elif isinstance(value, int | float):
        yield ast.Constant(value + 1)
        yield ast.Constant(value - 1)
    elif isinstance(value, str):
        yield ast.Constant("" if value else "x")


def shift_bound(node: ast.AST) -> Iterator[ast.AST]:
    """The bounds of ``range`` and slices are one off; a slice loses a bound."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "range":
        for at, argument in enumerate(node.args[:2]):
            for operator in (ast.Add, ast.Sub):
                shifted = ast.BinOp(argument, operator(), ast.Constant(1))
                yield _changed(node, args=[*node.args[:at], shifted, *node.args[at + 1 :]])
    if isinstance(node, ast.Slice):
        for name in ("lower", "upper", "step"):
            bound = getattr(node, name)
            if bound is not None:
                yield _changed(node, **{name: None})
                if name != "step":
                    yield _changed(node, **{name: ast.BinOp(bound, ast.Add(), ast.Constant(1))})


def change_return(node: ast.AST) -> Iterator[ast.AST]:
    """A function returns None, or the empty value of what it seems to return."""
    if isinstance(node, ast.Return) and node.value is not None:
        if isinstance(node.value, ast.List | ast.ListComp):
            yield ast.Return(ast.List([], ast.Load()))
        elif not (isinstance(node.value, ast.Constant) and node.value.value is None):
            yield ast.Return(ast.Constant(None))


def remove_branch(node: ast.AST) -> Iterator[ast.AST]:
    """One branch of an ``if`` is always or never taken; a loop ends after its first round."""
    if isinstance(node, ast.If):
        yield _changed(node, test=ast.Constant(False))
        yield _changed(node, test=ast.Constant(True))
    elif isinstance(node, ast.IfExp):
        yield node.body
        yield node.orelse
    elif isinstance(node, ast.For):
        yield _changed(node, body=[*node.body, ast.Break()])
    elif isinstance(node, ast.comprehension) and node.ifs:
        yield _changed(node, ifs=node.ifs[1:])
    elif isinstance(node, ast.Break):
        yield ast.Pass()
    elif isinstance(node, ast.Continue):
        yield ast.Break()


def remove_statement(node: ast.AST) -> Iterator[ast.AST]:
    """An assignment to what exists, or a call for its effect, is not made."""
    if isinstance(node, ast.AugAssign) or (isinstance(node, ast.Expr) and isinstance(node.value, ast.Call)):
        yield ast.Pass()
    if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Subscript | ast.Attribute):
        yield ast.Pass()


def swap_arguments(node: ast.AST) -> Iterator[ast.AST]:
    """Two neighbouring arguments, or the operands of ``-``, ``/``, ``//``, ``%`` and ``**``, change places."""
    if isinstance(node, ast.Call):
        for at in range(len(node.args) - 1):
            yield _changed(
                node, args=[*node.args[:at], node.args[at + 1], node.args[at], *node.args[at + 2 :]]
            )
        if node.keywords:
            yield _changed(node, keywords=node.keywords[:-1])
    if isinstance(node, ast.BinOp) and not isinstance(node.op, ast.Add | ast.Mult | ast.BitAnd | ast.BitOr):
        yield _changed(node, left=node.right, right=node.left)


def confuse_names(node: ast.AST) -> Iterator[ast.AST]:
    """``min`` becomes ``max``, ``any`` becomes ``all``; a call of one argument becomes the argument."""
    if isinstance(node, ast.Call):
        if isinstance(node.func, ast.Name) and node.func.id in _NAMES:
            yield _changed(node, func=ast.Name(_NAMES[node.func.id], ast.Load()))
        if isinstance(node.func, ast.Attribute) and node.func.attr in _NAMES:
            yield _changed(node, func=_changed(node.func, attr=_NAMES[node.func.attr]))
        if isinstance(node.func, ast.Name) and len(node.args) == 1 and not node.keywords:
            yield node.args[0]


OPERATORS: dict[str, Operator] = {
    "comparison": flip_comparison,
    "arithmetic": change_arithmetic,
    "boolean": change_boolean,
    "constant": shift_constant,
    "bound": shift_bound,
    "return": change_return,
    "branch": remove_branch,
    "statement": remove_statement,
    "arguments": swap_arguments,
    "name": confuse_names,
}
"""Name of the operator → the operator."""
