"""A setup that fails by itself makes its tests invalid, and no program fails because of it."""

import pytest

from tests.sandbox.judging import HONEST, results

CHECK = "def check(candidate):\n    assert candidate(1, 2) == 3\n"


@pytest.mark.parametrize(
    "setup",
    [
        "import no_such_module",
        "1 / 0",
        "assert False, 'never'",
        "raise SystemExit",
        "import math\nmath.no_such_name",
    ],
)
def test_a_setup_that_raises_by_itself_is_invalid(jail, setup):
    first, second = results(jail, HONEST, "assert add(1, 2) == 3", "assert add(2, 2) == 5", setup=setup)
    assert first.outcome == second.outcome == "invalid_test"
    assert first.message.startswith("setup: ")


def test_so_is_a_check_that_raises_before_it_is_called(jail):
    text = f"import no_such_module\n\n{CHECK}"
    (only,) = results(jail, HONEST, check=text, entry_point="add")
    assert only.outcome == "invalid_test"
    assert "no_such_module" in only.message


def test_a_setup_that_calls_the_program_fails_the_program(jail):
    judged = results(jail, HONEST, "assert total == 4", setup="total = add(1, 2) + missing(1)")
    assert [test.outcome for test in judged] == ["runtime_error"]
    judged = results(jail, HONEST, "assert total == 4", setup="total = add(1, 2)\nassert total == 4")
    assert [test.outcome for test in judged] == ["wrong_answer"]


def test_a_check_that_fails_inside_is_a_wrong_answer(jail):
    assert [test.outcome for test in results(jail, HONEST, check=CHECK, entry_point="add")] == ["passed"]
    wrong = "def add(a, b): return a"
    assert [test.outcome for test in results(jail, wrong, check=CHECK, entry_point="add")] == ["wrong_answer"]
    helped = f"from __future__ import annotations\n\n{CHECK}"
    judged = results(jail, HONEST, check=helped, setup="import math", entry_point="add")
    assert [test.outcome for test in judged] == ["passed"]


WRITES_ITS_INPUT = "with open('in.txt', 'w') as file:\n    file.write('2')\n"
MOVES_ITS_INPUT = """
import os

def double():
    with open("in.txt") as file:
        number = int(file.read())
    os.rename("in.txt", "done.txt")
    os.mkdir("in.txt")
    return 2 * number
"""


def test_a_setup_that_fails_in_what_the_program_left_runs_again_behind_a_fresh_load(jail):
    tests = ["assert double() == 4", "assert double() == 4", "assert double() == 5"]
    judged = results(jail, MOVES_ITS_INPUT, *tests, setup=WRITES_ITS_INPUT)
    assert [test.outcome for test in judged] == ["passed", "passed", "wrong_answer"]


def test_a_setup_that_fails_in_an_empty_folder_is_still_invalid(jail):
    judged = results(
        jail, MOVES_ITS_INPUT, "assert double() == 4", setup=WRITES_ITS_INPUT + "open('none.txt')\n"
    )
    assert [test.outcome for test in judged] == ["invalid_test"]
