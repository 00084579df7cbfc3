"""Checks, filters and hashes assert tests, in the API process; ``guest/checker/kinds/asserts`` runs them.

An assert test is one text of Python statements that call the program's names, and fails by raising. A test that no
program can fail is invalid: it would raise every pass rate. Faults that show only when a test runs (a ``setup`` that
raises) are reported by the checker.
"""

import ast
from collections.abc import Collection, Iterator
from functools import lru_cache

from clients.contract import Suite
from services.executor.kinds.kind import hash_parts
from services.executor.kinds.python_source import compile_fault, has_effect, parse, setup_fault


def find_faults(suite: Suite) -> dict[int, str]:
    """Return why tests are invalid, by position; a fault in ``setup`` makes every test invalid."""
    if fault := setup_fault(suite):
        return dict.fromkeys(range(suite.size), fault)
    return {t: fault for t, source in enumerate(suite.asserts or ()) if (fault := fault_of_assert(source))}


def without(suite: Suite, invalid: Collection[int]) -> Suite:
    """Return the suite without the tests at these positions."""
    kept = [test for t, test in enumerate(suite.asserts or ()) if t not in invalid]
    return suite.model_copy(update={"asserts": kept, "weights": None})


def hash_each(suite: Suite) -> list[str]:
    """Hash each test with the ``setup`` that runs before it."""
    return [hash_parts(suite.setup, test) for test in suite.asserts or ()]


def texts(suite: Suite) -> Iterator[str]:
    """Yield each test."""
    yield from suite.asserts or ()


@lru_cache(maxsize=4096)
def fault_of_assert(source: str) -> str:
    """Return why the text is an invalid test, or an empty string."""
    if fault := compile_fault(source):
        return fault
    body = parse(source).body
    if not any(has_effect(node) for node in body):
        return "holds no statement; write one that fails by raising, or leave the test out"
    if all(isinstance(node, ast.Expr) and isinstance(node.value, ast.Compare) for node in body):
        return "compares and asserts nothing; write 'assert' before it"
    if all(
        isinstance(node, ast.Assert) and isinstance(node.test, ast.Tuple) and node.test.elts for node in body
    ):
        return "asserts a tuple, which always holds; take the parentheses away"
    return ""
