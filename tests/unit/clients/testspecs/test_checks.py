"""Splits a check into a test per assertion, where that is certain."""

import pytest

from clients import Suite
from clients.testspecs import entry_point_of, humaneval_suite, split_check
from services.executor.sandbox.guest.wire.known_names import KNOWN_NAMES


def split(body, before=""):
    indented = "\n".join(f"    {line}" for line in body.split("\n"))
    return split_check(f"{before}def check(candidate):\n{indented}\n", "f")


def test_every_assert_of_a_check_becomes_a_test_of_its_own():
    assert split("assert candidate(1) == 2\nassert candidate('candidate')") == (
        "",
        ["assert f(1) == 2", "assert f('candidate')"],
    )


def test_what_stands_before_the_asserts_is_setup():
    setup, tests = split(
        "from random import Random\nrng = Random(1)\nassert candidate(rng)\nassert candidate(2)",
        "K = 1\n\ndef helper(): return K\n\n",
    )
    assert setup == "K = 1\ndef helper():\n    return K\nfrom random import Random\nrng = Random(1)"
    assert tests == ["assert f(rng)", "assert f(2)"]


def test_what_stands_between_goes_before_each_that_follows():
    assert split("assert candidate(1)\nx = 2\nassert candidate(x)") == (
        "",
        ["assert f(1)", "x = 2\nassert f(x)"],
    )


def test_a_loop_of_asserts_is_one_test():
    assert split("for x in (1, 2):\n    assert candidate(x)\nassert candidate(3)") == (
        "",
        ["for x in (1, 2):\n    assert f(x)", "assert f(3)"],
    )


def test_asserts_that_hold_for_anything_are_no_tests():
    assert split("assert True, 'prints'\nassert candidate(1)") == ("", ["assert f(1)"])


def test_modules_left_to_the_program_are_imported():
    assert split("assert math.isclose(candidate(1), 1.0)")[0] == "import math"


@pytest.mark.parametrize(
    "body",
    [
        "candidate = 1\nassert candidate",
        "return candidate(1)",
        "for i in range(3):\n    assert candidate(i)\nassert candidate(i)",
        "assertion(candidate(1), 1)",
        "global x\nassert candidate(1)",
    ],
)
def test_a_check_that_cannot_be_split_for_sure_stays_whole(body):
    assert split(body) == ("", [])
    source = "def check(candidate):\n" + "\n".join(f"    {line}" for line in body.split("\n"))
    assert humaneval_suite("s", source, "f") == Suite(id="s", check=source, entry_point="f")


@pytest.mark.parametrize(
    "source", ["x = 1", "def check(:", "def check(): pass", "x = " + "-" * 100_000 + "1"]
)
def test_a_test_without_a_check_is_refused(source):
    with pytest.raises(ValueError, match="test"):
        split_check(source, "f")


@pytest.mark.parametrize(
    ("asserts", "name"),
    [
        (["assert sorted(f(1)) == [1]", "assert f(g(2)) == 1", "assert ("], "f"),
        (["assert isclose(volume(2), 8.0)"], "volume"),
        (["assert isclose(area(2), 8.0)"], "area"),
        (["assert Counter(tokens('a b')) == Counter(['a', 'b'])"], "tokens"),
        (["assert next_day(date(2020, 1, 1)) == date(2020, 1, 2)"], "next_day"),
        (["assert gcd(4, 6) == 2"], "gcd"),
        (["assert sum([1]) == 1"], None),
        (["assert 1"], None),
    ],
)
def test_the_entry_point_is_what_most_asserts_call_other_than_the_library(asserts, name):
    assert entry_point_of(asserts) == name


def test_names_of_the_setup_are_the_tests_own():
    setup = "def near(a, b):\n    return abs(a - b) < 1e-6"
    assert entry_point_of(["assert near(f(1), 2)", "assert near(f(2), 3)"], setup) == "f"
    pytest_text = "def test_a():\n    values = list(make())\n    assert solve(values) == solve([1])"
    assert entry_point_of(["test_a()"], f"{pytest_text}\ndef make():\n    return [1]") == "solve"
    assert entry_point_of(["assert g(1) == 2"], "tree = build([1])") == "g"
    beside = "from solution import add\nfrom numpy.testing import assert_equal\n"
    assert entry_point_of(["test_a()"], f"{beside}def test_a():\n    assert_equal(add(1), 2)") == "add"
    assert entry_point_of(["test_a()"], "def test_a(:") == "test_a"


def test_no_name_that_the_checker_takes_from_the_library_is_preferred():
    for name in KNOWN_NAMES:
        for subject in ("a_subject", "z_subject"):
            assert entry_point_of([f"assert {name}({subject}(2), 8.0)"]) == subject
            assert entry_point_of([f"assert {name}({subject}(2)) == {name}([8.0])"]) == subject
