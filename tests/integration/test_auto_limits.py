"""``cpu_s: "auto"``: passing candidates of a suite decide how long the others may take."""

from tests.conftest import batch

QUICK = "def f(x):\n    return x + 1\n"
SLOW = """
import time
def f(x):
    end = time.process_time() + 0.3
    while time.process_time() < end: pass
    return x + 1
"""
SPINS = "while True: pass\n"


def judge(http, request):
    answer = http.post("/v1/executions", json=request).json()
    return answer["results"], answer["suites"][0]["cpu_limit_s"]


def test_slow_is_too_slow_where_others_are_quick(http):
    request = batch(QUICK, SLOW, SPINS, limits={"cpu_s": "auto"}, asserts=["assert f(1) == 2"])
    (quick, slow, spins), limit_s = judge(http, request)
    assert limit_s is not None
    assert 0.1 <= limit_s < 0.3
    assert quick["pass_rate"] == 1.0
    assert [test["outcome"] for test in slow["tests"] + spins["tests"]] == ["time_limit"] * 2


def test_slow_is_fine_where_no_program_is_quick(http):
    request = batch(SLOW, SPINS, limits={"cpu_s": "auto"}, asserts=["assert f(2) == 3"])
    (slow, spins), limit_s = judge(http, request)
    assert limit_s == 2.0
    assert slow["pass_rate"] == 1.0
    assert [test["outcome"] for test in spins["tests"]] == ["time_limit"]


def test_each_suite_has_its_own_limit_and_a_number_needs_no_deciding(http):
    request = batch(QUICK + "# two", limits={"cpu_s": "auto"})
    request["suites"].append({"id": "t", "asserts": ["assert f(1) == 3"]})
    request["candidates"].append({"suite": "t", "program": QUICK + "# two"})
    answer = http.post("/v1/executions", json=request).json()
    assert answer["suites"][0]["cpu_limit_s"] < 2.0
    assert answer["suites"][1]["cpu_limit_s"] == 2.0  # no candidate passes: no evidence
    assert judge(http, batch(QUICK))[1] is None
