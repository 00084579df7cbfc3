"""The APIs of OpenRLHF, slime, NeMo-Gym and open-instruct against the real service: right and wrong programs."""

import base64
import json
import pickle
import zlib

import pytest

ASSERTS = ["assert double(2) == 4", "assert double('a') == 'aa'"]
RIGHT, HALF, WRONG = (
    f"def double(x):\n    return {body}\n" for body in ("x + x", "2 * (x == 2) * 2", "None")
)
CHAT = "<|im_start|>user\nWrite double(x). Example:\n```python\ndef double(x): pass\n```<|im_end|>\n<|im_start|>assistant\n"


def fenced(program):
    return f"Here it is:\n```python\n{program}```\n"


def post(http, path, body, status=200):
    answer = http.post(path, json=body)
    assert answer.status_code == status, answer.text
    return answer.json()


@pytest.mark.parametrize("path", ["/get_reward", "/remote_rm", "/verify", "/test_program", "/run_code"])
def test_what_is_not_json_is_named_on_every_api(http, path):
    answer = http.post(path, content=b'{"half": ', headers={"content-type": "application/json"})
    assert (answer.status_code, answer.json()["type"]) == (400, "/problems/malformed-json")


# OpenRLHF


def test_openrlhf_rewards_each_completion(http):
    completions = [fenced(RIGHT), fenced(HALF), fenced(WRONG), "I cannot do that."]
    reply = post(
        http,
        "/get_reward",
        {
            "query": [
                f"<|endoftext|><|endoftext|>{CHAT}{text}<|im_end|><|endoftext|>" for text in completions
            ],
            "prompts": [CHAT] * 4,
            "labels": [ASSERTS, json.dumps(ASSERTS), {"assert_case": ASSERTS}, ASSERTS],
        },
    )
    assert reply["rewards"] == reply["scores"] == [1.0, 0.5, 0.0, 0.0]
    logs = reply["extra_logs"]
    assert logs["all_passed"] == [1.0, 0.0, 0.0, 0.0]
    assert logs["prompt_found"] == [1.0] * 4
    assert logs["syntax_error"] == [0.0, 0.0, 0.0, 1.0]
    assert {len(column) for column in logs.values()} == {4}
    assert all(type(value) is float for column in logs.values() for value in column)


def test_openrlhf_prompt_decoded_otherwise(http):
    """The program in the prompt is not treated as the policy's."""
    query = "<s> [INST] Write double(x). ```python\ndef double(x): return x + x\n``` [/INST] No.</s>"
    prompt = "[INST] Write double(x). ```python\ndef double(x): return x + x\n``` [/INST]"
    reply = post(http, "/get_reward", {"query": [query], "prompts": [prompt], "labels": [ASSERTS]})
    assert reply["rewards"] == [0.0]


FEW_SHOT = f"Tasks and answers.\nDouble x:\n{fenced(RIGHT)}\nDouble x, please:\n"


@pytest.mark.parametrize(
    "prompts", [{}, {"prompts": ["another prompt"]}, {"prompts": [None]}, {"prompts": [" "]}]
)
@pytest.mark.parametrize("begin", ["", "<s>"])
def test_openrlhf_code_in_a_prompt_that_is_not_found_is_refused(http, prompts, begin):
    body = {"query": [f"{begin}{FEW_SHOT}I refuse.</s>"], "labels": [ASSERTS], **prompts}
    problem = post(http, "/get_reward", body, 422)
    assert problem["type"] == "/problems/invalid-request"
    assert [error["field"] for error in problem["errors"]] == ["prompts[0]"]


@pytest.mark.parametrize("prompts", [{}, {"prompts": ["another prompt"] * 2}])
def test_openrlhf_without_its_prompt_what_follows_the_last_mark_counts(http, prompts):
    begin = (
        f"{CHAT}{fenced(RIGHT)}<|im_end|>\n<|im_start|>user\n{FEW_SHOT}<|im_end|>\n<|im_start|>assistant\n"
    )
    query = [f"{begin}I refuse.<|im_end|>", f"{begin}{fenced(RIGHT)}<|im_end|>"]
    reply = post(http, "/get_reward", {"query": query, "labels": [ASSERTS] * 2, **prompts})
    assert reply["rewards"] == [0.0, 1.0]
    assert reply["extra_logs"]["prompt_found"] == [0.0, 0.0]


def test_openrlhf_a_prompt_that_differs_by_blanks_is_found(http):
    query = [f"{FEW_SHOT}I refuse.", f"{FEW_SHOT}{fenced(RIGHT)}"]
    body = {"query": query, "prompts": [FEW_SHOT.replace(" ", "  ")] * 2, "labels": [ASSERTS] * 2}
    reply = post(http, "/get_reward", body)
    assert (reply["rewards"], reply["extra_logs"]["prompt_found"]) == ([0.0, 1.0], [1.0, 1.0])


