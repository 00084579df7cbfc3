"""A request may ask for a hash of what a program returned to each test; programs that return the same have the same."""

import pytest

from clients.contract import IoTest, Limits, State, Suite
from services.executor.sandbox import Rules
from tests.sandbox.judging import SMALL

RULES = Rules(Limits(**SMALL), values=True)


def hashes(jail, program, *asserts, io=None, rules=RULES):
    suite = Suite(id="s", asserts=list(asserts) or None, io=io)
    (judgement,) = jail.judge(suite, [program], rules)
    assert not judgement.fault
    return [test.value_hash for test in judgement.tests]


def hash_of(jail, returned, test="assert f(1) == 0", head=""):
    (value_hash,) = hashes(jail, f"{head}\ndef f(x):\n    return {returned}\n", test)
    return value_hash


def test_programs_that_return_the_same_have_the_same_hash_whether_they_pass_or_not(jail):
    first = hashes(jail, "def f(x):\n    return x + 1", "assert f(1) == 2", "assert f(2) == 9")
    second = hashes(jail, "def f(x):\n    return 1 + x", "assert f(1) == 7", "assert f(2) == 3")
    third = hashes(jail, "def f(x):\n    return 2 * x", "assert f(1) == 2", "assert f(2) == 4")
    assert first == second
    assert first[0] == third[0]
    assert first[1] != third[1]
    assert all(len(value_hash) == 16 for value_hash in first)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("1", "True"),
        ("1", "1.0"),
        ("0.0", "-0.0"),
        ("{1: 2, 3: 4}", "{3: 4, 1: 2}"),
        ("set(range(50))", "set(reversed(range(50)))"),
        ("[x, x]", "list((x,) * 2)"),
        ("float('nan')", "-float('nan')"),
        ("10**5000", "int('1' + '0' * 4000) * 10**1000"),
    ],
)
def test_equal_values_have_equal_hashes(jail, one, other):
    assert hash_of(jail, one) == hash_of(jail, other) is not None


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("[1, 2]", "(1, 2)"),
        ("[[1], 2]", "[[1, 2]]"),
        ("'1'", "1"),
        ("'ab', 'c'", "'a', 'bc'"),
        ("None", "0"),
        ("b'a'", "'a'"),
        ("{1: 2}", "{2: 1}"),
        ("1.5", "1.25"),
    ],
)
def test_different_values_have_different_hashes(jail, one, other):
    assert hash_of(jail, one) != hash_of(jail, other)


@pytest.mark.parametrize(
    ("base", "one", "other"),
    [
        ("int", "1", "2"),
        ("float", "1.5", "2.5"),
        ("complex", "1j", "2j"),
        ("str", "'a'", "'b'"),
        ("bytes", "b'a'", "b'b'"),
        ("tuple", "(1, 2)", "(1, 3)"),
        ("list", "[1, 2]", "[1, 3]"),
        ("dict", "{1: 2}", "{1: 3}"),
        ("set", "{1, 2}", "{1, 3}"),
        ("frozenset", "{1, 2}", "{1, 3}"),
    ],
)
def test_an_object_of_a_builtins_subclass_counts_by_its_value(jail, base, one, other):
    head = f"""
class Value({base}):
    def __add__(self, other): return 1
    def copy(self): return {{}}
    def union(self, other): return set()
"""
    assert hash_of(jail, f"Value({one})", head=head) == hash_of(jail, f"{base}({one})") is not None
    assert hash_of(jail, f"Value({one})", head=head) != hash_of(jail, f"Value({other})", head=head)


@pytest.mark.parametrize(
    ("scalar", "plain"),
    [
        ("np.int64(3)", "3"),
        ("np.float32(2.5)", "2.5"),
        ("np.array(3)", "3"),
        ("np.bool_(True)", "True"),
        ("[np.int64(3)]", "[3]"),
    ],
)
def test_a_scalar_of_numpys_counts_as_the_plain_number_that_it_is_equal_to(scientific, scalar, plain):
    head = "import numpy as np"
    assert hash_of(scientific, scalar, head=head) == hash_of(scientific, plain, head=head) is not None
    assert hash_of(scientific, f"np.array([{plain}])", head=head) not in (
        None,
        hash_of(scientific, f"[{plain}]"),
    )


def test_named_tuples_and_members_of_enumerations_count_by_their_values(jail):
    head = """
from collections import namedtuple
from enum import IntEnum
class Color(IntEnum): RED, BLUE = 1, 2
Point = namedtuple("Point", "x y")
"""
    returned = ("Color.RED", "Color.BLUE", "Point(1, 2)", "Point(1, 3)", "[Point(1, 2)]", "[Point(1, 3)]")
    assert len({hash_of(jail, value, head=head) for value in returned}) == len(returned)
    assert hash_of(jail, "Point(1, 2)", head=head) == hash_of(jail, "(1, 2)")


