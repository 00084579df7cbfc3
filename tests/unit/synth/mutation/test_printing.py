"""A program with one line replaced is what ``ast.unparse`` prints of the changed tree."""

import ast

import pytest

from services.synth.mutation.mutants import changes_of
from services.synth.mutation.printing import ProgramPrinter
from tests.unit.synth.mutation.test_mutants import MANY, PROGRAMS

HARD = '''
import functools

@functools.lru_cache(maxsize=3)
def f(a, b=2, *rest, key=len, **more):
    print("a text that becomes a docstring")
    if a < 1:
        """Not a docstring."""
    elif b > 2 and not key:
        x = f"{a + 1}\\n{b - 1!r:>{b}}"; y = """two
lines"""
    elif a:
        pass
    else:
        while a > b: a -= 1
        else: return [i for i in rest if i % 2 == 0][1:]
    for i, (j, k) in enumerate(zip(rest, range(1, 9)), 1):
        with open(min(i, j)) as one, open("x") as two:
            try: more[i] = lambda x=1: x + 1
            except (ValueError, KeyError): continue
            finally: more.update(k=-1)
    match a:
        case 1 | 2 if b == 3: return not a
        case {"x": [1, *_]}: return None
    class C(max(1, 2)):
        z: int = 3 if a else 4
    return "x" "y", (yield), a if b else {**more, 1: 2}
'''


def whole(tree, change):
    """Return the program that is printed of the tree with the change in it."""
    held = getattr(change.parent, change.field)
    is_list = isinstance(held, list)
    changed = [change.replacement if part is change.node else part for part in held] if is_list else None
    setattr(change.parent, change.field, changed if is_list else change.replacement)
    try:
        return ast.unparse(tree)
    finally:
        setattr(change.parent, change.field, held)


@pytest.mark.parametrize("program", [MANY, HARD, "", "x = 1", *PROGRAMS])
def test_each_change_is_printed_as_in_the_whole_program(program):
    tree = ast.parse(program)
    printer = ProgramPrinter(tree)
    for _, change in changes_of(tree):
        assert printer.with_change(change) == whole(tree, change)
    assert ast.unparse(tree) == printer.text
