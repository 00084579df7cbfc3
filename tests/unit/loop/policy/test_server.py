"""The server as OpenAI's own client sees it: choices, seeds, errors, batches."""

import asyncio
import contextlib
import socket
import threading
import time

import openai
import pytest
import uvicorn

from loop.policy.batching import Batcher
from loop.policy.decoding import Sampling
from loop.policy.sampling import SampleRequest
from loop.policy.server import create_app


@pytest.fixture(scope="module")
def client(policy):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = uvicorn.Server(
        uvicorn.Config(create_app({"policy": policy, "solver": policy}), port=port, log_level="error")
    )
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    with openai.OpenAI(base_url=f"http://127.0.0.1:{port}/v1", api_key="none", max_retries=0) as client:
        yield client
    server.should_exit = True
    thread.join()


def ask(client, text, **options):
    messages = [{"role": "user", "content": text}]
    return client.chat.completions.create(
        **{"model": "policy", "messages": messages, "max_tokens": 8, **options}
    )


def contents(completion):
    return [choice.message.content for choice in completion.choices]


def test_models_are_listed(client):
    assert [model.id for model in client.models.list()] == ["policy", "solver"]


def test_a_request_has_its_number_of_choices_and_counts_tokens(client, texts):
    completion = ask(client, texts[0], n=5, seed=1)
    assert len(completion.choices) == 5
    assert completion.usage.prompt_tokens > 10
    assert completion.usage.completion_tokens <= 5 * 8
    assert {choice.finish_reason for choice in completion.choices} <= {"stop", "length"}


def test_a_seed_repeats_the_answers_and_no_seed_does_not(client, texts):
    assert contents(ask(client, texts[0], n=4, seed=7)) == contents(ask(client, texts[0], n=4, seed=7))
    assert contents(ask(client, texts[0], n=8)) != contents(ask(client, texts[0], n=8))


def test_temperature_0_is_greedy(client, texts):
    first, second = contents(ask(client, texts[0], n=2, temperature=0))
    assert first == second


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"model": "gpt"}, openai.NotFoundError, "this server has policy, solver"),
        ({"stream": True}, openai.BadRequestError, "'stream' is not supported"),
        ({"temperature": 3}, openai.BadRequestError, "'temperature'"),
        ({"n": 0}, openai.BadRequestError, "'n'"),
        ({"messages": []}, openai.BadRequestError, "'messages'"),
        (
            {"messages": [{"role": "user", "content": "x " * 2000}]},
            openai.BadRequestError,
            "context length is 512",
        ),
    ],
)
def test_what_is_not_offered_is_refused_as_openai_refuses(client, texts, options, error, message):
    with pytest.raises(error, match=message):
        ask(client, texts[0], **options)


def test_requests_that_wait_are_sampled_together(policy, texts, monkeypatch):
    batches = []
    monkeypatch.setattr(
        "loop.policy.batching.sample_requests",
        lambda _, requests: batches.append(len(requests)) or [[] for _ in requests],
    )
    prompt = policy.prompt([{"role": "user", "content": texts[0]}])

    async def main():
        batcher = Batcher({"policy": policy, "solver": policy})
        requests = [("policy", SampleRequest(prompt, 100, Sampling())) for _ in range(3)]
        requests.insert(1, ("solver", SampleRequest(prompt)))
        waiting = [asyncio.create_task(batcher.sample(*request)) for request in requests]
        cancelled = asyncio.create_task(batcher.sample("policy", SampleRequest(prompt)))
        await asyncio.sleep(0)
        cancelled.cancel()
        run = asyncio.create_task(batcher.run())
        await asyncio.gather(*waiting)
        run.cancel()

    asyncio.run(main())
    assert batches == [2, 1, 1]  # two of 100 answers, the solver's, and the third of 100


def test_a_failure_reaches_each_client_and_the_server_goes_on(policy, monkeypatch):
    def fail_once(_, requests):
        monkeypatch.undo()
        raise RuntimeError("out of memory")

    monkeypatch.setattr("loop.policy.batching.sample_requests", fail_once)

    async def main():
        batcher = Batcher({"policy": policy})
        run = asyncio.create_task(batcher.run())
        with pytest.raises(RuntimeError, match="out of memory"):
            await batcher.sample("policy", SampleRequest([5, 6], 1, Sampling(max_tokens=2)))
        assert len(await batcher.sample("policy", SampleRequest([5, 6], 1, Sampling(max_tokens=2)))) == 1
        run.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await run

    asyncio.run(main())
