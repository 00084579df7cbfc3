"""A suite's checker program judges what programs print; what it cannot judge is a fault of the suite or of the output."""

import pytest

from clients.contract import IoTest, Limits, Suite
from services.executor.sandbox import Rules
from tests.sandbox.judging import SMALL, is_still_fair, results

PAIR = """
def check(input, output, expected):
    first, second = map(int, output.split())
    return first + second == int(input) and first > 0 and second > 0
"""
IO = [("7\n", "3 4\n"), ("9\n", None)]


def judged(jail, program, checker=PAIR, io=IO, **limits):
    return results(jail, program, io=io, checker=checker, **limits)


def outcomes(jail, program, checker=PAIR, io=IO, **limits):
    return [test.outcome.value for test in judged(jail, program, checker, io, **limits)]


@pytest.mark.parametrize(
    ("program", "due"),
    [
        ("print(int(input()) - 1, 1)", ["passed", "passed"]),
        ("print(3, 4)", ["passed", "wrong_answer"]),
        ("print(int(input()), 0)", ["wrong_answer", "wrong_answer"]),
        ("print('garbage')", ["wrong_answer", "wrong_answer"]),
        ("pass", ["wrong_answer", "wrong_answer"]),
        ("raise ValueError", ["runtime_error", "runtime_error"]),
        ("x = (", ["syntax_error", "syntax_error"]),
        ("while True: pass", ["time_limit", "time_limit"]),
        ("print('1' * 10**6)", ["output_limit", "output_limit"]),
        ("import os\nprint(1, int(input()) - 1, flush=True)\nos._exit(3)", ["passed", "passed"]),
    ],
)
def test_it_decides_in_place_of_a_comparison(jail, program, due):
    assert outcomes(jail, program) == due


@pytest.mark.parametrize(
    "checker",
    [
        "def check(input, output, expected):\n    return undefined",
        "def check(input, output, expected):\n    return False",
        "def check(input, output, expected):\n    return None if output else 1",
        "def check(input, output, expected):\n    return 2",
        "def check(input, output, expected):\n    return 0.99",
        "def check(input, output, expected):\n    return float('nan')",
        "def check(input, output, expected):\n    raise SystemExit(0)",
        "import os\ndef check(input, output, expected):\n    os._exit(0)\n    return True",
        "def check(input, output, expected):\n    return '1' * 10**6",
    ],
)
def test_a_test_whose_own_output_it_does_not_accept_is_invalid_for_every_program(jail, checker):
    for program in ("print(3, 4)", "print('garbage')", "x = (", "raise ValueError"):
        invalid, other = judged(jail, program, checker)
        assert (invalid.outcome, other.outcome) != ("passed", "passed")
        assert invalid.outcome == "invalid_test"
        assert "does not accept the test's expected output" in invalid.message


@pytest.mark.parametrize(
    "checker",
    [
        "import nothing_of_this_name\ndef check(input, output, expected):\n    return True",
        "1 / 0\ndef check(input, output, expected):\n    return True",
        "if input:\n    from math import inf as check\nelse:\n    check = 1\ndel check",
    ],
)
def test_a_checker_program_that_does_not_load_makes_every_test_invalid(jail, checker):
    tests = judged(jail, "print(3, 4)", checker)
    assert [test.outcome for test in tests] == ["invalid_test"] * 2
    assert "the checker program is at fault" in tests[0].message


def test_a_score_passes_at_one_and_is_kept(jail):
    checker = "def check(input, output, expected):\n    return min(1, int(output) / 4)"
    io = [("", "4"), ("", "8"), ("", None)]
    for printed, due in ((4, ("passed", 1.0)), (3, ("wrong_answer", 0.75)), (0, ("wrong_answer", 0.0))):
        tests = judged(jail, f"print({printed})", checker, io)
        assert {(test.outcome.value, test.score) for test in tests} == {due}
    assert {test.score for test in judged(jail, "print(1, 6)")} == {None}


