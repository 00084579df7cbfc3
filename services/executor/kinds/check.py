"""Checks, filters and hashes check tests, in the API process; ``guest/checker/kinds/check`` runs them.

A check test is one function ``check(candidate)``, in the shape of HumanEval: it receives the program's function. A
text that defines no such function, or one that does nothing, is invalid: no program could fail it.
"""

import ast
import symtable
from collections.abc import Collection, Iterator, Mapping
from functools import lru_cache

from clients.contract import Suite
from services.executor.kinds.kind import hash_parts, isolation_parts
from services.executor.kinds.null_programs import null_modules
from services.executor.kinds.python_source import compile_fault, has_effect, parse, setup_fault
from services.executor.kinds.vacuous import FUNCTIONS, fault_of_statements, judges, own_nodes


def find_faults(suite: Suite) -> dict[int, str]:
    """Return why the one test is invalid, by its position, 0; or nothing."""
    fault = setup_fault(suite) or fault_of_check(suite.check or "", suite.setup)
    return {0: fault} if fault else {}


def without(suite: Suite, invalid: Collection[int]) -> Suite:  # noqa: ARG001 - as every kind
    """Return the suite as it is: a request whose suite has no valid test is refused, so this result is not used."""
    return suite


def hash_each(suite: Suite) -> list[str]:
    """Hash the test with its ``setup`` and the name of the function that it receives."""
    return [hash_parts(suite.setup, suite.check or "", suite.entry_point or "", *isolation_parts(suite))]


def texts(suite: Suite) -> Iterator[str]:
    """Yield the test."""
    yield suite.check or ""


def null_programs(suite: Suite) -> Mapping[str, str]:
    """Return programs that solve nothing: what each does → its source."""
    return null_modules(suite)


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
    definitions = [node for node in body if isinstance(node, FUNCTIONS) and node.name == "check"]
    if not definitions:
        is_bound = any(_may_bind(text, "check") for text in (source, setup))
        return "" if is_bound else "defines no function 'check'; define check(candidate)"
    check = definitions[-1]
    if isinstance(check, ast.AsyncFunctionDef):
        return "its 'check' is async and would never run; write a plain def"
    if not any(has_effect(node) for node in check.body):
        return "its 'check' holds no statement"
    if not _takes_one(check.args):
        return "its 'check' does not take one argument; define check(candidate)"
    names = [argument.arg for argument in (*check.args.posonlyargs, *check.args.args)]
    return _fault_of_body(check.body, names[0] if names else "")


def _fault_of_body(body: list[ast.stmt], candidate: str) -> str:
    """Return why a ``check`` with this body can fail no program, or an empty string."""
    own = list(own_nodes(body))
    if any(isinstance(node, ast.Yield | ast.YieldFrom) for node in own):
        return "its 'check' is a generator and would never run; take 'yield' away"
    if fault := fault_of_statements(body):
        return f"its 'check' {fault}"
    returned = [node.value for node in own if isinstance(node, ast.Return) and node.value is not None]
    prints = any(isinstance(node, ast.Name) and node.id == "print" for node in own)
    asserts = judges(body) or any(_is_handed_on(value, candidate) for value in returned)
    if (returned or prints) and not asserts:
        return "its 'check' returns or prints, and asserts nothing; nothing reads what it returns"
    return ""


def _is_handed_on(returned: ast.expr, candidate: str) -> bool:
    """Whether what is returned is the call of a helper that gets the candidate, and may assert."""
    return (
        isinstance(returned, ast.Call)
        and ast.unparse(returned.func) != candidate
        and any(isinstance(argument, ast.Name) and argument.id == candidate for argument in returned.args)
    )


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
