"""Names are global by Python's rules: what a function, a class or a comprehension binds is hidden in it alone."""

import ast

import pytest

from services.executor.sandbox.guest.checker.scopes import global_names


@pytest.mark.parametrize(
    ("text", "loads", "binds"),
    [
        ("def check(f):\n    assert f(2)\ncheck(f)", {"check", "f"}, {"check"}),
        ("class Fake:\n    def save(self, x): return x\nassert save(Fake())", {"save", "Fake"}, {"Fake"}),
        ("class K:\n    def a(self): return b\n    b = 1\n    c = b", {"b"}, {"K"}),
        ("(lambda f: f(1))(f)", {"f"}, set()),
        ("[x for x in x]", {"x"}, set()),
        ("[y for x in a for y in x if b]", {"a", "b"}, set()),
        ("[z := f(x) for x in a]\nz", {"f", "a", "z"}, {"z"}),
        ("def outer():\n    x = 1\n    def inner():\n        return x\n    return inner\nx", {"x"}, {"outer"}),
        (
            "def outer():\n    x = 1\n    def inner():\n        nonlocal x\n        x += 1\n    return inner",
            set(),
            {"outer"},
        ),
        ("def fill():\n    global table\n    table = f()\nfill()\ntable", {"fill", "f", "table"}, {"fill", "table"}),
        ("@wrap\ndef g(a: kind = default, *rest, b=other, **more) -> kind: return a, rest, b, more",
         {"wrap", "kind", "default", "other"}, {"g"}),
        ("class A(Base, metaclass=Meta):\n    pass", {"Base", "Meta"}, {"A"}),
        ("def g():\n    import math\n    return math.pi\nmath", {"math"}, {"g"}),
        ("try:\n    f()\nexcept E as e:\n    e", {"f", "E", "e"}, {"e"}),
        ("match f():\n    case P(x, [y, *z], {'k': v, **w}) as whole:\n        pass", {"f", "P"}, {"x", "y", "z", "v", "w", "whole"}),
        ("async def g():\n    async for x in f():\n        await x\n", {"f"}, {"g"}),
        ("import os.path as p, sys.a\nfrom m import q as r", set(), {"p", "sys", "r"}),
        ("for i in range(3):\n    del t[i]", {"range", "t", "i"}, {"i"}),
    ],
)  # fmt: skip
def test_what_is_loaded_and_bound_as_a_global(text, loads, binds):
    assert global_names(ast.parse(text)) == (loads, binds)


def test_a_deep_tree_needs_no_deep_stack():
    text = "lambda: " + "1 + " * 900 + "f"
    assert global_names(ast.parse(text)) == ({"f"}, set())