def test_openrlhf_empty_batch_keeps_its_columns(http):
    reply = post(http, "/get_reward", {"query": [], "prompts": [], "labels": []})
    assert reply["rewards"] == []
    some = post(http, "/get_reward", {"query": RIGHT, "prompts": "", "labels": ASSERTS})
    assert some["extra_logs"].keys() == reply["extra_logs"].keys()


def test_openrlhf_policy_in_the_url(http):
    body = {"query": [HALF, RIGHT], "prompts": ["", ""], "labels": [ASSERTS, ASSERTS]}
    assert post(http, "/get_reward?reward=signed", body)["rewards"] == [-1.0, 1.0]
    assert post(http, "/get_reward?reward=threshold&threshold=0.5", body)["rewards"] == [1.0, 1.0]


def test_a_label_of_no_known_shape_names_the_row_and_the_shapes(http):
    body = {"query": ["x", "x"], "prompts": ["", ""], "labels": [ASSERTS, {"answer": 42}]}
    reply = post(http, "/get_reward", body, 422)
    (error,) = reply["errors"]
    assert error["field"] == "labels[1]"
    assert "verl" in error["message"]


@pytest.mark.parametrize(
    ("label", "words"),
    [
        ("", "labels[1]: the ground truth is an empty text, so there are no tests"),
        ({"asserts": "assert f()"}, "labels[1]: asserts: should be a list of texts"),
        (["assert ("], "'labels[1]'"),
    ],
)
def test_a_wrong_label_is_named_as_the_sender_knows_it(http, label, words):
    body = {"query": ["x", "x"], "prompts": ["", ""], "labels": [ASSERTS, label]}
    assert words in post(http, "/get_reward", body, 422)["detail"]


BAD_LABELS = {"no shape": {"answer": 42}, "no test": ["assert ("], "unusable": ""}


def test_openrlhf_a_bad_row_costs_itself_alone_if_the_url_names_its_reward(http):
    queries = [RIGHT, *[RIGHT] * len(BAD_LABELS), HALF]
    body = {
        "query": queries,
        "prompts": [""] * len(queries),
        "labels": [ASSERTS, *BAD_LABELS.values(), ASSERTS],
    }
    reply = post(http, "/get_reward?bad_row_reward=-0.5", body)
    assert reply["rewards"] == [1.0, -0.5, -0.5, -0.5, 0.5]
    assert reply["extra_logs"]["bad_row"] == [0.0, 1.0, 1.0, 1.0, 0.0]
    assert {len(column) for column in reply["extra_logs"].values()} == {5}
    alone = {name: column[1:2] for name, column in body.items()}
    assert post(http, "/get_reward?bad_row_reward=-0.5", alone)["rewards"] == [-0.5]
    post(http, "/get_reward", alone, 422)


def test_no_reward_is_given_where_not_the_row_is_wrong(http):
    body = {"query": [RIGHT], "prompts": [""], "labels": [ASSERTS]}
    for wrong in ("environment=none-such", "cpu_s=9999", "bad_row_reward=nan"):
        post(http, f"/get_reward?bad_row_reward=0&{wrong}", body, 422)


def test_bonuses_in_the_url(http):
    """Half a point for the fence, two for passing everything."""
    texts = [fenced(RIGHT), fenced(HALF), RIGHT]
    body = {"query": texts, "prompts": [""] * 3, "labels": [ASSERTS] * 3}
    reply = post(http, "/get_reward?all_pass_bonus=2&fence_bonus=0.5", body)
    assert reply["rewards"] == [3.5, 1.0, 3.0]
    assert reply["scores"] == [1.0, 0.5, 1.0]


def test_missing_labels_name_the_option(http):
    reply = post(http, "/get_reward", {"query": ["x"], "prompts": ["p"], "labels": []}, 422)
    assert "--data.label_key" in reply["detail"]


def test_half_a_surrogate_pair_costs_only_itself(http):
    body = json.dumps({"query": ["\ud800", RIGHT], "prompts": ["", ""], "labels": [ASSERTS, ASSERTS]})
    answer = http.post("/get_reward", content=body, headers={"content-type": "application/json"})
    assert answer.json()["rewards"] == [0.0, 1.0]


def test_a_completion_that_cannot_be_read_earns_what_a_failing_one_does(http):
    body = {"query": ["\0", RIGHT], "prompts": ["", ""], "labels": [ASSERTS, ASSERTS]}
    assert post(http, "/get_reward?reward=signed", body)["rewards"] == [-1.0, 1.0]


# slime


@pytest.mark.parametrize("label", BAD_LABELS.values(), ids=BAD_LABELS)
def test_slime_gets_the_reward_that_the_url_names_for_a_bad_row(http, label):
    post(http, "/remote_rm?bad_row_reward=0", {"prompt": "", "response": RIGHT, "label": ASSERTS})
    body = {"prompt": "", "response": RIGHT, "label": label}
    assert post(http, "/remote_rm?bad_row_reward=0", body) == 0.0
    answer = post(http, "/remote_rm?answer=object&bad_row_reward=-1", body)
    assert (answer["score"], answer["pass_rate"]) == (-1.0, 0.0)
    post(http, "/remote_rm", body, 422)


