"""Checks, filters and hashes io tests with a checker program, in the API process.

``guest/checker/kinds/checker_program`` runs them. The checker program is found at fault here if its text shows it: it
does not compile, defines no usable ``check``, or returns nothing. Whether it accepts the expected outputs shows in the
jail.
"""

import ast
import symtable
from collections.abc import Collection, Iterator, Mapping
from functools import lru_cache

from clients.contract import Suite
from services.executor.kinds import io
from services.executor.kinds.kind import hash_parts
from services.executor.kinds.null_programs import null_scripts_for_checker
from services.executor.kinds.python_source import compile_fault, parse
from services.executor.kinds.vacuous import FUNCTIONS, own_nodes

_PARAMETERS = 3
_SIGNATURE = "define check(input, output, expected)"


def find_faults(suite: Suite) -> dict[int, str]:
    """Return why tests are invalid, by position: a fault of the checker program is one of every test."""
    fault = fault_of_checker(suite.checker or "")
    return dict.fromkeys(range(suite.size), f"checker: {fault}") if fault else {}


def without(suite: Suite, invalid: Collection[int]) -> Suite:
    """Return the suite without the tests at these positions."""
    return io.without(suite, invalid)


def hash_each(suite: Suite) -> list[str]:
    """Hash each test with the checker program."""
    return [hash_parts(test, suite.checker or "") for test in io.hash_each(suite)]


def texts(suite: Suite) -> Iterator[str]:
    """Yield the texts of each run, and the checker program."""
    yield suite.checker or ""
    yield from io.texts(suite)


def null_programs(suite: Suite) -> Mapping[str, str]:  # noqa: ARG001 - as every kind
    """Return programs that solve nothing: what each does → its source."""
    return null_scripts_for_checker()


@lru_cache(maxsize=1024)
def fault_of_checker(source: str) -> str:
    """Return why the text defines no usable ``check``, or an empty string.

    Let through where the name may be bound in a way that only running shows.
    """
    if fault := compile_fault(source):
        return fault
    definitions = [
        node for node in parse(source).body if isinstance(node, FUNCTIONS) and node.name == "check"
    ]
    if not definitions:
        return "" if _may_bind_check(source) else f"defines no function 'check'; {_SIGNATURE}"
    check = definitions[-1]
    own = list(own_nodes(check.body))
    if isinstance(check, ast.AsyncFunctionDef) or any(
        isinstance(node, ast.Yield | ast.YieldFrom) for node in own
    ):
        return "its 'check' is async or a generator and would never run; write a plain def"
    if not _takes_three(check.args):
        return f"its 'check' does not take three arguments; {_SIGNATURE}"
    returned = [node.value for node in own if isinstance(node, ast.Return) and node.value is not None]
    if not returned:
        return "its 'check' returns nothing; return whether the output is right"
    if all(isinstance(value, ast.Constant) and value.value for value in returned) and not _can_fail(own):
        return "its 'check' accepts every output; return whether the output is right"
    return ""


def _can_fail(nodes: Collection[ast.AST]) -> bool:
    """Whether a function with these nodes may also raise, or end without a value."""
    return any(
        isinstance(node, ast.Assert | ast.Raise | ast.Call | ast.Subscript | ast.If | ast.Match)
        for node in nodes
    )


def _takes_three(arguments: ast.arguments) -> bool:
    """Whether a function with these parameters can be called with three positional arguments."""
    positional = len(arguments.posonlyargs) + len(arguments.args)
    required = positional - len(arguments.defaults)
    needs_keyword = any(default is None for default in arguments.kw_defaults)
    takes_enough = positional >= _PARAMETERS or arguments.vararg is not None
    return required <= _PARAMETERS and takes_enough and not needs_keyword


def _may_bind_check(source: str) -> bool:
    """Whether running the text may bind ``check``; a star import may bind any name."""
    body = parse(source).body
    if any(isinstance(node, ast.ImportFrom) and node.names[0].name == "*" for node in body):
        return True
    table = symtable.symtable(source, "<checker>", "exec")
    return "check" in table.get_identifiers() and (
        table.lookup("check").is_assigned() or table.lookup("check").is_imported()
    )
