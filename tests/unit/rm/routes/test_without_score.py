"""What each foreign API of the reward model answers when there is no score: an error, never a number.

A fake backend fails in every way that a model or a server can.
"""

import pytest
from starlette.testclient import TestClient

from services.rm.app import create_app
from services.rm.backend import ScoreResult
from services.rm.settings import RmSettings
from tests.unit.rm.fake_backend import FakeBackend

BODIES = {
    "/get_reward": {"query": ["good", "bad"]},
    "/classify": {"input": ["good", "bad"]},
    "/encode": {"text": ["good", "bad"]},
    "/v1/embeddings": {"input": ["good", "bad"]},
    "/score": {"text_1": "q", "text_2": ["good", "bad"]},
    "/v1/score": {"query": "q", "items": ["good", "bad"]},
    "/rerank": {"query": "q", "documents": ["good", "bad"]},
    "/v1/rerank": {"query": "q", "texts": ["good", "bad"]},
    "/v2/rerank": {"query": "q", "documents": ["good", "bad"]},
    "/v1/score/evaluation": {"messages": ["good", "bad"]},
    "/rm": {"prompt": "q", "response": "bad"},
}


def raising(_):
    raise RuntimeError("the model broke")


FAULTS = {
    "an error of ours": lambda item: (
        ScoreResult(error="in words", retryable=True) if "bad" in item.text else 1.0
    ),
    "a model that raises": lambda item: raising(item) if "bad" in item.text else 1.0,
    "a model that is too slow": lambda item: None if "bad" in item.text else 1.0,
}


def post(path, backend, body=None, **settings):
    made = RmSettings(model="m", _env_file=None, **{"deadline_s": 0.2, "window_s": 0, **settings})
    with TestClient(create_app(made, backend), client=("127.0.0.1", 1), base_url="http://127.0.0.1") as http:
        return http.post(path, json=body or BODIES[path])


@pytest.mark.parametrize("path", BODIES)
@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_of_ours_is_503_and_no_number(path, fault, monkeypatch):
    monkeypatch.setattr("services.rm.routes.openrlhf.BUDGET_S", 0.2)
    monkeypatch.setattr("services.rm.routes.slime.BUDGET_S", 0.2)
    answer = post(path, FakeBackend(FAULTS[fault]))
    assert answer.status_code == 503, answer.text
    reply = answer.json()
    assert reply["type"] == "/problems/not-scored"
    assert answer.headers["retry-after"]
    row = "response" if path == "/rm" else "[1]"
    assert row in reply["detail"]


@pytest.mark.parametrize("path", BODIES)
def test_a_score_that_is_no_number_is_422_naming_the_row(path):
    def answer(item):
        return ScoreResult(error="the model's score is nan") if "bad" in item.text else 1.0

    reply = post(path, FakeBackend(answer))
    assert reply.status_code == 422
    assert "nan" in reply.json()["errors"][0]["message"]


@pytest.mark.parametrize("path", BODIES)
def test_all_that_is_wrong_is_named_before_what_is_late(path):
    def answer(item):
        return ScoreResult(error="late", retryable=True) if "bad" in item.text else ScoreResult(error="wrong")

    assert post(path, FakeBackend(answer)).status_code == (503 if path == "/rm" else 422)


@pytest.mark.parametrize("path", BODIES)
def test_no_room_is_503_after_the_clients_patience(path, monkeypatch):
    """Only our own API answers 429: verl stops at it."""
    from clients.contract import Slug
    from services.common.problem_error import ProblemError
    from services.rm.serving.batcher import Batcher

    async def full(*_, **__):
        raise ProblemError(Slug.TOO_MANY_REQUESTS, "full")

    monkeypatch.setattr(Batcher, "score", full)
    monkeypatch.setattr("services.rm.routes.openrlhf.BUDGET_S", 0.2)
    monkeypatch.setattr("services.rm.routes.slime.BUDGET_S", 0.2)
    reply = post(path, FakeBackend(lambda _: 1.0))
    assert (reply.status_code, reply.json()["type"]) == (503, "/problems/queue-full")
    assert reply.headers["retry-after"]


def test_room_that_comes_in_time_is_waited_for(monkeypatch):
    from clients.contract import Slug
    from services.common.problem_error import ProblemError
    from services.rm.serving.batcher import Batcher

    score = Batcher.score
    tries = []

    async def full_once(self, *args, **kwargs):
        tries.append(1)
        if len(tries) == 1:
            raise ProblemError(Slug.TOO_MANY_REQUESTS, "full")
        return await score(self, *args, **kwargs)

    monkeypatch.setattr(Batcher, "score", full_once)
    reply = post("/get_reward", FakeBackend(lambda _: 1.0))
    assert reply.json()["rewards"] == [1.0, 1.0]
    assert len(tries) == 2


def test_a_score_beyond_what_the_logistic_function_can_hold():
    """±1000 are 1 and 0, not an error; 23 and 24 still differ."""
    values = {"a": 1000.0, "b": -1000.0, "c": 23.0, "d": 24.0}
    body = {"query": "q", "texts": list(values), "raw_scores": False}

    def answer(item):
        return next(value for name, value in values.items() if f"<assistant>{name}" in item.text)

    reply = {each["index"]: each["score"] for each in post("/rerank", FakeBackend(answer), body).json()}
    assert (reply[0], reply[1]) == (1.0, 0.0)
    assert 0.999 < reply[2] < reply[3] < 1.0
