"""Tests that a program passes without solving anything are reported, and left out where the request says so."""

import pytest

from clients.contract import CandidateResult
from clients.datasets.acecode import recomputed_rate
from tests.conftest import batch

RIGHT = "def f(x):\n    return x + 1\n"
HALF = "def f(x):\n    return 2\n"
NOTHING = "def f(x):\n    return None\n"
ASSERTS = [
    "assert f(1) == 2",
    "assert f(1) is None or f(1) == 2",
    "f(3)",
    "try:\n    y = f(9)\nexcept NotImplementedError:\n    y = 10\nassert y == 10",
    "assert f(4) == 5",
]


def post(http, *programs, **fields):
    answer = http.post("/v1/executions", json=batch(*programs, asserts=ASSERTS, **fields))
    assert answer.status_code == 200, answer.text
    return answer.json()


@pytest.mark.parametrize("cpu_s", [2.0, "auto"])
@pytest.mark.parametrize("cache", [True, False])
def test_weak_tests_are_reported_and_left_out_only_on_request(http, cpu_s, cache):
    rates = {}
    for mode in ("ignore", "report", "exclude", "exclude"):
        answer = post(http, RIGHT, HALF, NOTHING, weak_tests=mode, limits={"cpu_s": cpu_s}, cache=cache)
        assert answer["suites"][0]["weak_tests"] == (None if mode == "ignore" else [1, 2, 3])
        assert all(len(result["tests"]) == 5 for result in answer["results"])
        marked = [t for t, test in enumerate(answer["results"][0]["tests"]) if test.get("weak")]
        assert marked == ([1, 2, 3] if mode == "exclude" else [])
        assert [recomputed_rate(CandidateResult.model_validate(r)) for r in answer["results"]] == [
            r["pass_rate"] for r in answer["results"]
        ]
        rates[mode] = [(result["pass_rate"], result["reward"]) for result in answer["results"]]
    assert rates["report"] == rates["ignore"] == [(1.0, 1.0), (0.6, 0.6), (0.4, 0.4)]
    assert rates["exclude"] == [(1.0, 1.0), (0.5, 0.5), (0.0, 0.0)]


def test_a_suite_of_weak_tests_gives_no_verdict(http):
    answer = http.post("/v1/executions", json=batch(RIGHT, asserts=["f(1)"], weak_tests="exclude")).json()
    (result,) = answer["results"]
    assert (result["status"], result["reason"]) == ("unscorable", "invalid_suite")
    assert "weak" in result["detail"]


@pytest.mark.parametrize(
    ("suite", "weak"),
    [
        ({"check": "def check(candidate):\n    candidate(1)", "entry_point": "f"}, [0]),
        ({"check": "def check(candidate):\n    assert candidate(1) == 2", "entry_point": "f"}, []),
        (
            {
                "io": [
                    {"stdin": "1", "stdout": "1"},
                    {"stdin": "", "stdout": ""},
                    {"stdin": "1", "stdout": "2"},
                ]
            },
            [0, 1],
        ),
        (
            {
                "io": [{"stdin": "4", "stdout": "1 3"}, {"stdin": "5", "stdout": None}],
                "checker": "def check(i, o, e):\n    return 'x' not in o if e else list(map(int, o.split())) == [2, 3]",
            },
            [0],
        ),
        ({"asserts": ["assert Solution().f([1]) == [1]", "assert Solution().f([2, 1]) == [1, 2]"]}, [0]),
    ],
)
def test_every_kind_of_test_has_null_programs(http, suite, weak):
    request = batch(RIGHT, weak_tests="report") | {"suites": [{"id": "s", **suite}]}
    assert http.post("/v1/executions", json=request).json()["suites"][0]["weak_tests"] == weak


def test_a_careless_checker_program_is_left_out_and_a_score_is_answered(http):
    io = [{"stdin": "4", "stdout": "1 3"}, {"stdin": "5", "stdout": "2 3"}]
    checkers = [
        "def check(i, o, e):\n    return len(o) >= 0",
        "def check(i, o, e):\n    return 0.5 + 0.5 * (o == e)",
    ]
    suites = [{"id": str(at), "io": io, "checker": checker} for at, checker in enumerate(checkers)]
    candidates = [{"suite": str(at), "program": "print('1 3', end='')"} for at in range(2)]
    request = {"suites": suites, "candidates": candidates, "weak_tests": "exclude"}
    careless, scored = http.post("/v1/executions", json=request).json()["results"]
    assert (careless["status"], careless["reason"]) == ("unscorable", "invalid_suite")
    assert [(test["outcome"], test["score"]) for test in scored["tests"]] == [
        ("passed", 1.0),
        ("wrong_answer", 0.5),
    ]
    assert (scored["pass_rate"], scored["reward"]) == (0.5, 0.5)


def test_completions_and_several_suites(http):
    suites = [
        {"id": "a", "asserts": ["assert f(1) == 2", "f(1)"]},
        {"id": "b", "asserts": ["assert f(1) == 1"]},
    ]
    candidates = [
        {"suite": "b", "program": "def f(x):\n    return 1"},
        {"suite": "a", "completion": f"```python\n{RIGHT}```"},
        {"suite": "a", "completion": "no code"},
    ]
    answer = http.post(
        "/v1/executions", json={"suites": suites, "candidates": candidates, "weak_tests": "exclude"}
    ).json()
    assert [info["weak_tests"] for info in answer["suites"]] == [[1], [0]]
    assert [result["status"] for result in answer["results"]] == ["unscorable", "judged", "judged"]
    assert [result["reward"] for result in answer["results"]] == [None, 1.0, 0.0]


def test_a_test_with_a_name_of_the_librarys_may_be_weak(http):
    """A null program that defined ``isclose``, too, would fail these tests under its own binding."""
    tests = ["assert not isclose(len(str(f(1))), 99)", "assert isclose(f(1), 2)"]
    request = batch(RIGHT, asserts=tests, weak_tests="report")
    assert http.post("/v1/executions", json=request).json()["suites"][0]["weak_tests"] == [0]
