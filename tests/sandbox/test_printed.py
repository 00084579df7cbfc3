"""Runs without an expected output return what the program printed and how it ended."""

import base64

import pytest

from clients.contract import IoTest, Limits, OnTimeout, State, Suite
from services.executor.sandbox import Rules
from tests.sandbox.judging import SMALL, is_still_fair, results


def run(jail, program, stdin="", **limits):
    (test,) = results(jail, program, io=[(stdin, None)], **limits)
    return test


def test_what_was_printed_comes_back(jail):
    test = run(jail, "import sys\nprint(input()[::-1])\nprint('to err', file=sys.stderr)", "abc\n")
    assert test.outcome == "passed"
    assert (test.printed.stdout, test.printed.stderr, test.printed.exit_code) == ("cba\n", "to err\n", 0)


@pytest.mark.parametrize(
    ("program", "exit_code", "stderr"),
    [
        ("import sys\nsys.exit(3)", 3, ""),
        ("import os\nos._exit(4)", 4, ""),
        ("exit('no input')", 1, "no input\n"),
        ("import sys\nsys.exit()", 0, ""),
        ("import os, signal\nos.kill(os.getpid(), signal.SIGABRT)", 0, ""),
    ],
)
def test_exit_codes_and_their_outcomes(jail, program, exit_code, stderr):
    test = run(jail, f"print('out', flush=True)\n{program}")
    assert (test.printed.stdout, test.printed.exit_code, test.printed.stderr) == ("out\n", exit_code, stderr)
    assert test.outcome == ("runtime_error" if exit_code else "passed")


def test_an_exception_is_printed_as_by_an_interpreter(jail):
    test = run(jail, "def f(x):\n    return 1 / x\nprint('before')\nf(0)\n")
    assert (test.outcome, test.printed.exit_code, test.printed.stdout) == ("runtime_error", 1, "before\n")
    lines = test.printed.stderr.splitlines()
    assert lines[0] == "Traceback (most recent call last):"
    assert lines[1] == '  File "<program>", line 4, in <module>'
    assert lines[-1] == "ZeroDivisionError: division by zero"


def test_a_program_that_does_not_compile_has_a_syntax_error_on_stderr(jail):
    test = run(jail, "x = (\n")
    assert test.outcome == "syntax_error"
    assert "SyntaxError" in test.printed.stderr
    assert test.printed.exit_code == 1


def test_a_program_that_ran_out_of_time_returns_what_it_printed_before(jail):
    test = run(jail, "print('begun', flush=True)\nwhile True: pass")
    assert (test.outcome, test.printed.stdout) == ("time_limit", "begun\n")


def test_too_much_output_does_not_come_back(jail):
    test = run(jail, "print('x' * 100_000)", output_bytes=1000)
    assert (test.outcome, test.printed) == ("output_limit", None)


def test_of_a_long_stderr_the_end_comes_back(jail):
    test = run(jail, "import sys\nprint('x' * 5000 + 'end', file=sys.stderr)", output_bytes=1000)
    assert test.outcome == "passed"
    assert len(test.printed.stderr) == 1000
    assert test.printed.stderr.endswith("xend\n")


def test_files_lie_in_the_working_directory(jail):
    content = base64.b64encode(b"\x00data\n").decode()
    suite = Suite(id="s", io=[IoTest(stdout=None, files={"sub/in.bin": content}), IoTest(stdout="[]\n")])
    rules = Rules(Limits(**SMALL), State.SHARED, OnTimeout.CONTINUE)
    program = "import glob\nfound = glob.glob('**/*.bin', recursive=True)\nprint([open(p, 'rb').read() for p in found])"
    (judgement,) = jail.judge(suite, [program], rules)
    first, second = judgement.tests
    assert first.printed.stdout == "[b'\\x00data\\n']\n"
    assert (second.outcome, second.printed) == ("passed", None)


@pytest.mark.parametrize("path", ["/etc/x", "../x", "a/../../x", ""])
def test_files_outside_it_are_refused(path):
    with pytest.raises(ValueError, match="relative path"):
        IoTest(stdout=None, files={path: ""})


def test_the_next_candidate_is_judged_correctly(jail):
    run(jail, "import sys, os\nos.write(2, b'x' * 50_000_000)\nwhile True: os.write(1, b'y' * 4096)")
    is_still_fair(jail)
