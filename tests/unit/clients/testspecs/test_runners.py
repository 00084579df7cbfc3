"""Texts that only define tests become one call for each test; what cannot be called is refused by name."""

import ast
import textwrap
import unittest

import pytest

from clients.testspecs import entry_point_of, suite_from
from clients.testspecs.runners import defines_only, split_tests


def calls(source):
    source = textwrap.dedent(source)
    return split_tests(source, ast.parse(source)).calls


def passes(source, **program):
    """Run each test with these names of a program; return whether each passes, or ``None`` if it skips itself."""
    source = textwrap.dedent(source)
    split = split_tests(source, ast.parse(source))
    judged = []
    for call in split.calls:
        names = {"__name__": "tests", **program}
        try:
            exec(split.setup, names)
            exec(call, names)
        except BaseException as error:
            judged.append(None if type(error).__name__ == "SkipTest" else False)
        else:
            judged.append(True)
    return judged


def double(x):
    return 2 * x


def test_each_function_is_a_call():
    assert calls("def test_a(): assert f(1)\ndef helper(): pass\nasync def test_b(): assert f(2)") == [
        "test_a()",
        "import asyncio\nasyncio.run(test_b())",
    ]


def test_each_case_of_a_table_is_a_call():
    source = """
        import pytest
        @pytest.mark.parametrize("a, b", [(1, 2), pytest.param(2, 4, id="two"), pytest.param(0, 9, marks=pytest.mark.xfail), PAIR])
        @pytest.mark.parametrize("c", [0])
        def test_f(a, b, c=1): assert f(a) == b + c
    """
    assert calls(source) == [
        "test_f(a=1, b=2, c=0)",
        "test_f(a=2, b=4, c=0)",
        "test_f(**dict(zip(['a', 'b'], PAIR)), c=0)",
    ]


def test_a_class_of_pytest_gets_an_object_for_each_method():
    source = """
        class TestF:
            def setup_method(self, method): self.x = 2
            def test_a(self): assert f(self.x) == 4
            def test_b(self): assert f(self.x) == 5
    """
    assert passes(source, f=double) == [True, False]


CASE = """
    import unittest
    class Base(unittest.TestCase):
        @classmethod
        def setUpClass(cls): cls.x = 2
        def test_inherited(self): self.assertEqual(f(self.x), 4)
    class T(Base):
        def setUp(self): self.y = 3
        def test_own(self): self.assertEqual(f(self.y), 6)
    class A(unittest.IsolatedAsyncioTestCase):
        async def test_async(self): self.assertEqual(f(1), 2)
        def test_sub(self):
            for x in (1, 2):
                with self.subTest(x=x): self.assertEqual(f(x), 2 * x)
"""


def test_methods_of_unittest_run_with_their_fixtures_inherited_and_async_ones_too():
    assert len(calls(CASE)) == 5
    assert passes(CASE, f=double) == [True] * 5
    assert passes(CASE, f=lambda x: x) == [False] * 5


def test_fixtures_of_the_module_run():
    source = """
        import unittest
        x = []
        def setUpModule(): x.append(2)
        def tearDownModule(): x.clear()
        class T(unittest.TestCase):
            def test_a(self): self.assertEqual(f(x[0]), 4)
    """
    assert passes(source, f=double) == [True]
    assert passes(source, f=lambda x: x) == [False]


def test_a_program_that_skips_the_test_does_not_pass():
    def skips(_):
        raise unittest.SkipTest

    assert True not in passes(CASE, f=skips)


def test_what_the_text_skips_or_expects_to_fail_is_no_test():
    source = """
        import unittest, pytest
        class T(unittest.TestCase):
            @unittest.skip("later")
            def test_a(self): pass
            @unittest.expectedFailure
            def test_b(self): self.assertEqual(f(1), 2)
            @unittest.skipIf(True, "here")
            def test_c(self): self.assertEqual(f(1), 2)
        @unittest.skip("all")
        class U(unittest.TestCase):
            def test_a(self): pass
    """
    assert calls(source) == ["_run_method(T, 'test_c')"]
    assert passes(source, f=double) == [None]
    assert calls("@pytest.mark.skip\ndef test_a(): pass\n@pytest.mark.xfail\ndef test_b(): pass") == []
    assert "SkipTest" in calls("@pytest.mark.skipif(1 > 0, reason='')\ndef test_a(): pass")[0]


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("def test_a(tmp_path): pass", "'tmp_path', which is a fixture"),
        ("import pytest\n@pytest.fixture\ndef x(): return 1\ndef test_a(x): pass", "'x', which is a fixture"),
        (
            "import pytest\n@pytest.fixture(autouse=True)\ndef x(): pass\ndef test_a(): pass",
            "needs a test runner",
        ),
        ("def setup_function(f): pass\ndef test_a(): pass", "needs a test runner"),
        ("class TestA:\n    def __init__(self): pass\n    def test_a(self): pass", "needs a test runner"),
        ("class TestA:\n    def test_a(self, capsys): pass", "'capsys'"),
        ("@pytest.mark.parametrize('x', make())\ndef test_a(x): pass", "not written out"),
    ],
)
def test_what_cannot_be_called_is_refused_by_name(source, message):
    with pytest.raises(ValueError, match=message):
        calls(source)


def test_a_decorator_that_is_no_mark_may_give_arguments():
    assert calls("@patch('x.y')\ndef test_a(mock): pass") == ["test_a()"]


@pytest.mark.parametrize(
    ("source", "only"),
    [
        ("def test_a(): pass", True),
        ("import x\n'doc'\nclass T: pass\nif __name__ == '__main__':\n    main()", True),
        ("def test_a(): pass\ntest_a()", False),
        ("import x", False),
        ("def test_a(): pass\nassert f(1)", False),
    ],
)
def test_a_text_that_only_defines(source, only):
    assert defines_only(ast.parse(source)) is only


def test_labels_that_define_tests_are_split_and_others_stay_as_they_are():
    two = "def test_a():\n    assert f(2) == 4\ndef test_b():\n    assert f(3) == 6"
    suite = suite_from([two, "assert f(1) == 2", "class T:\n    pass", "assert ("])
    assert suite.asserts == [
        f"{two}\ntest_a()",
        f"{two}\ntest_b()",
        "assert f(1) == 2",
        "class T:\n    pass",
        "assert (",
    ]
    assert suite.entry_point is None  # a guess is for extraction only
    assert entry_point_of(suite.asserts) == "f"


def test_a_row_with_functions_of_pytest_is_understood():
    suite = suite_from({"test": "def test_a():\n    assert f(2) == 4", "entry_point": "f"})
    assert suite.asserts == ["test_a()"]
