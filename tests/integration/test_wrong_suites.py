"""A wrong suite is reported as such: no program gets a reward of 0 for it."""

import pytest

from tests.conftest import batch

RIGHT = "def f(x):\n    return x + 1\n"
WRONG = "def f(x):\n    return x\n"


def post(http, suite, **options):
    request = batch(RIGHT, WRONG, **options) | {"suites": [{"id": "s", **suite}]}
    return http.post("/v1/executions", json=request)


@pytest.mark.parametrize(
    ("suite", "words"),
    [
        ({"asserts": ["", "# later"]}, "holds no statement"),
        ({"asserts": ["f(1) == 2"]}, "write 'assert' before it"),
        ({"check": "", "entry_point": "f"}, "holds no statement"),
        ({"check": "assert f(1) == 2", "entry_point": "f"}, "define check(candidate)"),
    ],
)
def test_a_suite_that_tests_nothing_is_refused(http, suite, words):
    answer = post(http, suite)
    assert answer.status_code == 422
    assert answer.json()["title"] == "A suite cannot be used"
    assert words in answer.json()["errors"][0]["message"]


def test_a_blank_test_counts_for_no_candidate(http):
    answer = post(http, {"asserts": ["assert f(1) == 2", "", "# f(2)"]}).json()
    assert [result["pass_rate"] for result in answer["results"]] == [1.0, 0.0]
    assert answer["suites"][0]["invalid_tests"] == [1, 2]
    assert [test["outcome"] for test in answer["results"][0]["tests"]] == ["passed"] + ["invalid_test"] * 2


@pytest.mark.parametrize(
    "suite",
    [
        {"asserts": ["assert f(1) == 2"], "setup": "import no_such_module"},
        {"check": "import no_such_module\ndef check(c):\n    assert c(1) == 2", "entry_point": "f"},
    ],
)
def test_a_setup_that_fails_by_itself_leaves_all_without_a_verdict(http, suite):
    for result in post(http, suite).json()["results"]:
        assert (result["status"], result["reason"], result["reward"]) == ("unscorable", "invalid_suite", None)
        assert "no_such_module" in result["detail"]
        assert "correct or drop the suite" in result["detail"]


def test_weights_that_weigh_nothing_or_too_much_are_refused_with_the_reason(http):
    nothing = post(http, {"asserts": ["assert f(1) == 2"], "weights": [0]}, reward={"kind": "weighted"})
    assert (nothing.status_code, nothing.json()["title"]) == (422, "A suite cannot be used")
    assert "sum to 0" in nothing.json()["detail"]
    much = post(http, {"asserts": ["assert f(1) == 2", "assert f(2) == 3"], "weights": [1e308, 1e308]})
    assert much.status_code == 422
    assert "add up to more than a number holds" in much.json()["detail"]


def test_half_a_surrogate_pair_in_a_suite_names_the_suite(http):
    body = '{"suites": [{"id": "s", "asserts": ["assert f(\\"\\ud800\\")"]}], "candidates": []}'
    answer = http.post("/v1/executions", content=body, headers={"content-type": "application/json"})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == "suites[0]"


def test_true_is_not_a_number(http):
    answer = http.post("/v1/executions", json=batch(RIGHT, limits={"cpu_s": True}))
    assert answer.status_code == 422
    assert "should be a number, not true" in answer.json()["detail"]
