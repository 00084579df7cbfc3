"""Imports of the program's file are taken out of tests, and what they bind is found."""

import ast

import pytest

from clients.testspecs import entry_point_of
from services.executor.sandbox.guest.wire.program_imports import (
    MODULES,
    has_program_import,
    take_program_imports,
)


@pytest.mark.parametrize(
    ("text", "changed", "names"),
    [
        ("from solution import f, g\nassert f(1) == g(2)", "pass\nassert f(1) == g(2)", {"f", "g"}),
        ("from solution import *\nassert f(1)", "pass\nassert f(1)", set()),
        ("from solution import f as g, h as h\nassert g(1)", "g = f\nassert g(1)", {"f", "h"}),
        ("from .solution import f", "pass", {"f"}),
        ("import solution\nassert solution.f(1) == 2", "pass\nassert f(1) == 2", {"f"}),
        ("import math, solution as s\nassert s.A.b", "import math\nassert A.b", {"A"}),
        ("def test():\n    from main import f\n    f()", "def test():\n    pass\n    f()", {"f"}),
        (
            "try:\n    from solution import f\nexcept ImportError:\n    f = None",
            "try:\n    pass\nexcept ImportError:\n    f = None",
            {"f"},
        ),
        ("import solution\nsolution.LIMIT = 2", "pass\nsolution.LIMIT = 2", set()),
        ("from math import sqrt\nsolution = sqrt(4)", "from math import sqrt\nsolution = sqrt(4)", set()),
        ("from ..solution import f", "from ..solution import f", set()),
    ],
)
def test_what_is_left_of_a_text(text, changed, names):
    tree = ast.parse(text)
    assert take_program_imports(text, tree) == names
    assert ast.unparse(tree) == changed
    compile(tree, "<test>", "exec")


def test_no_module_of_the_standard_library_is_taken():
    import sys

    assert not MODULES & sys.stdlib_module_names
    assert not has_program_import("import maintenance\nfrom mains import x\n# from solution\n")


@pytest.mark.parametrize("module", sorted(MODULES))
def test_the_client_s_guess_of_the_function_knows_the_same_files(module):
    """``clients`` may not import the guest, and the guest nothing but the standard library."""
    assert entry_point_of(["assert f(1) == 2"], f"from {module} import f") == "f"