def test_an_argument_that_comes_back_counts_by_its_content(jail):
    test = "assert f([2, 1]) == [1, 2]"
    in_place = "def f(x):\n    x.sort()\n    return x"
    assert hashes(jail, in_place, test) == hashes(jail, "def f(x):\n    return sorted(x)", test)


def test_an_exception_counts_by_the_name_of_its_class(jail):
    one = hashes(jail, "def f(x):\n    raise ValueError('one')", "assert f(1) == 0")
    other = hashes(jail, "def f(x):\n    return int('no number')", "assert f(1) == 0")
    assert one == other != hashes(jail, "def f(x):\n    return 1 // 0", "assert f(1) == 0")


def test_all_calls_of_a_test_count_in_order(jail):
    test = "assert f(1) + f(2) == 3"
    assert hashes(jail, "def f(x):\n    return x", test) != hashes(jail, "def f(x):\n    return 3 - x", test)


def test_objects_of_the_programs_classes_count_by_class_and_by_their_further_answers(jail):
    point = "class Point:\n    def __init__(self, x):\n        self.x = x\n"
    test = "assert f(1).x == 5"
    one, other = hash_of(jail, "Point(x)", test, point), hash_of(jail, "Point(x + 1)", test, point)
    assert one == hash_of(jail, "Point(2 * x - x)", test, point) != other


def test_a_test_has_no_hash_if_it_did_not_end_by_itself_or_the_value_is_too_large(jail):
    endless = "def f(x):\n    while x: pass\n    return 1"
    assert hashes(jail, endless, "assert f(1) == 1", "assert f(0) == 1")[0] is None
    assert hash_of(jail, "list(range(20_000))") is None
    assert hash_of(jail, "0 if print() else __import__('os')._exit(0)") is None


@pytest.mark.parametrize("returned", ["Fraction(10**5000, 3)", "[[x] * 110] * 110", "type(x)", "print"])
def test_a_value_that_has_no_hash_changes_no_outcome(jail, returned):
    program = f"from fractions import Fraction\ndef f(x):\n    return {returned}\n"
    suite = Suite(id="s", asserts=["assert f(1) is not None", "assert f(1) == 0"])
    (judgement,) = jail.judge(suite, [program], RULES)
    (plain,) = jail.judge(suite, [program], Rules(Limits(**SMALL)))
    assert [test.outcome for test in judgement.tests] == [test.outcome for test in plain.tests]
    assert [test.value_hash for test in judgement.tests] == [None, None]


@pytest.mark.parametrize("state", list(State))
def test_the_state_of_the_suite_and_calls_before_do_not_matter(jail, state):
    rules = Rules(Limits(**SMALL), state, values=True)
    tests = ["assert f([3, 1])[0] == 1", "assert f([3, 1]) == [1, 3]", "assert sorted(f([3, 1])) == [1, 3]"]
    first, second, third = hashes(jail, "def f(x):\n    return sorted(x)", *tests, rules=rules)
    assert first == second == third


def test_the_calls_of_a_check_count_until_one_fails(jail):
    check = "def check(candidate):\n    assert candidate(1) == 1\n    assert candidate(2) == 2\n"

    def hash_by_check(returned):
        suite = Suite(id="s", check=check, entry_point="f")
        (judgement,) = jail.judge(suite, [f"def f(x):\n    return {returned}"], RULES)
        return judgement.tests[0].value_hash

    assert hash_by_check("x") == hash_by_check("abs(x)") != hash_by_check("1")
    assert hash_by_check("x + 5") == hash_by_check("6")  # the second call is not made


def test_a_program_that_prints_is_hashed_by_what_it_printed(jail):
    io = [IoTest(stdin="3\n", stdout="6\n"), IoTest(stdin="4\n", stdout="0\n")]
    one = hashes(jail, "print(2 * int(input()))", io=io)
    assert one == hashes(jail, "n = int(input())\nprint(n + n, '')", io=io)
    assert None not in one


def test_without_the_option_there_are_no_hashes(jail):
    program = "def f(x):\n    return x"
    assert hashes(jail, program, "assert f(1) == 1", rules=Rules(Limits(**SMALL))) == [None]


def test_a_test_that_runs_an_answer_as_code_has_no_hash(jail):
    program = "def f(x):\n    return 'y = 2'"
    assert hashes(jail, program, "space = {}\nexec(f(1), space)\nassert space['y'] == 2") == [None]
