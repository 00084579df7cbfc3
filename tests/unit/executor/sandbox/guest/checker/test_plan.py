"""Tests are compiled before any program runs; one that does not compile keeps the reason."""

import pytest

from services.executor.sandbox.guest.checker import plan


@pytest.mark.parametrize(
    "text", ["assert f( == 1", "return 1", "a\x00b", "(" * 1000, "x = 1\n y = 2", "yield"]
)
def test_a_test_that_does_not_compile_keeps_the_reason(text):
    good, bad = plan.make_plan(["assert f(1) == 2", text], "").tests
    assert good.code is not None
    assert bad.code is None
    assert bad.error
    assert len(bad.error) <= 310


def test_a_setup_that_does_not_compile_spoils_every_test():
    made = plan.make_plan(["assert f(1) == 2"] * 2, "def (")
    assert [test.code for test in made.tests] == [None, None]
    assert all(test.error.startswith("setup: SyntaxError") for test in made.tests)


def test_tests_that_use_files_can_be_left_out_with_a_reason():
    broken, files, streams, plain = (
        "open(",
        "assert open(f(1))",
        "sys.stdout = out\nassert f(1) == 2",
        "assert f(1) == 2",
    )
    made = plan.make_plan([broken, files, streams, plain], "")
    assert made.file_tests == {1}
    left = made.without_file_tests("no files here")
    assert [test.code is not None for test in left.tests] == [False, False, True, True]
    assert left.tests[1].error == "no files here"
    assert "SyntaxError" in left.tests[0].error
    in_setup = plan.make_plan([plain, plain], "import os\nos.mkdir('x')")
    assert in_setup.file_tests == {0, 1}
