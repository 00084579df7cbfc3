"""A batch goes in over HTTP, through Redis and RQ into workers, and comes back graded."""

import json

from clients.contract import CandidateResult, ExecutionResponse, ExecutionSummary
from tests.conftest import batch

RIGHT = "def f(x):\n    return x + 1\n"
HALF = "def f(x):\n    return 2\n"
WRONG = "def f(x):\n    return None\n"
BROKEN = "def f(x) return\n"


def judge(http, request, **headers):
    answer = http.post("/v1/executions", json=request, headers=headers)
    assert answer.status_code == 200, answer.text
    return ExecutionResponse.model_validate_json(answer.content)


def test_results_keep_the_request_order_and_name_the_outcome_of_each_test(http):
    response = judge(http, batch(WRONG, RIGHT, BROKEN, HALF))
    assert [result.index for result in response.results] == [0, 1, 2, 3]
    assert [result.pass_rate for result in response.results] == [0.0, 1.0, 0.0, 0.5]
    assert [[test.outcome for test in result.tests] for result in response.results] == [
        ["wrong_answer", "wrong_answer"],
        ["passed", "passed"],
        ["syntax_error", "syntax_error"],
        ["passed", "wrong_answer"],
    ]


def test_many_suites_come_back_in_order(http):
    suites = [{"id": f"s{n}", "asserts": [f"assert f(1) == {n}"]} for n in range(7)]
    candidates = [
        {"suite": f"s{i % 7}", "id": f"c{i}", "program": f"def f(x):\n    return {i}\n"} for i in range(100)
    ]
    response = judge(http, {"suites": suites, "candidates": candidates})
    assert [result.id for result in response.results] == [f"c{i}" for i in range(100)]
    assert [result.pass_rate for result in response.results] == [float(i < 7) for i in range(100)]
    assert [info.id for info in response.suites] == [f"s{n}" for n in range(7)]


def test_a_pass_that_rests_on_the_program_says_so_and_earns_only_where_the_request_lets_it(http):
    program = "class P:\n    def __init__(self, x):\n        self.x = x\n    def __eq__(self, other):\n        return self.x == other.x\n"
    asserts = ["assert P(1) == P(1)", "assert P(1).x == 1"]
    rewards = {}
    for counted in (True, False):
        policy = {"kind": "pass_rate", "count_passes_resting_on_program": counted}
        (result,) = judge(http, batch(program, asserts=asserts, reward=policy)).results
        assert [test.outcome for test in result.tests] == ["passed", "passed"]
        assert [test.rests_on_program for test in result.tests] == [True, False]
        assert result.pass_rate == 1.0
        rewards[counted] = result.reward
    assert rewards == {True: 1.0, False: 0.5}


def test_equal_candidates_are_judged_once_and_each_is_answered(http):
    response = judge(http, batch(RIGHT, WRONG, RIGHT, RIGHT, cache=False))
    first, _, third, fourth = response.results
    assert first.tests == third.tests == fourth.tests  # CPU seconds and all: one judgement
    assert [result.index for result in response.results] == [0, 1, 2, 3]


def test_a_test_that_does_not_compile_counts_for_no_candidate(http):
    request = batch(RIGHT, HALF, asserts=["assert f(1) == 2", "assert f(", "assert f(5) == 6"])
    response = judge(http, request)
    assert response.suites[0].invalid_tests == [1]
    assert [test.outcome for test in response.results[0].tests] == ["passed", "invalid_test", "passed"]
    assert [result.pass_rate for result in response.results] == [1.0, 0.5]
    assert len(set(response.suites[0].test_hashes)) == 3


def test_rewards_follow_the_policy_and_are_not_part_of_the_cached_work(http):
    programs = (RIGHT + "# rewards\n", HALF + "# rewards\n")
    for kind, expected in {
        "pass_rate": [1.0, 0.5],
        "binary": [1.0, 0.0],
        "signed": [1.0, -1.0],
    }.items():
        response = judge(http, batch(*programs, reward={"kind": kind}))
        assert [result.reward for result in response.results] == expected
        assert [result.pass_rate for result in response.results] == [1.0, 0.5]
    assert all(result.cached for result in response.results)