def test_the_expected_output_itself_passes_with_its_score(jail):
    (test,) = judged(jail, "print(3, 4)", io=[("7", "3 4\n")])
    assert (test.outcome, test.score) == ("passed", None)
    checker = "def check(input, output, expected):\n    return 1.0 * (output == expected)"
    (test,) = judged(jail, "print(3, 4)", checker, [("7", "3 4\n")])
    assert (test.outcome, test.score) == ("passed", 1.0)


def test_each_call_is_a_new_process(jail):
    checker = """
import os
CALLS = []
def check(input, output, expected):
    CALLS.append(output)
    marked = os.path.exists("mark")
    open("mark", "w").close()
    return len(CALLS) == 1 and not marked and output.strip() == "x"
"""
    assert outcomes(jail, "print('x')", checker, [("", "x"), ("1", "x\n"), ("2", None)]) == ["passed"] * 3


def test_what_a_checker_program_uses_is_not_the_programs(jail):
    slow = "def check(input, output, expected):\n    sum(range(3 * 10**7))\n    return True"
    tests = judged(jail, "print(1)", slow, [("", None)] * 3, cpu_s=0.2, total_cpu_s=0.5)
    assert [test.outcome for test in tests] == ["passed"] * 3
    assert all(test.cpu_s < 0.2 for test in tests)


def test_a_checker_program_cannot_fork_and_is_ended_when_it_sleeps(jail):
    forks = "import os\ndef check(input, output, expected):\n    os.fork()\n    return True"
    (test,) = judged(jail, "print(1)", forks, [("", None)])
    assert test.outcome == "wrong_answer"
    assert "PermissionError" in test.message
    is_still_fair(jail)


def test_a_pass_by_a_checker_program_that_can_run_an_output_is_marked(jail):
    checker = "def check(input, output, expected):\n    return eval(output) == 5"
    honest, forged = "print(5)", 'print(\'type("Y", (), {"__eq__": lambda *_: True})()\')'
    for program in (honest, forged):
        (test,) = judged(jail, program, checker, [("", None)])
        assert (test.outcome, test.rests_on_program, test.decided_by_program) == ("passed", True, True)
    (test,) = judged(
        jail, honest, "def check(input, output, expected):\n    return int(output) == 5", [("", None)]
    )
    assert (test.outcome, test.rests_on_program, test.decided_by_program) == ("passed", False, False)


def test_programs_of_one_suite_are_judged_alike_wherever_they_stand(jail):
    suite = Suite(id="s", io=[IoTest(stdin=stdin, stdout=stdout) for stdin, stdout in IO], checker=PAIR)
    programs = ["print(int(input()) - 1, 1)", "x = (", "print(3, 4)", "while True: pass", "print(1, 6)"]
    rules = Rules(Limits(**SMALL))
    together = {judgement.index: judgement.tests for judgement in jail.judge(suite, programs, rules)}
    for index, program in enumerate(programs):
        alone = judged(jail, program)
        assert [test.outcome for test in together[index]] == [test.outcome for test in alone]
    is_still_fair(jail)


SLOW_TO_CHECK = """
def check(input, output, expected):
    for _ in range(int(output)):
        pass
    return output == expected
"""


def test_outputs_made_to_be_slow_to_check_use_up_the_total_of_their_program(jail):
    io = [("", "7\n")] * 8
    slow = outcomes(jail, "print(2 * 10**8)", SLOW_TO_CHECK, io, total_cpu_s=0.4)
    assert (slow[0], slow[-1]) == ("wrong_answer", "not_run")
    assert outcomes(jail, "print(7)", SLOW_TO_CHECK, io, total_cpu_s=0.4) == ["passed"] * 8


def test_a_checker_that_is_slow_for_the_expected_output_charges_nothing(jail):
    io = [("", f"{10**8}\n")] * 3
    assert outcomes(jail, "print(10**8)", SLOW_TO_CHECK, io, total_cpu_s=0.4) == ["passed"] * 3
