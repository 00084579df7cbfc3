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
        ("def test_f():\n    assert f(2) == 4", "only defines"),
        (
            "import unittest\nclass T(unittest.TestCase):\n    def test_a(self): self.assertEqual(f(2), 4)",
            "only defines",
        ),
        ("if __name__ == '__main__':\n    assert f(2) == 4", "remove the condition"),
        ("def t(): assert f(2) == 4\nif '__main__' == __name__:\n    t()", "only defines"),
        ("assert [f(2) == 4]", "brackets"),
        ("assert {f(2) == 4}", "brackets"),
        ("assert {1: f(2) == 4}", "dictionary"),
        ("assert lambda: f(2) == 4", "call it"),
        ("assert (f(x) == 2 * x for x in [1])", "all("),
        ("assert [f(x) == 2 * x for x in [1]]", "all("),
        ("assert map(f, [1])", "all("),
        ("assert f'{f(2) == 4}'", "not empty"),
        ("assert f'wrong {f(2)}'", "not empty"),
        ("assert f(2) == 4 or 'error'", "'or'"),
        ("assert 'error' or f(2) == 4", "'or'"),
        ("assert f(2) == 4 or (1, 2)", "'or'"),
        ("assert (f(2) == 4 or 1) and 'x'", "'or'"),
        ("assert 'ok' if f(2) == 4 else 'wrong'", "constant"),
        ("assert (x := [f(2)])", "brackets"),
        ("assert True", "constant"),
        ("assert 'f(2) == 4', 4", "constant"),
        ("print(f(2) == 4)", "in place of 'print'"),
        ("x = f(2)\nx == 4", "write 'assert' before it"),
        ("for x in (1, 2):\n    f(x) == 2 * x", "write 'assert' before it"),
        ("f(1) == 2 and f(2) == 4", "write 'assert' before it"),
        ("not f(1)", "write 'assert' before it"),
        ("all(f(x) == x for x in (1, 2))", "'all'"),
        ("def t():\n    f(1) == 2\nx = t", "write 'assert' before it"),
        ("try:\n    assert f(2) == 4\nexcept AssertionError:\n    print('wrong')", "catches its own"),
        ("try:\n    f(-1)\n    assert False\nexcept Exception:\n    pass", "catches its own"),
        ("try:\n    f(-1)\n    assert False\nexcept:\n    pass", "catches its own"),
        ("try:\n    f(-1)\nexcept Exception:\n    pass", "catches every error"),
        (
            "from contextlib import suppress\nwith suppress(AssertionError):\n    assert f(2) == 4",
            "catches its own",
        ),
        ("m = Mock()\nx = f(m)\nm.called_once_with(3)", "assert_called_once_with"),
        ("m = Mock()\nx = f(m)\nassert m.called_once_with(3)", "assert_called_once_with"),
        ("m = Mock()\nx = f(m)\nassert m.assert_called_once", "parentheses behind it"),
        ("m = Mock()\nx = f(m)\nm.assert_called_once", "parentheses behind it"),
    ],
)
def test_what_every_program_passes_is_no_test(source, words):
    assert words in fault_of_assert(source)


@pytest.mark.parametrize(
    "source",
    [
        "assert f()",
        "f()",
        "x = f()\nassert x",
        "with raises(ValueError):\n    f()",
        "assert ()",
        "assert f(2), 4",
        "assert f(2) == 4, (1, 2)",
        "assert not [f(2)]",
        "assert f(2) == 4 or f(2) == 5",
        "assert f(2) == 4 or ''",
        "assert f(2) and 'x'",
        "assert [*f(2)]",
        "assert [x for x in f(2)]",
        "assert [x for x in (1, 2) if f(x)]",
        "assert f'{f(2)}'",
        "assert {**f(2)}",
        "assert list(map(f, [1]))",
        "f(1) == 2 or fail()",
        "f(1) == 2\nassert f(2) == 4",
        "assert (f(1) == 2, 'x')\nassert f(2) == 4",
        "def t():\n    assert f(2) == 4\nt()",
        "def test():\n    assert f(2) == 4\nif __name__ == '__main__':\n    pass\ntest()",
        "try:\n    f(-1)\nexcept ValueError:\n    pass\nelse:\n    assert False",
        "try:\n    f(-1)\n    assert False\nexcept ValueError:\n    pass",
        "ok = False\ntry:\n    f(-1)\nexcept Exception:\n    ok = True\nassert ok",
        "try:\n    f(-1)\nexcept AssertionError:\n    pass",
        "try:\n    assert f(1) == 2\nexcept AssertionError:\n    raise",
        "try:\n    assert f(1) == 2\nexcept Exception as e:\n    fail(e)",
        "from contextlib import suppress\nwith suppress(KeyError):\n    assert f(2) == 4",
        "m = Mock()\nf(m)\nm.assert_called_once_with(3)",
        "m = Mock()\nx = f(m)\nassert m.called",
        "match f(2):\n    case 4: pass\n    case _: raise AssertionError",
        "import asyncio\nasync def main():\n    assert await f(2) == 4\nasyncio.run(main())",
        "import sys\nif f(2) != 4: sys.exit(1)",
    ],
)
def test_what_a_program_can_fail_is_a_test(source):
    assert fault_of_assert(source) == ""


def test_a_builtin_that_is_the_programs_name_is_meant():
    assert fault_of_assert("assert filter([1])", "filter") == ""
    assert fault_of_assert("all([1])", "all") == ""
