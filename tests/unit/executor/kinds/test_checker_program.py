"""``checker``: which texts are invalid, and why; it decides what a test means."""

import pytest

from clients.contract import Suite
from services.executor.kinds import checker_program, io
from services.executor.kinds.checker_program import fault_of_checker
from services.executor.kinds.registry import kind_of

RIGHT = "def check(input, output, expected):\n    return output == expected"
IO = [{"stdin": "1", "stdout": "2"}, {"stdin": "2", "stdout": None}]


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("", "defines no function 'check'"),
        ("def judge(input, output, expected): return True", "defines no function 'check'"),
        ("def check(input, output): return input == output", "three arguments"),
        ("def check(a, b, c, d): return a == b", "three arguments"),
        ("def check(a, b, c, *, d): return a == b", "three arguments"),
        ("async def check(a, b, c): return a == b", "never run"),
        ("def check(a, b, c):\n    yield a == b", "never run"),
        ("def check(a, b, c):\n    a == b", "returns nothing"),
        ("def check(a, b, c):\n    return", "returns nothing"),
        ("def check(a, b, c):\n    return True", "accepts every output"),
        ("def check(a, b, c):\n    'all are right'\n    return 1.0", "accepts every output"),
        ("def check(", "SyntaxError"),
        ("#include <testlib.h>\nint main() {}", "SyntaxError"),
    ],
)
def test_what_defines_no_usable_check_says_so(source, words):
    assert words in fault_of_checker(source)
    suite = Suite(id="s", io=IO, checker=source)
    faults = kind_of(suite).find_faults(suite)
    assert list(faults) == [0, 1]
    assert all(fault.startswith("checker: ") for fault in faults.values())


@pytest.mark.parametrize(
    "source",
    [
        RIGHT,
        "def check(input, output, expected=None):\n    assert output\n    return True",
        "def check(*texts): return texts[1] == texts[2]",
        "check = lambda i, o, e: o == e",
        "from helpers import *",
        "def check(i, o, e):\n    if o == e:\n        return True",
        "def check(i, o, e):\n    match o.split():\n        case [one]:\n            return True",
        "def check(i, o, e):\n    int(o)\n    return 1",
    ],
)
def test_whatever_may_judge_is_let_through(source):
    assert fault_of_checker(source) == ""


def test_the_checker_program_is_part_of_each_hash_and_of_the_size():
    plain = Suite(id="s", io=IO)
    suite = plain.model_copy(update={"checker": RIGHT})
    other = plain.model_copy(update={"checker": RIGHT + "\n"})
    assert kind_of(plain) is io
    assert kind_of(suite) is checker_program
    hashes = [tuple(kind_of(each).hash_each(each)) for each in (plain, suite, other)]
    assert len({*hashes[0], *hashes[1], *hashes[2]}) == 6
    assert sum(map(len, checker_program.texts(suite))) == sum(map(len, io.texts(plain))) + len(RIGHT)
    assert kind_of(suite).without(suite, {0}) == suite.model_copy(update={"io": suite.io[1:]})