def test_values_come_with_results_only_if_the_request_asks_for_them_also_from_the_cache(http):
    programs = (RIGHT + "# values\n", "def f(x):\n    return 1 + x  # values\n", WRONG + "# values\n")
    kept = judge(http, batch(*programs)).results
    for is_cached in (False, True):
        right, same, wrong = judge(http, batch(*programs, values=True)).results
        assert right.cached is is_cached
        hashes = [[test.value_hash for test in result.tests] for result in (right, same, wrong)]
        assert hashes[0] == hashes[1] != hashes[2]
        assert all(len(value_hash) == 16 for row in hashes for value_hash in row)
    again = judge(http, batch(*programs)).results
    assert {test.value_hash for result in (*kept, *again) for test in result.tests} == {None}


def test_weights_decide_the_weighted_reward(http):
    request = batch(HALF, reward={"kind": "weighted"})
    request["suites"][0]["weights"] = [1, 3]
    assert judge(http, request).results[0].reward == 0.25


def test_a_completion_is_extracted_and_the_result_names_the_method(http):
    request = batch()
    completion = f"Sure!\n\n```python\n{RIGHT}```\n\nIt adds one."
    request["candidates"] = [
        {"suite": "s", "completion": completion},
        {"suite": "s", "completion": "I cannot do that, sorry."},
    ]
    fenced, none = judge(http, request).results
    assert fenced.pass_rate == 1.0
    assert fenced.extraction is not None
    assert fenced.extraction.method == "fence"
    assert "return x + 1" in fenced.extraction.program
    assert none.pass_rate == 0.0
    assert {test.outcome for test in none.tests} == {"syntax_error"}
    assert none.extraction is not None
    assert none.extraction.method == "none"


def test_windows_line_ends_are_fine(http):
    assert judge(http, batch(RIGHT.replace("\n", "\r\n"))).results[0].pass_rate == 1.0


def test_no_candidates_is_an_empty_answer(http):
    response = judge(http, batch())
    assert response.results == []
    assert response.suites[0].id == "s"


def test_a_stream_has_a_line_per_candidate_and_ends_with_the_summary(http):
    request = batch(*(f"{RIGHT}# {n}\n" for n in range(50)))
    with http.stream(
        "POST", "/v1/executions", json=request, headers={"Accept": "application/x-ndjson"}
    ) as answer:
        assert answer.headers["content-type"].startswith("application/x-ndjson")
        lines = [line for line in answer.iter_lines() if line]
    *results, summary = lines
    parsed = [CandidateResult.model_validate_json(line) for line in results]
    assert sorted(result.index for result in parsed) == list(range(50))
    assert all(result.pass_rate == 1.0 for result in parsed)
    assert set(json.loads(summary)) == set(ExecutionSummary.model_fields)
    assert ExecutionSummary.model_validate_json(summary).suites[0].test_hashes


def test_ids_come_back_as_they_were_sent(http):
    request = batch(RIGHT, RIGHT)
    names = ['"tests":[]', 'a\\"extraction":null é\n']
    for candidate, name in zip(request["candidates"], names, strict=True):
        candidate["id"] = name
    assert [result.id for result in judge(http, request).results] == names


def test_environments_are_listed(http):
    names = {environment["name"]: environment for environment in http.get("/v1/environments").json()}
    assert names["base"]["modules"] == []
    assert "numpy" in names["scientific"]["modules"]


def test_health_and_metrics(http):
    judge(http, batch(RIGHT))
    assert http.get("/healthz").json() == {"status": "ok"}
    assert set(http.get("/readyz").json().values()) == {"ok"}
    assert http.get("/version").json()["version"]
    text = http.get("/metrics").text
    assert 'executor_tests_total{outcome="passed"}' in text
    assert "_created" not in text, "a second series for each counter"