@pytest.mark.parametrize("label", [ASSERTS, json.dumps({"assert_case": ASSERTS})])
def test_slime_reads_a_number_or_an_object(http, label):
    body = {"prompt": [{"role": "user", "content": "?"}], "response": fenced(HALF), "label": label}
    assert post(http, "/remote_rm", body) == 0.5
    assert post(http, "/remote_rm?answer=object", body)["score"] == 0.5


# NeMo-Gym, verifiers, prime-rl

ROW = {
    "responses_create_params": {"input": [{"role": "user", "content": "Double numbers."}]},
    "verifier_metadata": {
        "unit_tests": {"inputs": ["1\n", "2\n"], "outputs": ["2\n", "4\n"], "fn_name": None}
    },
    "agent_ref": {"name": "simple"},
}


def rollout(text):
    reasoning = {"type": "reasoning", "summary": []}
    part = {"type": "output_text", "text": text, "annotations": []}
    message = {"type": "message", "role": "assistant", "content": [part]}
    return {**ROW, "response": {"id": "r", "output": [reasoning, message]}}


def test_a_rollout_is_echoed_with_its_reward(http):
    assert post(http, "/seed_session", ROW) == {}
    message = rollout(fenced("print(int(input()) * 2)\n"))
    reply = post(http, "/verify", message)
    assert message.items() <= reply.items()
    assert (reply["reward"], reply["mask_sample"], reply["failure_kind"]) == (1.0, False, None)
    assert post(http, "/verify", message)["reward"] == 1.0
    assert post(http, "/verify", rollout(fenced("print(2)\n")))["reward"] == 0.5
    assert post(http, "/verify", {**rollout(""), "response": {"output": []}})["reward"] == 0.0


def test_a_row_without_tests_is_refused(http):
    body = {**rollout("x"), "verifier_metadata": {"colour": "red"}}
    assert "colour" in post(http, "/verify", body, 422)["detail"]


def test_metrics_of_a_run(http):
    assert http.get("/reverify_mode").json() == "stateless"
    answers = [
        {"_ng_task_index": 0, "_ng_rollout_index": at, "reward": reward, "mask_sample": masked}
        for at, (reward, masked) in enumerate([(1.0, False), (0.5, False), (0.0, True)])
    ]
    reply = post(http, "/aggregate_metrics", {"verify_responses": answers})
    assert reply["agent_metrics"]["mean/reward"] == 0.75
    assert reply["agent_metrics"]["masked"] == 1.0
    assert reply["group_level_metrics"][0]["max/reward"] == 1.0
    assert post(http, "/aggregate_metrics", {"verify_responses": []})["agent_metrics"] == {"masked": 0.0}


@pytest.mark.parametrize(
    ("path", "body", "where"),
    [
        (
            "/remote_rm",
            {"response": "print(1)", "label": {"inputs": ["1"], "outputs": ["1"], "checker": "c.cpp"}},
            "label",
        ),
        ("/verify", rollout("x") | {"special_judge": True}, "verifier_metadata"),
        (
            "/test_program",
            {"program": "", "tests": [{"input": "1", "output": "1", "checker": "c.cpp"}]},
            "tests",
        ),
        (
            "/get_reward",
            {
                "query": ["x"],
                "prompts": [""],
                "labels": ['{"inputs": [""], "outputs": [""], "is_interactive": true}'],
            },
            "labels[0]",
        ),
    ],
)
def test_what_equality_does_not_decide_is_refused(http, path, body, where):
    problem = post(http, path, body, 422)
    assert problem["errors"][0]["field"] == where
    assert "changes which answers are right" in problem["detail"]


# open-instruct


def packed(tests):
    return base64.b64encode(zlib.compress(pickle.dumps(tests))).decode()


@pytest.mark.parametrize("shape", [list, json.dumps, packed])
def test_open_instruct_asserts(http, shape):
    reply = post(http, "/test_program", {"program": HALF, "tests": shape(ASSERTS), "max_execution_time": 1.0})
    assert reply["results"] == [1, 0]
    assert [type(seconds) for seconds in reply["runtimes"]] == [float, float]


@pytest.mark.parametrize("shape", [list, json.dumps, packed])
def test_open_instruct_stdio(http, shape):
    tests = shape([{"input": "1\n", "output": "2\n"}, {"input": "2\n", "output": "5\n"}])
    reply = post(http, "/test_program_stdio", {"program": "print(int(input()) * 2)", "tests": tests})
    assert reply["results"] == [1, 0]
    assert http.get("/health").json() == {"status": "healthy"}


def test_open_instruct_time_is_of_each_test(http):
    body = {"program": "def double(x):\n    while x == 2: pass\n    return x + x", "tests": ASSERTS}
    assert post(http, "/test_program", {**body, "max_execution_time": 0.2})["results"] == [0, 1]


class Reducer:
    def __reduce__(self):
        return (print, ("it ran",))


def test_open_instruct_never_unpickles(http):
    reply = post(http, "/test_program", {"program": "", "tests": packed([Reducer()])}, 422)
    assert "tests" in reply["errors"][0]["field"]
