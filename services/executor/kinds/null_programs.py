"""Writes programs that solve nothing: a test that one of them passes is weak. Pure.

Each defines every name that the suite may take from a program, as a function or as a class whose methods all do the
same: raise, return ``None``, ``[]``, the first argument, or an object that claims to equal everything. They are judged
as any candidate is.
"""

import ast
import builtins
import sys
from collections.abc import Iterator

from clients.contract import Isolation, Suite
from services.executor.kinds.python_source import compile_fault, parse

_BODIES = {
    "raises": "raise NotImplementedError",
    "returns None": "return None",
    "returns []": "return []",
    "returns its argument": "return args[0] if args else None",
    "equals everything": "return Anything()",
}
"""What the program does → the body of its functions. A test that expects one certain exception is not weak for that:
``NotImplementedError`` is hardly the one."""
_SOURCE = """\
class Anything:
    __eq__ = __le__ = __ge__ = __lt__ = __gt__ = __contains__ = lambda *_: True
    __ne__ = lambda *_: False
    __hash__ = lambda _: 0
    __getattr__ = lambda self, name: self
    __call__ = lambda self, *_, **__: self

def answer(*args, **kwargs):
    {body}

class Null:
    def __init__(self, *args, **kwargs):
        pass

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        return answer
"""
_FUNCTION = "\ndef {name}(*args, **kwargs):\n    return answer(*args, **kwargs)\n"
_CLASS = "\nclass {name}(Null):\n    pass\n"
_SCRIPTS = {
    "raises": "raise NotImplementedError",
    "prints nothing": "pass",
    "prints []": "print([])",
    "prints its input": "import sys\nsys.stdout.write(sys.stdin.read())",
}


def null_modules(suite: Suite) -> dict[str, str]:
    """Return the null programs of a suite that calls names of a program: what each does → its source."""
    names = sorted(program_names(suite))
    defined = "".join(
        (_CLASS if name.lstrip("_")[:1].isupper() else _FUNCTION).format(name=name) for name in names
    )
    bodies = dict(_BODIES)
    if suite.isolation is Isolation.SAME_PROCESS:  # there, an object's ``__eq__`` decides every comparison
        del bodies["equals everything"]
    return {does: _SOURCE.format(body=body) + defined for does, body in bodies.items()}


def null_scripts() -> dict[str, str]:
    """Return the null programs of a suite that runs scripts: what each does → its source."""
    return dict(_SCRIPTS)


def program_names(suite: Suite) -> set[str]:
    """Return the names that the tests may take from a program: those that nothing in the suite binds, and that are not
    of the language or of the standard library. A declared entry point is always one.
    """
    used: set[str] = set()
    bound: set[str] = set()
    for text in (suite.setup, suite.check or "", *(suite.asserts or ())):
        if compile_fault(text):
            continue
        for node in ast.walk(parse(text)):
            if isinstance(node, ast.Name):
                (used if isinstance(node.ctx, ast.Load) else bound).add(node.id)
            else:
                bound.update(_bound(node))
    names = used - bound - set(dir(builtins)) - sys.stdlib_module_names
    declared = [suite.entry_point or "", *suite.entry_points]
    return names | {name.partition(".")[0] for name in declared if name}


def _bound(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        yield node.name
    elif isinstance(node, ast.alias):
        yield (node.asname or node.name).partition(".")[0]
    elif isinstance(node, ast.arg):
        yield node.arg
