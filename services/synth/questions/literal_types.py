"""Names the type that literals of tests have in common, as an annotation: ``list[int]``, ``str | None``."""

import ast
from collections import Counter
from collections.abc import Sequence

_SEQUENCES = {ast.List: "list", ast.Set: "set"}
MOST_ALTERNATIVES = 3
"""Types in one union. Values of more types than this have nothing in common that an annotation could say."""


def common_type(values: Sequence[ast.expr]) -> str:
    """Return the annotation that fits all values; empty if they have too little in common, or are no literals."""
    kinds = [_type_of(value) for value in values]
    return "" if None in kinds else _union([kind for kind in kinds if kind])


def _type_of(value: ast.expr) -> str | None:
    match value:
        case ast.Constant(value=None):
            return "None"
        case ast.Constant(value=bool() | int() | float() | str() | bytes() | complex() as constant):
            return type(constant).__name__
        case ast.UnaryOp(op=ast.USub(), operand=ast.Constant()):
            return _type_of(value.operand)
        case ast.List(elts=items) | ast.Set(elts=items):
            return _container(_SEQUENCES[type(value)], items)
        case ast.Tuple(elts=items):
            kinds = [_type_of(item) for item in items]
            return (
                None if None in kinds else f"tuple[{', '.join(k for k in kinds if k)}]" if kinds else "tuple"
            )
        case ast.Dict(keys=keys, values=items):
            if None in keys:
                return None
            pair = (common_type([key for key in keys if key]), common_type(items))
            return f"dict[{pair[0]}, {pair[1]}]" if all(pair) else "dict"
    return None


def _container(name: str, items: Sequence[ast.expr]) -> str | None:
    if any(_type_of(item) is None for item in items):
        return None
    inside = common_type(items)
    return f"{name}[{inside}]" if inside else name


def _union(kinds: Sequence[str]) -> str:
    """Join types: an int fits where floats are, an empty list where lists are; lists of two types are a ``list``."""
    found = list(dict.fromkeys(kinds))
    if "float" in found and "int" in found:
        found.remove("int")
    found = [kind for kind in found if not any(other.startswith(f"{kind}[") for other in found)]
    containers = Counter(kind.partition("[")[0] for kind in found)
    found = list(dict.fromkeys(k if containers[c := k.partition("[")[0]] == 1 else c for k in found))
    if len(found) > MOST_ALTERNATIVES:
        return ""
    return " | ".join(sorted(found, key=lambda kind: kind == "None"))
