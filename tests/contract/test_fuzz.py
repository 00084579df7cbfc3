"""A running service answers every request as its OpenAPI document describes, and never with a 500.

The requests are the same in every run. A fault that one of them finds becomes a test with a name.
"""

import copy
import json

import httpx2
import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from clients.contract import ProblemDetails
from services.executor.local.stack import LocalStack
from tests.conftest import BASE_ONLY, batch

CHECKS = [
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
]
SHORT = {"EXECUTOR_DEFAULT_DEADLINE_S": "20", "EXECUTOR_MAX_DEADLINE_S": "20"}
"""Short deadlines, so that a request that happens to be judged does not delay the others."""
RIGHT = "def f(x):\n    return x + 1\n"


def drawn(max_examples):
    return settings(
        max_examples=max_examples,
        derandomize=True,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )


@pytest.fixture(scope="module")
def service():
    """A separate service, because the requests may fill its queue."""
    with LocalStack(workers=1, settings=BASE_ONLY | SHORT) as running:
        yield running


@pytest.fixture(scope="module")
def client(service):
    with httpx2.Client(base_url=service.url, timeout=120) as connection:
        yield connection


def is_an_answer(answer):
    """Check that the service did not fail, and that an error answer is problem details."""
    assert answer.status_code < 500, answer.text
    if answer.status_code >= 400:
        assert answer.headers["content-type"] == "application/problem+json", answer.text
        problem = ProblemDetails.model_validate_json(answer.content)
        assert problem.status == answer.status_code
        assert problem.slug is not None
        assert problem.request_id == answer.headers["x-request-id"]


@pytest.mark.parametrize("mode", list(GenerationMode), ids=lambda mode: mode.value)
def test_every_operation_answers_as_the_document_says(service, mode):
    document = schemathesis.openapi.from_url(f"{service.url}/openapi.json")
    operations = [found.ok() for found in document.get_all_operations()]
    assert {"POST /v1/executions", "GET /v1/jobs/{job_id}"} <= {each.label for each in operations}
    for operation in operations:
        if mode is GenerationMode.NEGATIVE and not (operation.body or operation.path_parameters):
            continue  # the operation has no input that could be wrong

        @drawn(12)
        @given(case=operation.as_strategy(generation_mode=mode))
        def answered(case):
            answer = case.call(timeout=120)
            assert answer.status_code < 500, answer.text
            case.validate_response(answer, checks=CHECKS)

        try:
            answered()
        except Unsatisfiable:  # the operation has no wrong input
            assert mode is GenerationMode.NEGATIVE
            assert operation.label != "POST /v1/executions"


def places(node, path=()):
    """Yield the path of every part of a JSON value, as the keys that lead to it."""
    yield path
    if isinstance(node, dict | list):
        for key in node if isinstance(node, dict) else range(len(node)):
            yield from places(node[key], (*path, key))


def replaced(node, path, value):
    if not path:
        return value
    whole = copy.deepcopy(node)
    inner = whole
    for key in path[:-1]:
        inner = inner[key]
    inner[path[-1]] = value
    return whole


WHOLE = {
    **batch(RIGHT),
    "limits": {"cpu_s": 0.5, "wall_s": 1, "memory_bytes": 2**28, "output_bytes": 1000, "processes": 4},
    "reward": {"kind": "pass_rate"},
    "state": "shared",
    "on_timeout": "stop",
    "environment": "base",
    "deadline_s": 5,
    "cache": False,
}
WORDS = st.sampled_from(["", "\0", "\ud800", "s", "def", "é" * 99, "1e999", "../..", "auto", "9" * 5000])
NUMBERS = st.sampled_from([0, -1, 1, 0.5, 2**31, 2**63, 2**64, -(2**63), 10**400, 1e308, True])
ANYTHING = st.recursive(
    st.one_of(st.none(), WORDS, NUMBERS, st.text(max_size=9)),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(WORDS | st.sampled_from([*WHOLE]), inner, max_size=3)
    ),
    max_leaves=6,
)


@drawn(150)
@given(place=st.sampled_from(list(places(WHOLE))), value=ANYTHING)
def test_a_request_with_one_thing_replaced_by_anything(client, place, value):
    text = json.dumps(replaced(WHOLE, place, value))
    is_an_answer(client.post("/v1/executions", content=text, headers={"Content-Type": "application/json"}))


@drawn(80)
@given(
    start=st.integers(0, 400),
    length=st.integers(0, 60),
    noise=st.binary(max_size=20),
)
def test_a_request_whose_bytes_were_damaged(client, start, length, noise):
    text = json.dumps(WHOLE).encode()
    is_an_answer(client.post("/v1/executions", content=text[:start] + noise + text[start + length :]))


VALUES = st.sampled_from(
    [
        "",
        "*/*",
        "application/x-ndjson",
        "application/x-ndjson;q=0",
        ",,;;",
        "respond-async",
        "respond-async, wait=9",
    ]
) | st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=40)


@drawn(80)
@given(
    headers=st.dictionaries(
        st.sampled_from(
            ["Accept", "Prefer", "Content-Type", "X-Request-Id", "Authorization", "Accept-Encoding", "Expect"]
        ),
        VALUES.map(str.strip),
        max_size=4,
    )
)
def test_headers_of_any_kind(client, headers):
    headers.pop("Expect", None) if headers.get("Expect", "") != "100-continue" else None
    answer = client.post("/v1/executions", content=json.dumps(batch(RIGHT)), headers=headers)
    assert answer.status_code in (200, 202), answer.text


@drawn(120)
@given(
    method=st.sampled_from(["GET", "POST", "DELETE", "PUT", "PATCH", "HEAD", "OPTIONS", "BREW"]),
    prefix=st.sampled_from(["/v1/jobs/", "/v1/", "/t/", "/t/key/v1/jobs/", "/", "/v1/executions/"]),
    rest=st.text(max_size=12)
    | st.sampled_from(["..", "%00", "a/results", "%2e%2e/", "x" * 5000, "?job_id=1", "%ff"]),
)
def test_paths_of_any_kind(client, method, prefix, rest):
    try:
        request = client.build_request(method, httpx2.URL(str(client.base_url)).join(prefix + rest))
    except (httpx2.InvalidURL, UnicodeEncodeError):
        return  # this client cannot send it
    if request.url.host != "127.0.0.1":
        return  # "//elsewhere"
    answer = client.send(request)
    if method == "HEAD":
        assert answer.status_code < 500
    else:
        is_an_answer(answer)
