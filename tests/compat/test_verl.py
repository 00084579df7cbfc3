"""verl: its own sandbox client behind the URL option, and our function in its own reward manager."""

import asyncio
import json
from concurrent.futures import ThreadPoolExecutor

import pytest

from clients.adapters.verdicts import NoVerdictError
from tests.compat.programs import HALF, RIGHT, STDIN, TESTS, WRONG, doubling, slow


@pytest.fixture
def score(needs):
    """verl's client with the arguments that its trainer gives it."""
    needs("verl", "ray", "tensordict")
    from verl.utils.reward_score.sandbox_fusion import compute_score

    def ask(service, completion, truth, timeout=10):
        return compute_score(
            f"{service.url}/run_code", None, 1024, completion, truth, continuous=True, timeout=timeout
        )[0]

    return ask


def test_stdin_tests(score, service):
    truth = json.dumps(STDIN)
    assert score(service, doubling(), truth) == 1.0
    assert score(service, doubling("n + 1"), truth) == pytest.approx(1 / 3)
    assert score(service, doubling("n / 0"), truth) == 0.0
    assert score(service, doubling(before="import time; time.sleep(1)"), truth) == 1.0


def test_functions_and_methods(score, service):
    truth = {"inputs": ["1\n2", "3\n4"], "outputs": ["3", "7"], "fn_name": "total"}
    assert score(service, "```python\ndef total(a, b): return a + b\n```", truth) == 1.0
    method = "```python\nclass Solution:\n    def total(self, a, b): return {}\n```"
    assert score(service, method.format("a + b"), truth) == 1.0
    assert score(service, method.format("a * b + 1"), truth) == 0.5


def test_asserts(score, service):
    assert score(service, RIGHT, {"assert_case": list(TESTS)}) == 1.0
    assert score(service, HALF, {"assert_case": list(TESTS)}) == 0.5
    assert score(service, WRONG, {"assert_case": list(TESTS)}) == 0.0


def test_an_overloaded_server_fails_no_test(score, weak):
    """Eight completions of three tests each at once, for a queue of two."""
    texts = [doubling(f"2 * n + {number} * 0") for number in range(8)]
    with ThreadPoolExecutor(8) as pool:
        scores = list(pool.map(lambda text: score(weak, text, dict(STDIN), timeout=60), texts))
    assert scores == [1.0] * 8


def test_a_worker_killed_at_work_fails_no_test(score, weak):
    with weak.killed_at_work():
        assert score(weak, doubling(before="import time; time.sleep(1)"), STDIN, timeout=60) == 1.0


def test_a_server_that_is_late_once_is_asked_again(score, weak, monkeypatch):
    """A 504 comes before verl's own time is up; what comes after it is the verdict."""
    from verl.utils.reward_score.sandbox_fusion import utils

    statuses = []
    post = utils.requests.post
    with weak.halted() as go_on:

        def watched(*args, **kwargs):
            answer = post(*args, **kwargs)
            statuses.append(answer.status_code)
            go_on()
            return answer

        monkeypatch.setattr(utils.requests, "post", watched)
        assert score(weak, doubling(), {"inputs": ["4"], "outputs": ["8"]}, timeout=1) == 1.0
    assert statuses[0] == 504


class Loop:
    """A reward manager of verl's own making, asked as its reward loop asks it."""

    def __init__(self, *overrides):
        from hydra import compose, initialize_config_module

        with initialize_config_module("verl.trainer.config", version_base=None):
            self.config = compose("ppo_trainer", list(overrides))
        self.tokenizer = Letters()

    def run(self, *texts, truth, source="taco"):
        return asyncio.run(self._run(texts, truth, source))

    async def _run(self, texts, truth, source):
        from verl.trainer.ppo.reward import load_reward_manager

        manager = load_reward_manager(self.config, self.tokenizer)
        return await asyncio.gather(*(manager.run_single(self._data(text, truth, source)) for text in texts))

    def _data(self, text, truth, source):
        import numpy as np
        import torch
        from verl import DataProto

        ids = torch.tensor([[ord(letter) for letter in text]])
        rows = {"data_source": source, "reward_model": {"ground_truth": truth}, "extra_info": {}}
        columns = {}
        for name, value in rows.items():
            columns[name] = np.empty(1, dtype=object)
            columns[name][0] = value
        tensors = {"responses": ids, "attention_mask": torch.ones_like(ids)}
        return DataProto.from_dict(tensors=tensors, non_tensors=columns)


class Letters:
    """A tokenizer of which each letter is a token."""

    def decode(self, ids, skip_special_tokens=True):
        return "".join(chr(number) for number in ids.tolist())


CUSTOM = [
    "reward.custom_reward_function.path=pkg://clients.adapters.verl",
    "reward.custom_reward_function.name=compute_score",
]


@pytest.fixture
def loop(needs):
    needs("verl", "ray", "tensordict", "hydra")
    return Loop


def test_our_function_in_its_reward_manager(loop, service):
    answers = loop(*CUSTOM).run(RIGHT, HALF, WRONG, "no program", truth=TESTS, source="anything")
    assert [answer["reward_score"] for answer in answers] == [1.0, 0.5, 0.0, 0.0]
    assert len({tuple(answer["reward_extra_info"]) for answer in answers}) == 1


def test_our_function_by_its_file(loop, service):
    from clients.adapters import verl as adapter

    by_file = [f"reward.custom_reward_function.path={adapter.__file__}", CUSTOM[1]]
    truth = {"inputs": [[[1, 2]]], "outputs": [3], "fn_name": "total"}
    (answer,) = loop(*by_file).run("```python\ndef total(xs): return sum(xs)\n```", truth=truth)
    assert answer["reward_score"] == 1.0


def test_a_method_with_a_name_of_the_standard_library(loop, score, service):
    """verl's client calls ``operator.add`` in its place; our function asks the program."""
    truth = {"inputs": ["1\n2", "3\n4"], "outputs": ["3", "7"], "fn_name": "add"}
    wrong = "```python\nclass Solution:\n    def add(self, a, b): return a * b + 1\n```"
    (answer,) = loop(*CUSTOM).run(wrong, truth=truth)
    assert answer["reward_score"] == 0.5
    assert score(service, wrong, truth) == 1.0


def test_the_url_option_in_its_reward_manager(loop, service):
    answers = loop(f"reward.sandbox_fusion.url={service.url}/run_code").run(
        doubling(), doubling("n + 1"), truth=json.dumps(STDIN)
    )
    assert [answer["reward_score"] for answer in answers] == pytest.approx([1.0, 1 / 3])


def test_our_function_survives_a_killed_worker_and_a_full_queue(loop, weak):
    with weak.killed_at_work():
        answers = loop(*CUSTOM).run(*(slow() for _ in range(6)), truth=TESTS)
    assert [answer["reward_score"] for answer in answers] == [1.0] * 6


def test_our_function_never_makes_a_zero_of_a_server_that_does_nothing(loop, weak, monkeypatch):
    monkeypatch.setenv("ACECODER_OPTIONS", '{"deadline_s": 2, "cache": false}')
    with weak.halted(), pytest.raises(NoVerdictError):
        loop(*CUSTOM).run(RIGHT, truth=TESTS)
