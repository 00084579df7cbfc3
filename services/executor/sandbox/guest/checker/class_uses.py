"""Adapts tests that use the program's classes where Python accepts only classes of its own process.

In a test, ``Point`` is a proxy. ``case Point(x, y)`` needs a real class, and ``type(p) is Point`` would compare two
objects of which neither is the program's class. Such a test is changed before it is compiled: the pattern names a class
that is made for each load, and ``is`` becomes ``==``, which a proxy of a class answers. The program then decides, as it
does for ``isinstance``, and a pass is marked.
"""

import ast
from collections.abc import Collection, Iterable, Mapping
from typing import Any

from .proxies import ClassProxy

PATTERN = "_acecoder_pattern_"
"""Begins the names of classes in patterns."""


class _PatternClass(type):
    """The class of a class that a pattern names: its instances are those of the program's class."""

    _acecoder_class: Any

    def __instancecheck__(cls, value: object) -> bool:
        return isinstance(value, cls._acecoder_class)

    @property
    def __match_args__(cls) -> tuple[str, ...]:
        names = cls._acecoder_class.__match_args__
        if type(names) is not tuple or any(
            type(name) is not str or name.startswith("_acecoder") for name in names
        ):
            raise TypeError("__match_args__ of the program's class is not a tuple of names")
        return names


def adapt(nodes: Iterable[ast.AST], program_names: Collection[str]) -> tuple[bool, frozenset[str]]:
    """Change the nodes of a text; return whether any changed, and the program's names that patterns use as classes."""
    patterns = set()
    is_changed = False
    for node in nodes:
        kind = type(node)
        if kind is ast.MatchClass:
            name = node.cls  # type: ignore[attr-defined]
            if type(name) is ast.Name and name.id in program_names:
                patterns.add(name.id)
                name.id = PATTERN + name.id
        elif kind is ast.Compare:
            is_changed |= _compare_classes_by_value(node, program_names)  # type: ignore[arg-type]
    return is_changed or bool(patterns), frozenset(patterns)


def bound_patterns(names: Iterable[str], values: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the names in patterns are bound to, for one load with these ``values`` of the program's names."""
    return {PATTERN + name: _pattern_class(name, values[name]) for name in names if name in values}


def _pattern_class(name: str, value: Any) -> Any:
    """Return a class for patterns; an exception class, or a class of the language, is one already."""
    if not isinstance(value, ClassProxy):
        return value
    return _PatternClass(name, (), {"__slots__": (), "_acecoder_class": value})


def _compare_classes_by_value(node: ast.Compare, program_names: Collection[str]) -> bool:
    """Make ``is`` between a class of an object and a class of the program's ``==``; return whether there was any."""
    left = node.left
    is_changed = False
    for position, right in enumerate(node.comparators):
        operator = node.ops[position]
        if isinstance(operator, (ast.Is, ast.IsNot)) and (
            (_is_class_of(left) and _is_name(right, program_names))
            or (_is_class_of(right) and _is_name(left, program_names))
        ):
            node.ops[position] = ast.Eq() if isinstance(operator, ast.Is) else ast.NotEq()
            is_changed = True
        left = right
    return is_changed


def _is_class_of(node: ast.expr) -> bool:
    """Whether an expression is ``type(…)`` or ``….__class__``."""
    if isinstance(node, ast.Call):
        return isinstance(node.func, ast.Name) and node.func.id == "type"
    return isinstance(node, ast.Attribute) and node.attr == "__class__"


def _is_name(node: ast.expr, names: Collection[str]) -> bool:
    return isinstance(node, ast.Name) and node.id in names
