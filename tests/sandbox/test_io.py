"""``io`` suites run a program as a script, once per input, and compare its output outside the program's process."""

import pytest

from tests.sandbox.judging import is_still_fair, outcome, outcomes, results

DOUBLE = "for line in open(0):\n    print(int(line) * 2)\n"


def test_each_input_is_a_run_of_its_own(jail):
    program = "import os\nprint(os.path.exists('/tmp/mark'), input())\nopen('/tmp/mark', 'w').close()\n"
    assert outcomes(jail, program, io=[("a\n", "False a\n"), ("b\n", "False b\n"), ("c\n", "True c\n")]) == [
        "passed",
        "passed",
        "wrong_answer",
    ]


@pytest.mark.parametrize(
    ("mode", "printed", "expected", "due"),
    [
        ("exact", "1\n", "1\n", "passed"),
        ("exact", "1", "1\n", "wrong_answer"),
        ("exact", "1 \n", "1\n", "wrong_answer"),
        ("trailing_newline", "1", "1\n", "passed"),
        ("trailing_newline", "1\n\n", "1", "passed"),
        ("trailing_newline", "1\r\n", "1\n", "passed"),
        ("trailing_newline", " 1", "1", "wrong_answer"),
        ("trailing_newline", "1\n2", "1 2", "wrong_answer"),
        ("lines", "0 1 2 \r\n3\n\n", "0 1 2\n3", "passed"),
        ("lines", " 1", "1", "wrong_answer"),
        ("lines", "1\n\n2", "1\n2", "wrong_answer"),
        ("tokens", " 1\n\n2 ", "1 2", "passed"),
        ("tokens", "12", "1 2", "wrong_answer"),
        ("tokens", "1.0", "1", "wrong_answer"),
        ("float", "0.3333", "0.33333", "passed"),
        ("float", "0.33", "0.33333", "wrong_answer"),
        ("float", "nan", "0.5", "wrong_answer"),
        ("float", "nan", "nan", "passed"),
        ("float", "inf", "1", "wrong_answer"),
        ("float", "1 x", "1.00001 x", "passed"),
        ("float", "1 y", "1 x", "wrong_answer"),
        ("float", "1", "1 1", "wrong_answer"),
        ("float", "1000000", "1000001", "wrong_answer"),
        ("float", "1000000.0", "1000001", "passed"),
    ],
)
def test_comparisons(jail, mode, printed, expected, due):
    comparison = {"mode": mode, "rel_tol": 1e-3} if mode == "float" else {"mode": mode}
    program = f"import sys\nsys.stdout.write({printed!r})"
    assert outcome(jail, program, io=[("", expected)], comparison=comparison) == due


@pytest.mark.parametrize(
    "program",
    [
        "print(sum(map(int, open(0).read().split())))",
        "import sys\nprint(sum(map(int, sys.stdin.read().split())))",
        "import sys\nprint(sum(int(line) for line in sys.stdin))",
        "import sys\nprint(sum(map(int, sys.stdin.buffer.read().split())))",
        "import os\nprint(sum(map(int, os.read(0, 9999).split())))",
        "import fileinput\nprint(sum(int(line) for line in fileinput.input()))",
        "total = 0\ntry:\n    while True: total += int(input())\nexcept EOFError:\n    print(total)",
        "import sys\ninput = sys.stdin.readline\nprint(int(input()) + int(input()) + int(input()))",
        "import sys\nsys.stdout.buffer.write(b'6\\n')\nsys.stdin.readline()",
        "print(sum(map(int, open(0).read().split())))\nexit()\nprint('more')",
        "print(6)\nquit(0)",
        "import os\nos.write(1, b'6\\n')",
        "import subprocess, sys\nprint(6)",
        "if __name__ == '__main__':\n    print(6)",
        "import sys\nprint(6 if sys.modules['__main__'].__dict__ is globals() else 0)",
        "def main():\n    print(6)\nmain()",
        "import threading\nthreading.Thread(target=lambda: print(6)).start()",
        "import threading, time\nthreading.Thread(target=lambda: (time.sleep(0.05), print(6))).start()",
        "import atexit\natexit.register(print, 6)",
        "import sys\nprint(6, end='')",
        "import sys\nprint(6)\nprint('noise', file=sys.stderr)",
        "print(6)\nimport sys\nsys.exit()",
        "print(6)\nimport sys\nsys.exit(3)",
        "print(6)\nexit_code = quit = None\nraise SystemExit('a message')",
        "import os\nprint(6, flush=True)\nos._exit(1)",
        "import os\nif os.fork() == 0:\n    print(6, flush=True)\n    os._exit(0)\nos.wait()",
        "import asyncio\nasync def main(): print(6)\nasyncio.run(main())",
        "import sys\nsys.setrecursionlimit(10**6)\nimport threading\nthreading.stack_size(1 << 26)\nt = threading.Thread(target=lambda: print(6))\nt.start()\nt.join()",
    ],
)
def test_ways_to_read_and_to_print(jail, program):
    (test,) = results(jail, program, io=[("1\n2\n3\n", "6\n")], memory_bytes=256 * 2**20, cpu_s=2.0)
    assert test.outcome == "passed", test.message


