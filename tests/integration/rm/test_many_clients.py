"""256 clients at once, one sample each, as verl sends them: grouped by prompt, and every client answered."""

import anyio
import httpx2
import pytest
import torch

from tests.support.rm_process import TinyModel, service_process
from tests.support.tiny_models import tokenizer

torch.set_num_threads(1)
CLIENTS, PROMPTS = 256, 16


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    return TinyModel(tmp_path_factory.mktemp("model"))


def samples():
    """16 answers to each of 16 prompts, mixed, written out as verl does."""
    texts = []
    for number in range(CLIENTS):
        question = f"Problem {number % PROMPTS}: " + "double what is given. " * 10
        texts.append(f"<user>{question}<end><assistant>def f(x): return {number} + x<end>")
    return texts


def payload(path, text):
    body = {"model": "rm", "input": text}
    return body | {"use_activation": False} if path == "/classify" else body


def read(path, body):
    return body["data"][-1]["probs"][-1] if path == "/classify" else body["data"][-1]["embedding"][-1]


def client(url):
    """A client for plain HTTP: reading certificates takes longer than a request."""
    return httpx2.AsyncClient(base_url=url, timeout=150, trust_env=False, verify=False)


async def ask_all(url, paths, texts):
    """Every client opens its own connection; ``/healthz`` is called until all are answered."""
    scores, healthy = {}, []

    async def one(number, text):
        path = paths[number // 2 % len(paths)]
        async with client(url) as http:
            answer = await http.post(path, json=payload(path, text))
        assert answer.status_code == 200, answer.text
        scores[number] = read(path, answer.json())

    async def watch():
        async with client(url) as http:
            while len(scores) < len(texts):
                healthy.append(((await http.get("/healthz")).status_code, len(scores)))
                await anyio.sleep(0.02)

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(watch)
        for number, text in enumerate(texts):
            tasks.start_soon(one, number, text)
    return [scores[number] for number in range(len(texts))], healthy


def test_single_samples_are_grouped_and_every_client_is_answered(model):
    texts = samples()
    with service_process(model.folder) as service:
        scores, healthy = anyio.run(ask_all, service.url, ["/classify", "/v1/embeddings"], texts)
        metrics = service.metrics()
    words = tokenizer()
    expected = [model.of_ids(words(text, add_special_tokens=False)["input_ids"]) for text in texts]
    assert scores == pytest.approx(expected, abs=1e-5)
    assert {status for status, _ in healthy} == {200}
    assert any(answered < CLIENTS for _, answered in healthy)
    assert metrics['rm_tokens_total{kind="shared"}'] > metrics['rm_tokens_total{kind="computed"}']
    assert metrics["rm_batch_candidates_sum"] == CLIENTS
    assert metrics["rm_batch_candidates_sum"] / metrics["rm_batch_candidates_count"] > 1


def test_requests_above_the_limit_of_a_key_wait(model):
    """No client of a foreign API gets 429, not below ``/v1/`` either; a client of our own API does."""
    with service_process(model.folder, max_requests_per_key=2) as service:
        scores, _ = anyio.run(ask_all, service.url, ["/v1/embeddings"], samples()[:40])
        assert len(scores) == 40

        async def ours():
            statuses = []

            async def one(number):
                body = {"groups": [{"prompt": "q" * 8000, "candidates": [f"a{number}"] * 3}], "cache": False}
                async with client(service.url) as http:
                    statuses.append((await http.post("/v1/scores", json=body)).status_code)

            async with anyio.create_task_group() as tasks:
                for number in range(40):
                    tasks.start_soon(one, number)
            return set(statuses)

        assert anyio.run(ours) == {200, 429}


def test_a_full_queue_is_waited_for(model):
    """The queue has room for little more than one sample at a time; verl would stop at a 429."""
    with service_process(model.folder, max_waiting_tokens=400, window_s=0.05) as service:
        scores, _ = anyio.run(ask_all, service.url, ["/classify"], samples()[:6])
    assert len(scores) == 6
