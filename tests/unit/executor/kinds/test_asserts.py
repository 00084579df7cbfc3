"""Assert tests: which texts are invalid, and why."""

import pytest

from services.executor.kinds.asserts import fault_of_assert


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("", "holds no statement"),
        ("  \n\n", "holds no statement"),
        ("# assert f(1) == 2", "holds no statement"),
        ("pass", "holds no statement"),
        ("'assert f(1) == 2'", "holds no statement"),
        ("f(1) == 2", "write 'assert' before it"),
        ("assert (f(1) == 2, 'wrong')", "take the parentheses away"),
    ],
)
def test_what_every_program_passes_is_no_test(source, words):
    assert words in fault_of_assert(source)


@pytest.mark.parametrize(
    "source", ["assert f()", "f()", "x = f()\nassert x", "with raises(ValueError):\n    f()", "assert ()"]
)
def test_what_a_program_can_fail_is_a_test(source):
    assert fault_of_assert(source) == ""
