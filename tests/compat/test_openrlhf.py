"""OpenRLHF: its single-turn executor with our URL, and with our file as its reward function."""

import asyncio
from types import SimpleNamespace

import pytest

from clients.adapters import openrlhf as adapter
from clients.errors import NoVerdictError
from tests.compat.programs import HALF, RATES, RIGHT, TESTS, WRONG, slow

PROMPT = "<|im_start|>user\nDouble it.<|im_end|>\n<|im_start|>assistant\n"
END = "<|im_end|><|endoftext|>"


@pytest.fixture
def executor(needs):
    needs("openrlhf", "torch", "transformers")
    from openrlhf.utils.agent import SingleTurnAgentExecutor

    return SingleTurnAgentExecutor


def fetch(executor, *texts, labels=None):
    queries = [PROMPT + text + END for text in texts]
    ask = executor._fetch_rewards_via_func if executor.reward_func else executor._fetch_rewards_via_http
    return asyncio.run(ask(queries, [PROMPT] * len(texts), labels or [TESTS] * len(texts)))


class Letters:
    """A tokenizer of which each letter is a token: no real model can be downloaded here."""

    def __call__(self, text, **_):
        import torch

        return {"input_ids": torch.tensor([[ord(letter) for letter in text]])}

    def decode(self, ids, skip_special_tokens=False):
        return "".join(chr(number) for number in ids)


class Engine:
    """A policy that writes one text, in place of vLLM."""

    def __init__(self, text):
        self.text = text

    async def generate(self, *_, **__):
        tokens = [ord(letter) for letter in self.text + END]
        output = SimpleNamespace(token_ids=tokens, text=self.text, finish_reason="stop", logprobs=None)
        return SimpleNamespace(outputs=[output])


def rollout(executor, text, label=TESTS):
    params = SimpleNamespace(max_tokens=1000, logprobs=None)
    return asyncio.run(executor.execute(PROMPT, label, params, 4000, Letters(), Engine(text)))


def test_rewards_by_url(executor, service):
    (told,) = fetch(executor(f"{service.url}/get_reward"), RIGHT, HALF, WRONG)
    assert told["rewards"] == told["scores"] == [1.0, 0.5, 0.0]
    assert set(told["extra_logs"]) >= {"pass_rate", "all_passed"}


def test_several_urls_share_the_work(executor, service):
    parts = fetch(
        executor([f"{service.url}/get_reward", f"{service.url}/get_reward?reward=signed"]), RIGHT, WRONG
    )
    assert [part["rewards"] for part in parts] == [[1.0], [-1.0]]


@pytest.mark.parametrize("text", RATES)
def test_a_whole_rollout(executor, service, text):
    told = rollout(executor(f"{service.url}/get_reward"), text)
    assert (told["reward"], told["scores"]) == ([RATES[text]], [RATES[text]])


def test_our_file_as_its_reward_function(executor, service):
    told = fetch(executor(adapter.__file__), RIGHT, HALF, WRONG)
    assert [float(each["rewards"]) for each in told] == [1.0, 0.5, 0.0]
    assert [float(each["scores"]) for each in told] == [1.0, 0.5, 0.0]
    assert float(rollout(executor(adapter.__file__), HALF)["reward"]) == 0.5


def test_an_overloaded_server_and_a_killed_worker(executor, weak):
    asked = executor(f"{weak.url}/get_reward")

    async def at_once():
        queries = [PROMPT + slow() + END for _ in range(6)]
        return await asyncio.gather(
            *(asked._fetch_rewards_via_http([query], [PROMPT], [TESTS]) for query in queries)
        )

    with weak.killed_at_work():
        told = asyncio.run(at_once())
    assert [each[0]["rewards"] for each in told] == [[1.0]] * 6


def test_a_server_that_goes_on_late(executor, weak):
    with weak.halted() as go_on:

        async def late():
            asyncio.get_running_loop().call_later(2, go_on)
            return await executor(f"{weak.url}/get_reward")._fetch_rewards_via_http(
                [PROMPT + RIGHT], [PROMPT], [TESTS]
            )

        (told,) = asyncio.run(late())
    assert told["rewards"] == [1.0]


def test_no_verdict_is_no_reward(executor, weak, monkeypatch):
    """By our file the step ends with our error, and by URL, where the rollout keeps ``None``, with one of OpenRLHF's own;
    never with a zero.
    """
    import torch

    monkeypatch.setenv("ACECODER_OPTIONS", '{"deadline_s": 2, "cache": false}')
    with weak.halted():
        told = rollout(executor(adapter.__file__), RIGHT)
    with pytest.raises(NoVerdictError, match="no verdict"):
        torch.tensor([told["reward"]])  # as OpenRLHF does with it
    assert rollout(executor("http://127.0.0.1:9/get_reward"), RIGHT)["reward"] is None
