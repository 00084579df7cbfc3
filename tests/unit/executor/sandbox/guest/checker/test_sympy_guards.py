"""sympy's evaluation is guarded whenever its parser is imported, and what only calculates is told from what may do more."""

import subprocess
import sys

import pytest

from services.executor.sandbox.guest.checker.sympy_guards import is_harmless

IMPORTED_LATER = """
from services.executor.sandbox.guest.checker import sympy_guards
from services.executor.sandbox.guest.checker.evaluation import evaluation
sympy_guards.install()
import sympy
announced = []
evaluation.start_test(lambda: announced.append(1), [])
assert sympy.sympify("x + 1") == sympy.Symbol("x") + 1 and not announced
sympy.sympify("[].append(1)")
assert announced
"""


def test_a_parser_that_a_library_imports_later_is_guarded():
    pytest.importorskip("sympy")
    ended = subprocess.run(
        [sys.executable, "-c", IMPORTED_LATER], capture_output=True, text=True, check=False
    )
    assert ended.returncode == 0, ended.stderr


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("Integer(2)*Symbol('x')", True),
        ("sin(Symbol('x'))", True),
        ("Symbol('x').__class__", False),
        ("open('x')", False),
        ("Integer(", True),
    ],
)
def test_what_only_calculates_is_harmless(code, expected):
    assert is_harmless(code) is expected
