"""A body with a wrong value in any place is the sender's error, with the field's name, and never a failure of the service."""

import json

import pytest

ASSERTS = ["assert f(2) == 4"]
PROGRAM = "def f(x): return 4"
MESSAGE = {"type": "message", "content": [{"type": "output_text", "text": PROGRAM}]}
VERIFY = {
    "responses_create_params": {},
    "response": {"output": [MESSAGE]},
    "ground_truth": ASSERTS,
    "_ng_task_index": 1,
}
BODIES = {
    "/get_reward": {"query": [PROGRAM], "prompts": [""], "labels": [ASSERTS]},
    "/remote_rm": {"response": PROGRAM, "label": {"inputs": ["1"], "outputs": ["1"], "fn_name": "f"}},
    "/verify": VERIFY,
    "/aggregate_metrics": {"verify_responses": [{"reward": 1.0, "_ng_task_index": 0, "mask_sample": False}]},
    "/test_program": {"program": PROGRAM, "tests": ASSERTS, "max_execution_time": 1.0},
    "/run_code": {
        "code": "print(1)",
        "language": "python",
        "memory_limit_MB": 64,
        "run_timeout": 1.0,
        "files": {},
    },
}
DEEP = "[" * 450 + '"\\ud800"' + "]" * 450
"""Half of a surrogate pair sends a body to a parser that has no limit of depth."""
ODD = [
    "null",
    "5",
    "-1",
    "1e999",
    "NaN",
    "1" + "0" * 400,
    "1" + "0" * 5000,
    '"x"',
    "[]",
    "{}",
    "[[]]",
    "[5]",
    "true",
    DEEP,
]


def places(value, path=()):
    yield path
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, item in items:
        yield from places(item, (*path, name))


def put(value, path, new):
    if not path:
        return new
    copied = value.copy()
    copied[path[0]] = put(value[path[0]], path[1:], new)
    return copied


@pytest.mark.parametrize("path", BODIES)
def test_no_value_in_no_place_makes_the_service_fail(http, path):
    for place in places(BODIES[path]):
        for odd in ODD:
            body = json.dumps(put(BODIES[path], place, "ODD")).replace('"ODD"', odd)
            answer = http.post(path, content=body, headers={"content-type": "application/json"})
            assert answer.status_code < 500, (place, odd[:50], answer.text)


@pytest.mark.parametrize(
    ("path", "body", "field"),
    [
        ("/verify", VERIFY | {"response": {"output": 5}}, "response.output"),
        ("/verify", VERIFY | {"response": {"output": [{"content": 5}]}}, "response.output[0].content"),
        (
            "/aggregate_metrics",
            {"verify_responses": [{}, {"reward": float("nan")}]},
            "verify_responses[1].reward",
        ),
        (
            "/aggregate_metrics",
            {"verify_responses": [{"_ng_task_index": [1]}]},
            "verify_responses[0]._ng_task_index",
        ),
        ("/aggregate_metrics", {"verify_responses": [{"n": 10**400}]}, "verify_responses[0].n"),
        ("/aggregate_metrics", {"verify_responses": [{"n": 1e200}, {"n": 1e200}]}, "verify_responses[0].n"),
        ("/remote_rm?all_pass_bonus=inf", BODIES["/remote_rm"], "all_pass_bonus"),
        ("/remote_rm?all_pass_bonus=1e308&fence_bonus=1e308", BODIES["/remote_rm"], "all_pass_bonus"),
        ("/get_reward?environment=" + "9" * 300, BODIES["/get_reward"], "environment"),
        ("/verify?threshold=nan", VERIFY, "threshold"),
    ],
)
def test_the_field_is_named(http, path, body, field):
    answer = http.post(path, content=json.dumps(body), headers={"content-type": "application/json"})
    assert answer.status_code == 422, answer.text
    assert answer.json()["errors"][0]["field"] == field


def test_a_body_that_is_nested_too_deeply_is_malformed(http):
    answer = http.post("/remote_rm", content=json.dumps(BODIES["/remote_rm"]).replace('"1"', DEEP))
    assert (answer.status_code, answer.json()["type"]) == (400, "/problems/malformed-json")


def test_a_message_whose_content_is_a_text_is_read(http):
    body = VERIFY | {"response": {"output": [{"type": "message", "content": PROGRAM}]}}
    assert http.post("/verify", json=body).json()["reward"] == 1.0
