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
