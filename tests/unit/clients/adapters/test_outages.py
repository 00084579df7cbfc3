"""A training pauses while a service is away, with a real HTTP server that goes and comes back."""

import json
import logging
import threading

import pytest

from clients import CannotConnectError, InvalidRequestError
from clients.adapters import outages, scores, trl, verdicts
from clients.contract import Slug
from tests.conftest import wait_until
from tests.unit.clients.fake_service import FakeResponse, FakeService, problem, whole_answer

TESTS = ["assert double(2) == 4"]


@pytest.fixture(autouse=True)
def settings(service, monkeypatch):
    monkeypatch.setattr(outages, "_FIRST_WAIT_S", 0.01)
    monkeypatch.setattr(outages, "_LONGEST_WAIT_S", 0.05)
    for name, value in {
        "ACECODER_URL": service.url,
        "ACECODER_RM_URL": service.url,
        "ACECODER_CONNECT_S": "1",
        "ACECODER_ATTEMPTS": "1",
        "ACECODER_PAUSE_S": "60",
    }.items():
        monkeypatch.setenv(name, value)
    forget()
    yield
    forget()


def forget():
    for cached in (verdicts._executor, verdicts._guard, verdicts._options_from_env, verdicts._reports):
        cached.cache_clear()
    for cached in (scores._reward_model, scores._guard):
        cached.cache_clear()


def reward(number=2):
    return trl.pass_rate(["def double(x): return x + x"] * number, tests=[TESTS] * number)


def last_answer(request):
    """Answer, and close the connection: an open one would be served after the server is closed."""
    return FakeResponse(200, json.dumps(whole_answer(request)).encode(), {"connection": "close"})


def without_verdicts(request, reason="deadline"):
    answer = whole_answer(request)
    for result in answer["results"]:
        result |= {"status": "unscorable", "reason": reason, "pass_rate": None, "reward": None, "tests": []}
    return FakeResponse(200, json.dumps(answer).encode())


def scored(request, score=0.5, **more):
    groups = [
        {"scores": [{"score": score, **more} for _ in group["candidates"]]}
        for group in request.body["groups"]
    ]
    answer = {"groups": groups, "model": "m", "version": "v", "format": "chat", "usage": {}}
    return FakeResponse(200, json.dumps(answer).encode())


def test_a_dead_service_pauses_the_training_until_it_is_back(service, caplog):
    caplog.set_level(logging.WARNING, "acecoder")
    service.script = [last_answer]
    assert reward() == [1.0, 1.0]
    port = int(service.url.rpartition(":")[2])
    service.close()
    rewards = []
    training = threading.Thread(target=lambda: rewards.append(reward()))
    training.start()
    wait_until(lambda: "training pauses, for 0 s so far: executor: nothing answers at" in caplog.text)
    assert rewards == [], "no reward is made up"
    back = FakeService(port)
    try:
        training.join(60)
    finally:
        back.close()
    assert rewards == [[1.0, 1.0]]
    assert "executor answers again; training goes on" in caplog.text


def test_the_pause_has_a_bound(service, monkeypatch):
    service.script = [last_answer]
    reward()
    monkeypatch.setenv("ACECODER_PAUSE_S", "0.2")
    service.close()
    with pytest.raises(CannotConnectError):
        reward()


def test_where_nothing_ever_answered_the_address_is_probably_wrong(service, caplog):
    service.close()
    with pytest.raises(CannotConnectError):
        reward()
    assert "training pauses" not in caplog.text


def test_a_service_that_judges_nothing_pauses_the_training_too(service):
    service.script = [without_verdicts, lambda request: without_verdicts(request, "queue_unavailable")]
    assert reward() == [1.0, 1.0]
    assert len(service.requests) == 3


def test_a_row_that_cannot_be_judged_does_not_hide_an_outage(service):
    """The rest of the batch would lose its rewards, and every batch after it until the service is back."""

    def one_unreadable(request):
        answer = json.loads(without_verdicts(request, "queue_unavailable").body)
        answer["results"][0]["reason"] = "invalid_input"
        return FakeResponse(200, json.dumps(answer).encode())

    service.script = [one_unreadable, one_unreadable]
    assert reward() == [1.0, 1.0]
    assert len(service.requests) == 3


def test_after_the_pause_a_sample_without_a_verdict_has_no_reward(service, monkeypatch):
    monkeypatch.setenv("ACECODER_PAUSE_S", "0")
    service.script = [without_verdicts]
    assert reward() == [None, None]


def test_a_program_that_ends_its_worker_is_no_outage(service):
    service.script = [lambda request: without_verdicts(request, "worker_lost")]
    assert reward(1) == [None]
    assert len(service.requests) == 1


def test_a_full_queue_and_a_failing_service_are_outages(service):
    service.script = [problem(Slug.INTERNAL), problem(Slug.INTERNAL)]
    assert reward() == [1.0, 1.0]


def test_a_wrong_request_ends_the_training_at_once(service):
    reward()
    service.script = [problem(Slug.INVALID_REQUEST, "no such field")]
    with pytest.raises(InvalidRequestError):
        reward()
    assert len(service.requests) == 2


@pytest.mark.anyio
async def test_a_reward_model_that_scores_nothing_pauses_the_training(service):
    def failing(request):
        return scored(request, None, error="out of memory", retryable=True)

    service.script = [failing, failing, problem(Slug.INTERNAL)]
    service.otherwise = scored
    assert await trl.rm_score(["a", "b"], prompts=["q", "q"]) == [0.5, 0.5]


@pytest.mark.anyio
async def test_a_candidate_that_cannot_be_scored_does_not_hide_an_outage(service):
    def failing(request):
        answer = json.loads(scored(request, None, error="out of memory", retryable=True).body)
        answer["groups"][0]["scores"][0] |= {"error": "too long", "retryable": False}
        return FakeResponse(200, json.dumps(answer).encode())

    service.script = [failing]
    service.otherwise = scored
    assert await trl.rm_score(["a", "b"], prompts=["q", "q"]) == [0.5, 0.5]


@pytest.mark.anyio
async def test_a_candidate_that_cannot_be_scored_has_no_reward(service):
    service.otherwise = lambda request: scored(request, None, error="too long")
    assert await trl.rm_score(["a"], prompts=["q"]) == [None]
    assert len(service.requests) == 1


def test_a_bound_that_is_no_number_is_named(monkeypatch):
    monkeypatch.setenv("ACECODER_PAUSE_S", "an hour")
    with pytest.raises(ValueError, match="ACECODER_PAUSE_S='an hour': give a number of seconds"):
        outages.longest_pause_s()
