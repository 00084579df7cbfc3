"""OpenRLHF's and verl's own clients of reward models, and OpenAI's, against our reward-model service.

The service is a process of its own with a tiny model; what scores should be, a forward pass of that model says.
``make compat-a`` has the frameworks; elsewhere the tests skip.
"""

import asyncio
import threading
from types import SimpleNamespace

import pytest

from tests.compat.test_openrlhf import END as POLICYS_END
from tests.compat.test_openrlhf import Engine, Letters

pytest.importorskip(
    "torch", reason="not installed here: torch; 'make compat-a' makes an environment that has it"
)
pytest.importorskip("transformers", reason="not installed here: transformers; see 'make compat-a'")

from transformers import AutoTokenizer

from tests.conftest import wait_until
from tests.support.rm_process import TinyModel, free_port, service_process
from tests.support.tiny_models import tokenizer

QUESTION = "Double what is given, whatever it is."
ANSWERS = [f"def f(x): return {number} * x" for number in range(16)]


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    return TinyModel(tmp_path_factory.mktemp("model"))


@pytest.fixture(scope="module")
def rm(model):
    with service_process(model.folder) as running:
        yield running


@pytest.fixture
def of_text(model):
    words = AutoTokenizer.from_pretrained(model.folder)
    return lambda text: pytest.approx(
        model.of_ids(words(text, add_special_tokens=False)["input_ids"]), abs=1e-5
    )


# OpenRLHF


PROMPT = f"<begin><user>{QUESTION}<end><assistant>"


@pytest.fixture
def executor(needs):
    needs("openrlhf")
    from openrlhf.utils.agent import SingleTurnAgentExecutor

    return SingleTurnAgentExecutor


def fetch(executor, url, queries):
    asked = executor(url)._fetch_rewards_via_http(queries, [PROMPT] * len(queries), [None] * len(queries))
    return asyncio.run(asked)


def test_openrlhf_by_url(executor, rm, of_text):
    queries = [PROMPT + answer + "<end>" for answer in ANSWERS]
    (told,) = fetch(executor, f"{rm.url}/get_reward", queries)
    assert told["rewards"] == told["scores"] == [of_text(query) for query in queries]


def test_openrlhf_shares_the_work_between_urls(executor, rm, of_text):
    queries = [PROMPT + answer + "<end>" for answer in ANSWERS[:3]]
    parts = fetch(executor, [f"{rm.url}/get_reward"] * 2, queries)
    assert [reward for part in parts for reward in part["rewards"]] == [of_text(query) for query in queries]


def test_openrlhf_a_whole_rollout(executor, rm, of_text):
    params = SimpleNamespace(max_tokens=1000, logprobs=None)
    rollout = executor(f"{rm.url}/get_reward").execute(
        PROMPT, "label", params, 4000, Letters(), Engine(ANSWERS[0])
    )
    told = asyncio.run(rollout)
    assert told["reward"] == told["scores"] == [of_text(PROMPT + ANSWERS[0] + POLICYS_END)]
    assert set(told["extra_logs"]) == {"rm_score", "rm_tokens"}


def test_openrlhf_a_query_that_cannot_be_scored_is_no_reward(executor, rm):
    params = SimpleNamespace(max_tokens=100_000, logprobs=None)
    engine = Engine("x" * 40_000)
    rollout = executor(f"{rm.url}/get_reward").execute(PROMPT, "label", params, 100_000, Letters(), engine)
    assert asyncio.run(rollout)["reward"] is None


# verl


class Data:
    """Samples as verl's trainer hands them to its reward loop."""

    def __init__(self, answers):
        import numpy as np
        import torch
        from verl import DataProto

        words = tokenizer()
        rows = [words(answer + "<end>", add_special_tokens=False)["input_ids"] for answer in answers]
        longest = max(map(len, rows))
        pad = words.pad_token_id
        tensors = {
            "responses": torch.tensor([row + [pad] * (longest - len(row)) for row in rows]),
            "attention_mask": torch.tensor([[1] * len(row) + [0] * (longest - len(row)) for row in rows]),
        }
        prompts = np.empty(len(rows), dtype=object)
        prompts[:] = [[{"role": "user", "content": QUESTION}] for _ in rows]
        self.proto = DataProto.from_dict(tensors=tensors, non_tensors={"raw_prompt": prompts})


def loop(address, engine):
    """verl's worker without its start, which loads configurations and a policy's tokenizer by name."""
    from hydra import compose, initialize_config_module
    from verl.experimental.reward_loop.reward_loop import RewardLoopWorker

    overrides = ["reward.reward_model.enable=true", "reward.reward_model.model_path=rm"]
    with initialize_config_module("verl.trainer.config", version_base=None):
        config = compose("ppo_trainer", [*overrides, f"reward.reward_model.rollout.name={engine}"])
    worker = RewardLoopWorker.__new__(RewardLoopWorker)
    worker.config = config
    worker.reward_router_address = address
    worker.input_tokenizer = worker.reward_model_tokenizer = tokenizer()
    return worker


def expected(of_text, answers):
    return [of_text(f"<user>{QUESTION}<end><assistant>{answer}<end>") for answer in answers]


@pytest.fixture
def verl(needs):
    needs("verl", "ray", "tensordict", "hydra")


@pytest.mark.parametrize("engine", ["vllm", "sglang"])
def test_verl_one_call_a_sample(verl, rm, of_text, engine):
    told = asyncio.run(loop(rm.address, engine).compute_score_batch(Data(ANSWERS).proto))
    assert [each["reward_score"] for each in told] == expected(of_text, ANSWERS)


def test_verl_calls_of_one_prompt_are_computed_together(verl, model, of_text):
    with service_process(model.folder) as fresh:
        asyncio.run(loop(fresh.address, "vllm").compute_score_batch(Data(ANSWERS).proto))
        told = fresh.metrics()
    assert told["rm_batch_candidates_sum"] / told["rm_batch_candidates_count"] > 1
    assert told['rm_tokens_total{kind="shared"}'] > 0


def test_verl_waits_for_a_service_that_is_late(verl, model, of_text):
    """It tries again after a refused connection and after 5xx."""
    port = free_port()
    found = []

    def ask():
        found.append(
            asyncio.run(loop(f"127.0.0.1:{port}", "vllm").compute_score_batch(Data(ANSWERS[:1]).proto))
        )

    asking = threading.Thread(target=ask)
    asking.start()
    with service_process(model.folder, port=port):
        wait_until(lambda: not asking.is_alive(), timeout_s=120)
    assert [each["reward_score"] for each in found[0]] == expected(of_text, ANSWERS[:1])


def test_verl_stops_at_a_sample_that_cannot_be_scored(verl, rm):
    import aiohttp

    with pytest.raises(aiohttp.ClientResponseError) as told:
        asyncio.run(loop(rm.address, "vllm").compute_score_batch(Data(["x" * 40_000]).proto))
    assert told.value.status == 422


# OpenAI


def test_openai_client(needs, rm, of_text):
    """Asks for base64 unless told otherwise."""
    needs("openai")
    import openai

    text = f"<user>{QUESTION}<end><assistant>{ANSWERS[0]}<end>"
    client = openai.OpenAI(base_url=f"{rm.url}/v1", api_key="none")
    told = client.embeddings.create(model="rm", input=[text])
    assert told.data[0].embedding == [of_text(text)]
    plain = client.embeddings.create(model="rm", input=text, encoding_format="float")
    assert plain.data[0].embedding == [of_text(text)]
