"""Checks, filters and hashes assert tests, in the API process; ``guest/checker/kinds/asserts`` runs them.

An assert test is one text of Python statements that call the program's names, and fails by raising. A test that no
program can fail is invalid: it would raise every pass rate. Faults that show only when a test runs (a ``setup`` that
raises) are reported by the checker.
"""

import ast
from collections.abc import Collection, Iterator, Mapping
from functools import lru_cache

from clients.contract import Suite
from clients.testspecs.runners import is_main_guard
from services.executor.kinds.kind import hash_parts, isolation_parts
from services.executor.kinds.null_programs import null_modules
from services.executor.kinds.python_source import compile_fault, has_effect, parse, setup_fault
from services.executor.kinds.vacuous import FUNCTIONS, fault_of_statements

_DEFINITIONS = FUNCTIONS | ast.ClassDef | ast.Import | ast.ImportFrom


def find_faults(suite: Suite) -> dict[int, str]:
    """Return why tests are invalid, by position; a fault in ``setup`` makes every test invalid."""
    if fault := setup_fault(suite):
        return dict.fromkeys(range(suite.size), fault)
    entry_point = suite.entry_point or ""
    faults = (fault_of_assert(source, entry_point) for source in suite.asserts or ())
    return {t: fault for t, fault in enumerate(faults) if fault}


def without(suite: Suite, invalid: Collection[int]) -> Suite:
    """Return the suite without the tests at these positions."""
    kept = [test for t, test in enumerate(suite.asserts or ()) if t not in invalid]
    return suite.model_copy(update={"asserts": kept, "weights": None})


def hash_each(suite: Suite) -> list[str]:
    """Hash each test with the ``setup`` that runs before it."""
    return [hash_parts(suite.setup, test, *isolation_parts(suite)) for test in suite.asserts or ()]


def texts(suite: Suite) -> Iterator[str]:
    """Yield each test."""
    yield from suite.asserts or ()


def null_programs(suite: Suite) -> Mapping[str, str]:
    """Return programs that solve nothing: what each does → its source."""
    return null_modules(suite)


@lru_cache(maxsize=4096)
def fault_of_assert(source: str, entry_point: str = "") -> str:
    """Return why the text is an invalid test, or an empty string."""
    if fault := compile_fault(source):
        return fault
    body = parse(source).body
    statements = [node for node in body if not is_main_guard(node)]
    if not any(has_effect(node) for node in statements):
        if len(statements) < len(body):
            return "stands under 'if __name__ == \"__main__\"', which does not hold in a test; remove the condition"
        return "holds no statement; write one that fails by raising, or leave the test out"
    if all(isinstance(node, _DEFINITIONS) or not has_effect(node) for node in statements):
        return "only defines functions or classes; call them, or send what a test runner would call as one test each"
    return fault_of_statements(statements, entry_point)
