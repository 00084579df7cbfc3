"""Backends that use a server, tested through the whole service. The servers are FAKES (``fake_servers``): neither vLLM
nor a chat model can run here."""

import json
import math
import threading
import time
from contextlib import contextmanager
from itertools import count

import pytest
import stamina
from starlette.testclient import TestClient

from services.rm.app import create_app, make_backend
from services.rm.models.checkpoint import CheckpointError
from services.rm.settings import RmSettings
from tests.support.tiny_models import tokenizer
from tests.unit.rm.fake_servers import MODEL, classify, completion, error, score_of, serving


@pytest.fixture(autouse=True)
def _no_waiting():
    with stamina.set_testing(True, attempts=4):
        yield


@pytest.fixture(scope="module")
def words(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tokenizer")
    tokenizer().save_pretrained(folder)
    return str(folder)


@contextmanager
def service(server, **settings):
    made = RmSettings(model=MODEL, server_url=server.url, _env_file=None, **settings)
    app = create_app(made, make_backend(made))
    with TestClient(app, client=("127.0.0.1", 1), base_url="http://127.0.0.1") as http:
        yield http


@pytest.fixture
def vllm(words):
    def start(server, **settings):
        return service(server, backend="vllm-server", tokenizer=words, **settings)

    return start


def scores(http, *candidates, prompt="Double it, please.", **more):
    answer = http.post("/v1/scores", json={"groups": [{"prompt": prompt, "candidates": candidates}], **more})
    assert answer.status_code == 200, answer.text
    return answer.json()["groups"][0]["scores"]


def ids_of(answer, prompt="Double it, please."):
    return tokenizer()(f"<user>{prompt}<end><assistant>{answer}<end>", add_special_tokens=False)["input_ids"]


# vLLM server


def test_token_ids_are_sent_and_raw_scores_come_back(vllm):
    with serving(classify) as server, vllm(server, server_key="secret") as http:
        results = scores(http, "a", "bb", "a")
        assert [result["score"] for result in results] == [
            score_of(ids_of(text)) for text in ("a", "bb", "a")
        ]
        assert [result["cached"] for result in results] == [False, False, True]
        assert scores(http, "a")[0]["cached"]
        bodies = [body for _, body, _ in server.requests]
        assert sorted(body["input"] for body in bodies) == sorted([ids_of("a"), ids_of("bb")])
        for body in bodies:
            assert (body["use_activation"], body["add_special_tokens"]) == (False, False)
        assert {key for *_, key in server.requests} == {"Bearer secret"}
        assert http.get("/v1/model").json()["backend"] == f"vLLM at {server.url}"


def test_one_candidate_of_each_prompt_goes_before_the_others(vllm):
    texts = {
        prompt: [f"answer {n}" for n in range(5)] for prompt in ("A question to answer.", "Something else.")
    }
    done = []

    def noted(path, body):
        seen = list(done)
        answer = classify(path, body)
        time.sleep(0.05)  # so that requests overlap
        done.append(body["input"])
        server_log.append((body["input"], seen))
        return answer

    server_log = []
    with serving(noted) as server, vllm(server, window_s=0.05) as http:
        groups = [{"prompt": prompt, "candidates": answers} for prompt, answers in texts.items()]
        http.post("/v1/scores", json={"groups": groups})
    for prompt, answers in texts.items():
        members = [ids_of(text, prompt) for text in answers]
        before = [sum(ids in members for ids in seen) for ids, seen in server_log if ids in members]
        assert before[0] == 0
        assert min(before[1:]) >= 1


def test_concurrency_is_bounded(vllm):
    lock, now, most = threading.Lock(), [0], [0]
    is_first, are_three = threading.Lock(), threading.Event()

    def waits_for_two_others(path, body):
        with lock:
            now[0] += 1
            most[0] = max(most[0], now[0])
            if now[0] == 3:
                are_three.set()
        if not is_first.acquire(blocking=False):  # the first one of a prompt goes alone
            are_three.wait(60)
        with lock:
            now[0] -= 1
        return classify(path, body)

    with serving(waits_for_two_others) as server, vllm(server, server_concurrency=3) as http:
        scores(http, *(f"answer {n}" for n in range(12)))
    assert most[0] == 3


def test_a_server_that_fails_now_and_then_is_retried(vllm):
    number = count()

    def flaky(path, body):
        return error(503, "warming up") if next(number) % 2 == 0 else classify(path, body)

    with serving(flaky) as server, vllm(server, server_concurrency=1) as http:
        results = scores(http, "a", "bb", "ccc")
    assert [result["score"] for result in results] == [score_of(ids_of(text)) for text in ("a", "bb", "ccc")]


@pytest.mark.parametrize(
    ("reply", "words_in_it"),
    [
        (error(503, "overloaded"), "answers 503: overloaded"),
        (error(429, "slow down"), "429"),
        (error(401, "Unauthorized"), "401"),
        (error(404, "Not Found"), "404"),
        ((200, b"<html>"), "no JSON"),
        ((200, {"data": []}), "not a classification"),
        ((200, {"data": [{"probs": [0.2, 0.8]}]}), "2 classes"),
    ],
)
def test_a_failure_of_the_server_is_retryable_and_affects_one_item(vllm, reply, words_in_it):
    def partly(path, body):
        return reply if body["input"] == ids_of("bad") else classify(path, body)

    with serving(partly) as server, vllm(server) as http:
        good, bad = scores(http, "good", "bad")
        refused = http.post("/rerank", json={"query": "Double it, please.", "texts": ["good", "bad"]})
    assert good["score"] == score_of(ids_of("good"))
    assert (bad["score"], bad["retryable"]) == (None, True)
    assert words_in_it in bad["error"]
    assert refused.status_code == 503


def test_an_item_that_the_server_rejects_is_not_retryable(vllm):
    with serving(classify) as server, vllm(server, max_tokens=10_000) as http:
        good, long = scores(http, "good", "x" * 500)
        assert (good["error"], long["score"], long["retryable"]) == (None, None, False)
        assert "maximum context length is 500" in long["error"]
        assert http.get("/readyz").json() == {"model": "ok"}
    with serving(classify) as server, vllm(server) as http:
        assert "the model takes 500" in scores(http, "x" * 500)[0]["error"]
        assert not server.requests


def test_a_score_that_is_null(vllm):
    nan = (200, {"data": [{"probs": [None]}]})
    with serving(lambda *_: nan) as server, vllm(server) as http:
        (score,) = scores(http, "a")
    assert (score["score"], score["retryable"]) == (None, False)


def test_a_server_that_does_not_run(vllm):
    with serving(classify) as server:
        pass
    with vllm(server) as http:
        (score,) = scores(http, "a")
        assert "does not answer" in score["error"]
        assert score["retryable"]
        ready = http.get("/readyz")
        assert ready.status_code == 503
        assert "RM_SERVER_URL" in ready.json()["model"]


def test_readiness_names_a_model_that_is_not_served(words):
    with serving(classify) as server:
        made = RmSettings(
            model="other", server_url=f"{server.url}/v1/", backend="vllm-server", tokenizer=words
        )
        with TestClient(create_app(made, make_backend(made)), base_url="http://127.0.0.1") as http:
            assert "serves the-model, not other" in http.get("/readyz").json()["model"]


def test_token_ids_of_a_client_are_checked(vllm):
    with serving(classify) as server, vllm(server) as http:
        answer = http.post("/classify", json={"input": [[1, 2, 3]]}).json()
        assert answer["data"][0]["probs"] == [score_of([1, 2, 3])]
        assert http.post("/classify", json={"input": [[1, 99999]]}).status_code == 422


# A judge


def judged(reply, *candidates, **settings):
    with serving(reply) as server, service(server, backend="judge", **settings) as http:
        return scores(http, *candidates), [body for _, body, _ in server.requests]


def rate(path, body):
    """A FAKE judge: a longer answer gets a higher rating."""
    assert path == "/v1/chat/completions"
    text = body["messages"][0]["content"]
    answer = text.partition("<answer ")[2].partition("\n")[2].partition("\n</answer ")[0]
    return completion(f"Let me see.\nRating: 3\nNo, better:\n**Rating: {len(answer) / 10}/10**")


def test_a_judge_rates(vllm):
    results, bodies = judged(rate, "def f(): pass", "return")
    assert [result["score"] for result in results] == [1.3, 0.6]
    assert [result["rank"] for result in results] == [1, 2]
    for body in bodies:
        assert body["temperature"] == 0
        assert "user: Double it, please." in body["messages"][0]["content"]


@pytest.mark.parametrize(
    ("reply", "words_in_it"),
    [
        (completion("Good.\nI like it."), "ends with 'I like it.', not with a line 'Rating"),
        (completion("Rating: 11"), "not between 0 and 10"),
        (completion("Let me think about it at leng", "length"), "cut off"),
        (completion(None), "ends with '', not with a line 'Rating"),
    ],
)
def test_a_judge_without_a_rating_is_asked_once_more_and_gives_no_number(reply, words_in_it):
    (score,), bodies = judged(lambda *_: reply, "a")
    assert (score["score"], score["retryable"], len(bodies)) == (None, False, 2)
    assert words_in_it in score["error"]


@pytest.mark.parametrize(
    ("reply", "words_in_it"),
    [((200, {"choices": []}), "not a chat completion"), (error(500, "boom"), "500")],
)
def test_a_judges_endpoint_that_fails_is_retryable(reply, words_in_it):
    (score,), _ = judged(lambda *_: reply, "a")
    assert (score["score"], score["retryable"]) == (None, True)
    assert words_in_it in score["error"]


def test_the_judges_request_can_be_changed_for_models_that_refuse_a_field():
    changes = {"temperature": None, "max_tokens": None, "max_completion_tokens": 99}
    _, (body,) = judged(rate, "a", judge_body=changes)
    assert body.keys() == {"model", "messages", "max_completion_tokens"}


def test_a_vllm_servers_limit_is_known_before_the_first_request_and_its_refusals_share_nothing(vllm):
    long = "y" * 600
    with serving(classify) as server, vllm(server) as http:
        (shortened,) = scores(http, long, truncation="middle")
        assert (shortened["truncated"], shortened["tokens"], shortened["error"]) == (True, 500, None)
    with serving(lambda *_: error(400, "no")) as server, vllm(server) as http:
        (refused,) = scores(http, "a")
        assert "no" in refused["error"]
        assert 'rm_tokens_total{kind="shared"}' not in http.get("/metrics").text


def test_a_judge_by_labels():
    chances = {" Yes": math.log(0.5), "yes": math.log(0.1), "No": math.log(0.2), "Maybe": math.log(0.1)}
    (score,), (body,) = judged(lambda *_: completion("Yes", logprobs=chances), "a", judge_by="labels")
    assert score["score"] == pytest.approx(math.log(0.6 / 0.2))
    assert (body["logprobs"], body["top_logprobs"], body["max_tokens"]) == (True, 20, 1)


@pytest.mark.parametrize(
    ("logprobs", "words_in_it"),
    [(None, "no top_logprobs"), ({"Yes": 0.0}, "'no' is not among"), ({"<think>": 0.0}, "'yes'")],
)
def test_a_judge_without_logprobs_of_both_labels_gives_no_number(logprobs, words_in_it):
    (score,), _ = judged(lambda *_: completion("Yes", logprobs=logprobs), "a", judge_by="labels")
    assert score["score"] is None
    assert words_in_it in score["error"]


def test_a_judge_takes_whole_texts_but_no_token_ids():
    with serving(rate) as server, service(server, backend="judge") as http:
        response = http.post("/get_reward", json={"query": ["a whole conversation"]})
        assert response.json()["rewards"] == [2.0]
        assert response.json()["extra_logs"]["rm_tokens"] == [20.0]
        ids = http.post("/classify", json={"input": [[1, 2]]})
        assert ids.status_code == 422
        assert "takes texts only, not token ids" in ids.json()["detail"]
        shown = http.post("/v1/render", json={"groups": [{"prompt": "q", "candidates": ["é"]}]}).json()
        (candidate,) = shown["groups"][0]["candidates"]
        assert json.loads(candidate["text"]) == [["user", "q"], ["assistant", "é"]]
        assert bytes(candidate["token_ids"]).decode() == candidate["text"]


def test_a_judge_does_not_rate_a_shortened_answer():
    with serving(rate) as server, service(server, backend="judge", max_tokens=100) as http:
        short, long = scores(http, "a", "b" * 200, truncation="middle")
    assert short["score"] == 0.1
    assert "shortened answer" in long["error"]


def test_the_operators_own_prompt(tmp_path):
    own = tmp_path / "own.md"
    own.write_text("Q {{conversation}} A {{answer}} {{other}}")
    _, (body,) = judged(lambda *_: completion("Rating: 1"), "{{conversation}}", judge_prompt=own)
    assert body["messages"][0]["content"] == "Q user: Double it, please. A {{conversation}} {{other}}"
    own.write_text("nothing")
    for wrong in ({"judge_prompt": own}, {"judge_prompt": tmp_path / "absent.md"}, {"format": "plain"}):
        made = RmSettings(model="m", server_url="http://127.0.0.1:9", backend="judge", **wrong)
        with pytest.raises(CheckpointError):
            make_backend(made)
