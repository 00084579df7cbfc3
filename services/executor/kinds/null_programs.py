"""Writes programs that solve nothing: a test that one of them passes is weak. Pure.

Each defines every name that the suite may take from a program, as a function or as a class whose methods all do the
same: raise, return ``None``, ``[]``, the first argument, or an object that claims to equal everything. They are judged
as any candidate is.
"""

import ast
import builtins
import sys
from collections.abc import Iterable, Iterator

from clients.contract import Isolation, Suite
from services.executor.kinds.python_source import compile_fault, parse
from services.executor.sandbox.guest.wire.known_names import KNOWN_NAMES, OFTEN_HELPERS, OTHER_MODULES
from services.executor.sandbox.guest.wire.program_imports import has_program_import, take_program_imports

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
_GARBAGE_SCRIPTS = {
    "prints words": "print('lorem ipsum\\ndolor sit amet')",
    "prints -1": "print(-1)",
    "prints a number a line": "for number in range(100):\n    print(number)",
}
"""Outputs of the usual shapes that answer nothing. Where outputs are compared, none of them could be accepted by
mistake."""
MOST_NULL_PROGRAMS = max(len(_BODIES), len(_SCRIPTS) + len(_GARBAGE_SCRIPTS))
"""The most null programs that a suite has."""


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


def null_scripts_for_checker() -> dict[str, str]:
    """Return the null programs of a suite whose outputs a checker program judges: a careless one accepts garbage."""
    return {**_SCRIPTS, **_GARBAGE_SCRIPTS}


def program_names(suite: Suite) -> set[str]:
    """Return the names that the tests take from a program: those that nothing in the suite binds, and that neither the
    language nor the library has. A declared entry point is always one, and so is what a test imports from the program.

    A name of the library's (``isclose``) is one only where nothing is declared and a test uses no other name: then the
    test is about it. A null program that defined it beside others would be judged under both bindings, and would fail a
    test that it passes with the library's.
    """
    declared = {name.partition(".")[0] for name in (suite.entry_point, *suite.entry_points) if name}
    for text in (suite.setup, suite.check or "", *(suite.asserts or ())):
        if has_program_import(text) and not compile_fault(text):
            declared |= take_program_imports(text, parse(text))
    common = _free_names((suite.setup, suite.check or ""))
    names = declared | (common - KNOWN_NAMES)
    for text in suite.asserts or ():
        free = _free_names((suite.setup, text))
        own = free - KNOWN_NAMES
        if not own and not declared:
            own = free - OTHER_MODULES - OFTEN_HELPERS or free - OTHER_MODULES
        names |= own
    return names


def _free_names(texts: Iterable[str]) -> set[str]:
    """Return the names that texts use without binding them, apart from the language's and its modules'."""
    used: set[str] = set()
    bound: set[str] = set()
    for text in texts:
        if compile_fault(text):
            continue
        tree = parse(text)
        take_program_imports(text, tree)
        for node in ast.walk(tree):
            if isinstance(node, ast.Name):
                (used if isinstance(node.ctx, ast.Load) else bound).add(node.id)
            else:
                bound.update(_bound(node))
    return used - bound - set(dir(builtins)) - sys.stdlib_module_names


def _bound(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        yield node.name
    elif isinstance(node, ast.alias):
        yield (node.asname or node.name).partition(".")[0]
    elif isinstance(node, ast.arg):
        yield node.arg
