"""A benchmark's ``check`` passes or fails as a whole. Split into its assertions, it gives a pass rate."""

from clients.testspecs import humaneval_suite

CHECK = """
def check(candidate):
    assert candidate(1) == 2
    assert candidate(-1) == 0
"""


def test_each_assertion_becomes_a_test():
    suite = humaneval_suite("HumanEval/0", CHECK, entry_point="increment")
    assert suite.asserts == ["assert increment(1) == 2", "assert increment(-1) == 0"]


def test_what_the_assertions_share_is_setup():
    suite = humaneval_suite(
        "s", "def check(candidate):\n    data = [1, 2]\n    assert candidate(data) == 3", "total"
    )
    assert (suite.setup, suite.asserts) == ("data = [1, 2]", ["assert total(data) == 3"])


def test_assertions_that_depend_on_one_another_stay_one_test():
    source = "def check(candidate):\n    for last in (1, 2):\n        assert candidate(last)\n    assert candidate(last + 1)"
    suite = humaneval_suite("s", source, "f")
    assert (suite.asserts, suite.check) == (None, source)
