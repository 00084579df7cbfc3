"""Tests that use files or replace streams are found; others pay nothing."""

import ast

import pytest

from services.executor.sandbox.guest.checker.surrounding_tests import file_tests, surrounding_tests


def found(test: str, setup: str = "") -> bool:
    return surrounding_tests([test], [ast.parse(test)], setup, ast.parse(setup)) == {0}


@pytest.mark.parametrize(
    "test",
    [
        "with open('x') as file:\n    assert f(file.name)",
        "import os\nassert os.path.exists(f(1))",
        "from pathlib import Path\nassert Path(f(1)).exists()",
        "with redirect_stdout(out):\n    f(1)",
        "with patch('sys.stdout', new=out):\n    f(1)",
        "with patch('builtins.input', return_value='1'):\n    f(1)",
        "import builtins\nbuiltins.print = print",
        "sys.stdin = source\nassert f() == 1",
        "with tempfile.TemporaryDirectory() as folder:\n    f(folder)",
        "assert f('sub').is_dir()",
    ],
)
def test_a_use_is_found(test):
    assert found(test)
    assert found("assert f(1) == 2", setup=test)


@pytest.mark.parametrize(
    "test",
    [
        "assert f('open the os Path') == 2",
        "import os\nfrom pathlib import Path\nassert f(1) == 2",
        "assert door.open() == 1",
        "assert f(input=3) == 'stdin'",
    ],
)
def test_an_import_or_a_word_in_a_text_is_no_use(test):
    assert not found(test)
    assert not found("assert f(1) == 2", setup=test)


def test_a_method_of_a_path_alone_is_no_use_of_files():
    """Else a test that asks an object of the program whether something exists could not be judged under profile D."""
    for test, uses_files in (
        ("assert shop.exists('x')", False),
        ("import os\nassert os.path.exists(f(1))", True),
    ):
        tree = ast.parse(test)
        surrounded = surrounding_tests([test], [tree], "", ast.parse(""))
        assert surrounded == {0}
        assert file_tests(surrounded, [tree], ast.parse("")) == ({0} if uses_files else set())