@pytest.mark.parametrize(
    ("program", "due"),
    [
        ("print(6)\nraise ValueError('after printing')", "runtime_error"),
        ("print(6)\n1 / 0", "runtime_error"),
        ("import os\nprint(6)\nos._exit(0)", "wrong_answer"),
        ("print(5)", "wrong_answer"),
        ("pass", "wrong_answer"),
        ("print(", "syntax_error"),
        ("eval('1 +')", "runtime_error"),
        ("input()\ninput()\ninput()\ninput()", "runtime_error"),
        ("import os\nos.abort()", "runtime_error"),
        ("x = bytearray(1 << 40)", "memory_limit"),
        ("import sys\nsys.stdout.close()", "wrong_answer"),
        ("import os\nos.close(1)", "wrong_answer"),
        ("import sys\nsys.stdout = None\nprint(6)", "wrong_answer"),
        ("raise KeyboardInterrupt", "runtime_error"),
    ],
)
def test_ways_to_fail(jail, program, due):
    assert outcome(jail, program, io=[("1\n2\n3\n", "6\n")]) == due


@pytest.mark.parametrize(
    ("program", "due"),
    [
        ("while True: print('x' * 1000)", {"output_limit"}),
        ("import sys\nfor _ in range(1024): sys.stdout.write('x' * (1 << 20))", {"output_limit"}),
        ("import os\nwhile True: os.write(1, bytes(1 << 16))", {"output_limit"}),
        ("print('x' * (1 << 30))", {"output_limit", "memory_limit"}),
        ("while True: pass", {"time_limit"}),
        ("import time\ntime.sleep(1000)", {"time_limit"}),
        ("import os\nos.close(1)\nwhile True: pass", {"time_limit"}),
        ("import threading, time\nthreading.Thread(target=time.sleep, args=(1000,)).start()", {"time_limit"}),
        ("import atexit\natexit.register(lambda: sum(1 for _ in iter(int, 1)))", {"time_limit"}),
        ("print(6, flush=True)\nwhile True: pass", {"time_limit"}),
        (
            "import os\nif os.fork(): os._exit(0)\nwhile True: os.write(1, b'7')",
            {"wrong_answer", "output_limit"},
        ),
        (
            "import signal\nsignal.pthread_sigmask(signal.SIG_BLOCK, range(1, 65))\nwhile True: print('x' * 9999)",
            {"output_limit"},
        ),
    ],
)
def test_limits_hold_and_the_next_input_is_judged(jail, program, due):
    guarded = (
        "if input() == 'bad':\n"
        + "\n".join(f"    {line}" for line in program.splitlines())
        + "\nelse: print('good')"
    )
    judged = outcomes(jail, guarded, io=[("bad\n", "6\n"), ("fine\n", "good\n")], wall_s=1.0)
    assert judged[0] in due
    assert judged[1] == "passed"


@pytest.mark.parametrize(
    "program",
    [
        "import os, json\nos.write(3, (json.dumps(['value', None, 0.0, None]) + '\\n').encode())\nos.eventfd_write(4, 1)",
        "import os, json\nos.write(3, (json.dumps(['passed']) + '\\n').encode())\nos.eventfd_write(4, 1)\nimport time\ntime.sleep(1000)",
        "import os\nfor fd in range(256):\n    try: os.write(fd, b'PASSED\\n')\n    except OSError: pass",
        "import sys\nprint('k7Qz-', [m for m in sys.modules if m.startswith('guest')])",
        "import gc, re\nprint(next((s for s in map(repr, gc.get_objects()) if re.search('k7Q' + r'z-\\d', s)), ''))",
    ],
)
def test_a_script_earns_nothing_by_other_means(jail, program):
    assert outcome(jail, program, io=[("", "k7Qz-9931")], wall_s=1.0) in {
        "wrong_answer",
        "runtime_error",
        "time_limit",
    }
    is_still_fair(jail)


def test_bytes_that_are_not_text_equal_no_text(jail):
    """They are shown as U+FFFD, and must not be compared as that."""
    raw = "import sys\nsys.stdout.buffer.write(b'a\\xff')"
    for mode in ("exact", "lines", "trailing_newline", "tokens", "float"):
        judged = results(jail, raw, io=[("", "a\ufffd"), ("", "a")], comparison={"mode": mode})
        assert [test.outcome for test in judged] == ["wrong_answer"] * 2
        assert judged[0].message == "printed 'a\\udcff'"
    assert outcome(jail, "print('a\\ufffd')", io=[("", "a\ufffd")]) == "passed"


def test_totals_and_stopping(jail):
    program = "import time\nif input() == 's':\n    while True: pass\nprint(1)"
    io = [("s", "1"), ("g", "1"), ("s", "1"), ("s", "1"), ("s", "1"), ("g", "1")]
    assert outcomes(jail, program, io=io[:2]) == ["time_limit", "passed"]
    assert outcomes(jail, program, io=io[:2], on_timeout="stop") == ["time_limit", "not_run"]
    judged = outcomes(jail, program, io=io, cpu_s=0.3, total_cpu_s=0.8)
    assert judged[:3] == ["time_limit", "passed", "time_limit"]
    assert judged[-1] == "not_run"


def test_what_was_printed_is_shown_in_bounds(jail):
    (test,) = results(jail, "print('\\x1b[2J' + 'x' * 9999)", io=[("", "1")])
    assert test.outcome == "wrong_answer"
    assert len(test.message) <= 500
    assert test.message.isprintable()


def test_large_input_arrives_whole(jail):
    numbers = "\n".join(map(str, range(100000)))
    assert (
        outcome(jail, "print(sum(map(int, open(0))))", io=[(numbers, str(sum(range(100000))))], cpu_s=2.0)
        == "passed"
    )


def test_text_beyond_ascii(jail):
    assert outcome(jail, "print(input()[::-1])", io=[("äß漢\U0001f600", "\U0001f600漢ßä")]) == "passed"
