"""``/run_code``: what SandboxFusion's clients send and read, against the real service."""

import base64
import signal
from concurrent.futures import ThreadPoolExecutor

import httpx2
import pytest

from services.executor.local.stack import LocalStack


def run_code(http, code, **fields):
    message = {"code": code, "language": "python", "stdin": None, "compile_timeout": 10, "run_timeout": 10}
    return http.post("/run_code", json={**message, **fields})


def ran(http, code, **fields):
    answer = run_code(http, code, **fields)
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_a_program_that_prints(http):
    reply = ran(http, "print(int(input()) * 2)", stdin="21\n", memory_limit_MB=1024, files={}, fetch_files=[])
    assert reply["status"] == "Success"
    assert reply["compile_result"] is None
    assert reply["run_result"]["status"] == "Finished"
    assert (reply["run_result"]["return_code"], reply["run_result"]["stdout"]) == (0, "42\n")
    assert isinstance(reply["run_result"]["execution_time"], float)


@pytest.mark.parametrize(
    ("code", "status", "return_code", "stderr"),
    [
        ("1 / 0", "Finished", 1, "ZeroDivisionError: division by zero"),
        ("x = (", "Finished", 1, "SyntaxError"),
        ("import sys; sys.exit(3)", "Finished", 3, "exit code 3"),
        ("x = bytearray(1 << 40)", "Finished", 1, "MemoryError"),
        ("print('x' * (1 << 22))", "Finished", 1, "printed"),
    ],
)
def test_a_program_that_fails(http, code, status, return_code, stderr):
    reply = ran(http, code)
    assert reply["status"] == "Failed"
    assert (reply["run_result"]["status"], reply["run_result"]["return_code"]) == (status, return_code)
    assert stderr in reply["run_result"]["stderr"]


def test_a_program_that_never_ends(http):
    reply = ran(http, "print(1, flush=True)\nwhile True: pass", run_timeout=0.3)
    assert (reply["status"], reply["run_result"]["status"]) == ("Failed", "TimeLimitExceeded")
    assert reply["run_result"]["stdout"] == "1\n"


def test_files_and_a_slash_at_the_end(http):
    files = {"data.txt": base64.b64encode(b"7").decode(), "empty": None}
    code = "import os\nprint(open('data.txt').read(), os.path.getsize('empty'))"
    answer = http.post("/run_code/", json={"code": code, "language": "python", "files": files})
    assert answer.json()["run_result"]["stdout"] == "7 0\n"


def test_the_wrapper_that_verl_puts_around_functions(http):
    """It star-imports much of the standard library and reads one JSON value a line."""
    code = (
        "from string import *\nfrom re import *\nfrom datetime import *\nfrom collections import *\n"
        "from heapq import *\nfrom bisect import *\nfrom copy import *\nfrom math import *\nfrom random import *\n"
        "from statistics import *\nfrom itertools import *\nfrom functools import *\nfrom operator import *\n"
        "from io import *\nfrom sys import *\nfrom json import *\nimport sys, json\n"
        "class Solution:\n    def add(self, a, b): return a + b\n"
        "args = [json.loads(line) for line in sys.stdin.read().splitlines()]\n"
        "print(json.dumps(Solution().add(*args)))"
    )
    assert ran(http, code, stdin="1\n2")["run_result"]["stdout"] == "3\n"


@pytest.fixture(scope="module")
def other():
    """A stack of one worker that knows pytest."""
    settings = {"EXECUTOR_ENVIRONMENTS": '{"base": {}, "tests": {"modules": ["pytest"]}}'}
    with LocalStack(workers=1, settings=settings) as stack:
        yield stack


def test_a_test_module_under_pytest(other):
    code = "def double(x): return x * 2\ndef test_double(): assert double(2) == {}"
    with httpx2.Client(base_url=other.url, timeout=60) as http:
        right, wrong = (ran(http, code.format(due), language="pytest", run_timeout=20) for due in (4, 5))
    assert (right["status"], wrong["status"]) == ("Success", "Failed"), right
    assert "1 passed" in right["run_result"]["stdout"]
    assert "1 failed" in wrong["run_result"]["stdout"]


@pytest.mark.parametrize(
    "body",
    [
        {"code": "print(1)", "language": "cpp"},
        {"language": "python"},
        {"code": "print(1)", "language": "python", "run_timeout": -1},
        {"code": "print(1)", "language": "python", "files": {"../x": ""}},
        {"code": "print(1)", "language": "python", "files": {"x": "no base64!"}},
    ],
)
def test_what_cannot_be_run_is_refused_by_name(http, body):
    answer = http.post("/run_code", json=body)
    assert answer.status_code == 422
    assert answer.json()["errors"]


def test_an_option_in_the_url(http):
    answer = http.post("/run_code?environment=nowhere", json={"code": "", "language": "python"})
    assert answer.status_code == 422
    assert "nowhere" in answer.json()["detail"]
    assert http.post("/run_code?colour=red", json={"code": "", "language": "python"}).status_code == 422


def test_identical_work_runs_once(http):
    """A framework that asks twice, or again after a time-out, gets the first answer."""
    code = "import time\nprint(time.perf_counter_ns())"
    first = ran(http, code)["run_result"]["stdout"]
    with ThreadPoolExecutor(8) as pool:
        assert {reply["run_result"]["stdout"] for reply in pool.map(lambda _: ran(http, code), range(8))} == {
            first
        }


def test_hundreds_of_connections_at_once(stack):
    """One request a connection, none kept alive, as verl's client does."""

    def one(number):
        body = {"code": f"print({number})", "language": "python"}
        with httpx2.Client(timeout=120) as client:
            return client.post(f"{stack.url}/run_code", json=body, headers={"connection": "close"})

    with ThreadPoolExecutor(200) as pool:
        answers = list(pool.map(one, range(200)))
    assert {answer.status_code for answer in answers} <= {200, 504}
    reply = [answer.json()["run_result"]["stdout"] for answer in answers if answer.status_code == 200]
    assert set(reply) <= {f"{number}\n" for number in range(200)}
    assert len(reply) > 100  # a machine that cannot do these in their 27 s answers 504, which is tried again


def test_where_no_environment_has_pytest_the_answer_says_so(http):
    answer = run_code(http, "", language="pytest")
    assert answer.status_code == 422
    assert "EXECUTOR_ENVIRONMENTS" in answer.json()["detail"]


def test_while_no_worker_works_the_answer_is_504_before_the_client_hangs_up(other):
    message = {"code": "", "language": "python", "compile_timeout": 0.1, "run_timeout": 0.1}
    other.workers[0].send_signal(signal.SIGSTOP)
    try:
        answer = httpx2.post(f"{other.url}/run_code", json=message, timeout=10.2)
    finally:
        other.workers[0].send_signal(signal.SIGCONT)
    assert answer.status_code == 504
    assert (answer.json()["status"], answer.json()["run_result"]) == ("SandboxError", None)


@pytest.mark.parametrize("leave", ["import os\nos._exit(0)", "import sys\nsys.exit(0)", "raise SystemExit"])
def test_asserts_behind_a_program_prove_nothing(http, leave):
    """The service sees one program and no tests. The documentation of this API says so, and names those that judge."""
    code = f"def f(x): return 0\n{leave}\nassert f(1) == 2"
    reply = http.post("/run_code", json={"code": code, "language": "python"}).json()
    assert (reply["status"], reply["run_result"]["return_code"]) == ("Success", 0)
    judged = http.post(
        "/test_program", json={"program": f"def f(x): return 0\n{leave}", "tests": ["assert f(1) == 2"]}
    )
    assert judged.json()["results"] == [0]
