"""Bad input is named, with the fix; it costs neither the batch nor a zero reward, and never a 500."""

import json

import pytest

from clients.contract import ProblemDetails
from tests.conftest import batch

RIGHT = "def f(x):\n    return x + 1\n"


def post(http, body):
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    return http.post("/v1/executions", content=data, headers={"Content-Type": "application/json"})


def problem(answer):
    assert answer.headers["content-type"] == "application/problem+json"
    details = ProblemDetails.model_validate_json(answer.content)
    assert details.status == answer.status_code
    assert details.request_id == answer.headers["x-request-id"]
    return details


@pytest.mark.parametrize(
    ("change", "slug", "field", "words"),
    [
        ({"color": 1}, "invalid-request", "color", "unknown field"),
        ({"limits": {"cpu": 1}}, "invalid-request", "limits.cpu", "unknown field"),
        ({"limits": {"cpu_s": -1}}, "invalid-request", "limits.cpu_s", "greater than 0"),
        ({"limits": {"wall_s": 10_000}}, "limit-above-cap", "limits.wall_s", "cap of 120"),
        ({"limits": {"processes": 1000}}, "limit-above-cap", "limits.processes", "cap of 128"),
        ({"deadline_s": 1e6}, "limit-above-cap", "deadline_s", "cap"),
        ({"environment": "moon"}, "unknown-environment", "environment", "base"),
        ({"suites": [{"id": "s", "asserts": []}]}, "invalid-request", "suites[0].asserts", "at least 1"),
        ({"suites": [{"id": "s"}]}, "invalid-request", "suites[0]", "exactly one of"),
        ({"suites": [{"id": "s", "asserts": ["assert ("]}]}, "invalid-suite", "suites[0]", "'s'"),
        (
            {"suites": [{"id": "s", "asserts": ["a\0b", "\x01"]}]},
            "invalid-suite",
            "suites[0]",
            "no valid test",
        ),
        ({"suites": [{"id": "s", "asserts": ["(" * 5000]}]}, "invalid-suite", "suites[0]", "no valid test"),
        ({"suites": [{"id": "s", "asserts": ["1"], "setup": "def"}]}, "invalid-suite", "suites[0]", "setup"),
        ({"suites": [{"id": "t", "asserts": ["1"]}]}, "invalid-request", "candidates[0]", "'s'"),
        ({"candidates": [{"suite": "s"}]}, "invalid-request", "candidates[0]", "exactly one of"),
        (
            {"candidates": [{"suite": "s", "program": 7}]},
            "invalid-request",
            "candidates[0].program",
            "string",
        ),
        (
            {"candidates": [{"suite": "s", "id": "\ud800", "program": ""}]},
            "invalid-request",
            "candidates[0].id",
            "",
        ),
    ],
)
def test_a_request_that_is_wrong_as_a_whole_is_refused_by_name(http, change, slug, field, words):
    answer = post(http, batch(RIGHT) | change)
    found = problem(answer)
    assert found.slug == slug
    assert field in [error.field for error in found.errors]
    assert words in next(error.message for error in found.errors if error.field == field)


@pytest.mark.parametrize("body", [b"", b"{", b"\xff\xfe", b'{"a": "\\ud800', b"[" * 100_000])
def test_what_is_not_json_says_so(http, body):
    answer = post(http, body)
    assert answer.status_code == 400
    assert problem(answer).slug == "malformed-json"


def test_json_of_another_shape_says_so(http):
    assert problem(post(http, b"[]")).slug == "invalid-request"
    assert problem(post(http, b"null")).slug == "invalid-request"


@pytest.mark.parametrize(
    ("program", "words"),
    [
        ("x" * (10 * 2**20), "larger"),
        ("a\0b", "NUL"),
        ("s = '\ud800'", "surrogate"),
        ("é" * 600_000, "larger"),
    ],
    ids=["10 MB", "NUL", "lone surrogate", "1.2 MB of UTF-8"],
)
@pytest.mark.parametrize("field", ["program", "completion"])
def test_a_candidate_that_cannot_be_judged_costs_no_other(http, program, words, field):
    request = batch(RIGHT, RIGHT)
    request["candidates"].insert(1, {"suite": "s", field: program})
    answer = post(http, request)
    assert answer.status_code == 200, answer.text
    before, bad, after = answer.json()["results"]
    assert before["pass_rate"] == after["pass_rate"] == 1.0
    assert (bad["status"], bad["reason"]) == ("unscorable", "invalid_input")
    assert bad["pass_rate"] is None
    assert bad["reward"] is None
    assert words in bad["detail"]


def test_a_body_above_the_cap_is_refused(http):
    answer = post(http, b" " * (64 * 2**20 + 1))
    assert answer.status_code == 413
    assert problem(answer).slug == "body-too-large"


def test_routes_that_do_not_exist_and_methods_that_do_not_fit(http):
    assert problem(http.get("/v2/executions")).slug == "not-found"
    assert problem(http.put("/v1/executions")).slug == "method-not-allowed"
    assert problem(http.get("/v1/jobs/unknown")).slug == "not-found"
    assert problem(http.get("/v1/jobs/unknown/results")).slug == "not-found"
    assert problem(http.delete("/v1/jobs/unknown")).slug == "not-found"


def test_a_request_id_is_echoed_unless_it_could_do_harm(http):
    given = http.get("/v1/jobs/unknown", headers={"X-Request-Id": "abc-1"})
    assert given.headers["x-request-id"] == problem(given).request_id == "abc-1"
    harmful = http.get("/healthz", headers={"X-Request-Id": "a b<script>"})
    assert harmful.headers["x-request-id"] != "a b<script>"
