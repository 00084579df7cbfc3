"""The backend with vLLM in this process, tested with a FAKE of its class: vLLM cannot be installed here."""

import sys
import threading
from types import ModuleType, SimpleNamespace

import pytest
from starlette.testclient import TestClient

from services.rm.app import create_app, make_backend
from services.rm.backends import vllm_local
from services.rm.models.checkpoint import CheckpointError
from services.rm.settings import RmSettings
from tests.support.tiny_models import save_classification, tokenizer
from tests.unit.rm.fake_servers import score_of


class PoolingParams:
    """FAKE."""

    def __init__(self, *, task, use_activation):
        self.task, self.use_activation = task, use_activation


class LLM:
    """FAKE: a class that scores tokens by their sum."""

    made = None

    def __init__(self, model, *, runner, tokenizer, revision, dtype, max_model_len, enable_prefix_caching):
        LLM.made = self
        self.runner, self.calls, self.fails = runner, [], ""
        self.is_shut_down = False
        self.dies = None
        self.resources = SimpleNamespace(engine_dead=False)
        self.llm_engine = SimpleNamespace(
            model_config=SimpleNamespace(max_model_len=max_model_len or 300),
            engine_core=SimpleNamespace(shutdown=self.shut_down, resources=self.resources),
        )

    def shut_down(self):
        self.is_shut_down = True

    def classify(self, prompts, /, *, pooling_params, use_tqdm):
        assert pooling_params.task == "classify"
        assert pooling_params.use_activation is False
        if self.fails:
            raise RuntimeError(self.fails)
        if self.dies:  # as in vLLM 0.32, where a thread notices the death and the call waits for ever
            self.resources.engine_dead = True
            self.dies.wait()
        ids = [prompt["prompt_token_ids"] for prompt in prompts]
        self.calls.append(ids)
        return [SimpleNamespace(outputs=SimpleNamespace(probs=[score_of(tokens)])) for tokens in ids]


@pytest.fixture
def settings(tmp_path):
    save_classification(tmp_path)
    return RmSettings(model=str(tmp_path), backend="vllm", window_s=0.02, _env_file=None)


@pytest.fixture
def client(settings, monkeypatch):
    vllm = ModuleType("vllm")
    vllm.LLM, vllm.PoolingParams = LLM, PoolingParams
    monkeypatch.setitem(sys.modules, "vllm", vllm)
    app = create_app(settings, make_backend(settings))
    return TestClient(app, client=("127.0.0.1", 1), base_url="http://127.0.0.1")


@pytest.fixture
def http(client):
    with client:
        yield client


def ask(http, *candidates, prompt="A question, long enough."):
    response = http.post("/v1/scores", json={"groups": [{"prompt": prompt, "candidates": candidates}]})
    return response.json()["groups"][0]["scores"]


def ids_of(answer, prompt="A question, long enough."):
    return tokenizer()(f"<user>{prompt}<end><assistant>{answer}<end>", add_special_tokens=False)["input_ids"]


def test_one_candidate_of_a_group_is_scored_before_the_others_and_scores_are_raw(http):
    texts = ["a", "bb", "ccc"]
    assert [score["score"] for score in ask(http, *texts)] == [score_of(ids_of(text)) for text in texts]
    first, rest = LLM.made.calls
    assert (len(first), len(rest)) == (1, 2)
    assert sorted(first + rest) == sorted(ids_of(text) for text in texts)
    assert LLM.made.runner == "pooling"
    info = http.get("/v1/model").json()
    assert (info["backend"], info["max_tokens"]) == ("vLLM", 300)


def test_a_candidate_that_is_too_long_is_not_sent_to_vllm(http):
    assert "takes 300" in ask(http, "x" * 300)[0]["error"]
    assert LLM.made.calls == []


def test_a_failing_engine_gives_retryable_errors_and_is_not_ready(http):
    LLM.made.fails = "EngineDeadError"
    (score,) = ask(http, "a")
    assert (score["score"], score["retryable"]) == (None, True)
    assert "EngineDeadError" in http.get("/readyz").json()["model"]
    LLM.made.fails = ""
    assert ask(http, "a")[0]["score"] == score_of(ids_of("a"))
    assert http.get("/readyz").json() == {"model": "ok"}


def test_an_engine_that_dies_during_a_call_gives_errors_at_once(http, monkeypatch):
    monkeypatch.setattr(vllm_local, "ENGINE_POLL_S", 0.01)
    LLM.made.dies = threading.Event()
    for _ in range(2):  # a later request does not wait for the call that never ends
        (score,) = ask(http, "a")
        assert (score["score"], score["retryable"]) == (None, True)
        assert "vLLM's engine died; its log has the reason; restart the service" in score["error"]
    assert "vLLM's engine died" in http.get("/readyz").json()["model"]
    LLM.made.dies.set()


def test_without_vllm_the_error_names_the_extra_to_install(settings, monkeypatch):
    monkeypatch.setitem(sys.modules, "vllm", None)
    with pytest.raises(CheckpointError, match="the extra 'vllm'"):
        make_backend(settings)


def test_its_processes_end_with_the_service(client):
    with client:
        assert not LLM.made.is_shut_down
    assert LLM.made.is_shut_down
