"""Makes wrong variants of a right program: one operator, constant, condition or returned value is changed. Pure.

For measuring a judge. ``services.synth.mutation`` has the operators that make suites stronger.
"""

import ast
import copy
from random import Random

_OPERATORS: dict[type[ast.AST], type[ast.AST]] = {
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Add, ast.Div: ast.Mult, ast.Mod: ast.Mult,
    ast.Eq: ast.NotEq, ast.NotEq: ast.Eq, ast.Lt: ast.GtE, ast.GtE: ast.Lt, ast.Gt: ast.LtE, ast.LtE: ast.Gt,
    ast.In: ast.NotIn, ast.NotIn: ast.In, ast.And: ast.Or, ast.Or: ast.And,
}  # fmt: skip


def mutants(program: str, random: Random, count: int) -> list[str]:
    """Return programs that differ from this one in one operator, constant, condition or returned value."""
    tree = ast.parse(program)
    size = sum(1 for _node in ast.walk(tree))
    programs: list[str] = []
    for position in random.sample(range(size), size):
        changed = copy.deepcopy(tree)
        node = list(ast.walk(changed))[position]
        if _mutate(node):
            text = ast.unparse(ast.fix_missing_locations(changed))
            if text not in programs and text != ast.unparse(tree):
                programs.append(text)
        if len(programs) == count:
            break
    return programs


def _mutate(node: ast.AST) -> bool:
    """Change one node in place; return whether it was changed."""
    match node:
        case ast.BinOp() | ast.AugAssign() | ast.BoolOp() if type(node.op) in _OPERATORS:
            node.op = _OPERATORS[type(node.op)]()  # type: ignore[assignment]
        case ast.Compare() if type(node.ops[0]) in _OPERATORS:
            node.ops[0] = _OPERATORS[type(node.ops[0])]()  # type: ignore[call-overload]
        case ast.Constant(value=bool(value)):
            node.value = not value
        case ast.Constant(value=int(value)):
            node.value = value + 1
        case ast.Return(value=ast.expr()):
            node.value = ast.Constant(None)
        case ast.If() | ast.While():
            node.test = ast.UnaryOp(ast.Not(), node.test)
        case _:
            return False
    return True
