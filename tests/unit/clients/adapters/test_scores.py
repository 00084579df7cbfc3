"""Completions of a batch become groups of a scoring request, and scores return to their positions."""

import json

import pytest

from clients.adapters import scores
from clients.adapters.scores import answer_text
from tests.unit.clients.fake_service import FakeResponse


@pytest.fixture(autouse=True)
def address(service, monkeypatch):
    monkeypatch.setenv("ACECODER_RM_URL", service.url)
    scores._reward_model.cache_clear()
    scores._guard.cache_clear()
    yield
    scores._reward_model.cache_clear()
    scores._guard.cache_clear()


def by_length(request):
    groups = [
        {"scores": [{"score": float(len(text))} for text in group["candidates"]]}
        for group in request.body["groups"]
    ]
    answer = {"groups": groups, "model": "m", "version": "v", "format": "chat", "usage": {}}
    return FakeResponse(200, json.dumps(answer).encode())


@pytest.mark.anyio
async def test_equal_prompts_are_one_group_wherever_they_stand(service):
    service.otherwise = by_length
    chat = [{"role": "user", "content": "q", "name": None}]
    completions = ["a", "bb", [{"role": "assistant", "content": "ccc"}], "dddd"]
    assert await scores.score([chat, "p", chat, "p"], completions) == [1.0, 2.0, 3.0, 4.0]
    assert [(group["prompt"], group["candidates"]) for group in service.requests[0].body["groups"]] == [
        ([{"role": "user", "content": "q"}], ["a", "ccc"]),
        ("p", ["bb", "dddd"]),
    ]


@pytest.mark.anyio
async def test_no_completions_need_no_request(service):
    assert await scores.score([], []) == []
    assert service.requests == []


@pytest.mark.parametrize(
    ("completion", "answer"),
    [
        ("def f(): pass", "def f(): pass"),
        ("<think>a\nb</think>\ncode", "code"),
        ("<think>a</think> <answer>\ncode\n</answer> end", "code"),
        ("<think>a</think><answer>cut off", "cut off"),
        ("<think>never ends", "<think>never ends"),
        ("print('<think></think>')", "print('<think></think>')"),
    ],
)
def test_thinking_is_not_scored(completion, answer):
    assert answer_text(completion) == answer
