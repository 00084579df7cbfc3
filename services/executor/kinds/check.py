"""Checks, filters and hashes check tests, in the API process; ``guest/checker/kinds/check`` runs them.

A check test is one function ``check(candidate)``, in the shape of HumanEval: it receives the program's function. A
text that defines no such function, or one that does nothing, is invalid: no program could fail it.
"""

import ast
import symtable
from collections.abc import Collection, Iterator
from functools import lru_cache

from clients.contract import Suite
from services.executor.kinds.kind import hash_parts
from services.executor.kinds.python_source import compile_fault, has_effect, parse, setup_fault

_FUNCTIONS = ast.FunctionDef | ast.AsyncFunctionDef


def find_faults(suite: Suite) -> dict[int, str]:
    """Return why the one test is invalid, by its position, 0; or nothing."""
    fault = setup_fault(suite) or fault_of_check(suite.check or "", suite.setup)
    return {0: fault} if fault else {}


def without(suite: Suite, invalid: Collection[int]) -> Suite:  # noqa: ARG001 - as every kind
    """Return the suite as it is: a request whose suite has no valid test is refused, so this result is not used."""
    return suite


def hash_each(suite: Suite) -> list[str]:
    """Hash the test with its ``setup`` and the name of the function that it receives."""
    return [hash_parts(suite.setup, suite.check or "", suite.entry_point or "")]


def texts(suite: Suite) -> Iterator[str]:
    """Yield the test."""
    yield suite.check or ""


@lru_cache(maxsize=1024)
def fault_of_check(source: str, setup: str) -> str:
    """Return why the text defines no usable ``check``, or an empty string.

    Let through where the name may be bound in a way that only running shows, in the text or in ``setup``.
    """
    if fault := compile_fault(source):
        return fault
    body = parse(source).body
    if not any(has_effect(node) for node in body):
        return "holds no statement; define check(candidate)"
    definitions = [node for node in body if isinstance(node, _FUNCTIONS) and node.name == "check"]
    if not definitions:
        is_bound = any(_may_bind(text, "check") for text in (source, setup))
        return "" if is_bound else "defines no function 'check'; define check(candidate)"
    check = definitions[-1]
    if isinstance(check, ast.AsyncFunctionDef):
        return "its 'check' is async and would never run; write a plain def"
    if not any(has_effect(node) for node in check.body):
        return "its 'check' holds no statement"
    return "" if _takes_one(check.args) else "its 'check' does not take one argument; define check(candidate)"


def _takes_one(arguments: ast.arguments) -> bool:
    """Whether a function with these parameters can be called with one positional argument."""
    positional = len(arguments.posonlyargs) + len(arguments.args)
    required = positional - len(arguments.defaults)
    needs_keyword = any(default is None for default in arguments.kw_defaults)
    return required <= 1 and (positional >= 1 or arguments.vararg is not None) and not needs_keyword


def _may_bind(source: str, name: str) -> bool:
    """Whether running the text may bind the name; a star import may bind any."""
    if any(isinstance(node, ast.ImportFrom) and node.names[0].name == "*" for node in parse(source).body):
        return True
    table = symtable.symtable(source, "<test>", "exec")
    if name not in table.get_identifiers():
        return False
    symbol = table.lookup(name)
    return symbol.is_assigned() or symbol.is_imported()
