"""The foreign APIs of the reward model, every answer whole: shapes as their own servers write them, numbers as an
independent forward pass of the model gives them."""

import base64
import math
import struct
from typing import NamedTuple

import pytest
import torch
from starlette.testclient import TestClient
from tokenizers.processors import TemplateProcessing

from services.rm.app import create_app, make_backend
from services.rm.settings import RmSettings
from tests.support.tiny_models import save_classification, tokenizer

torch.set_num_threads(1)
BEGIN, END = "<begin>", "<end>"
LONGEST = 400


class Service(NamedTuple):
    """A client of the running application, and the model by itself."""

    http: TestClient
    model: torch.nn.Module
    tokenizer: object
    name: str

    def post(self, path, body, status=200):
        answer = self.http.post(path, json=body)
        assert answer.status_code == status, answer.text
        return answer.json()

    def ids(self, text):
        return self.tokenizer(text, add_special_tokens=False)["input_ids"]

    def of_ids(self, ids):
        with torch.inference_mode():
            # transformers' own ``logits`` skip what has the id of padding, wherever it stands
            hidden = self.model.model(input_ids=torch.tensor([ids])).last_hidden_state[0, -1]
            return float(self.model.score(hidden)[0])

    def of_text(self, text):
        return self.of_ids(self.ids(text))

    def of_chat(self, question, answer):
        return self.of_text(f"<user>{question}{END}<assistant>{answer}{END}")


@pytest.fixture(scope="module")
def rm(tmp_path_factory):
    folder = tmp_path_factory.mktemp("model")
    model = save_classification(folder)
    words = tokenizer()
    # Writes its own token for the beginning, as Llama's does.
    words.backend_tokenizer.post_processor = TemplateProcessing(
        single=f"{BEGIN} $A", special_tokens=[(BEGIN, words.bos_token_id)]
    )
    words.save_pretrained(folder)
    settings = RmSettings(model=str(folder), max_tokens=LONGEST, _env_file=None)
    app = create_app(settings, make_backend(settings))
    with TestClient(app, client=("127.0.0.1", 1), base_url="http://127.0.0.1") as http:
        yield Service(http, model, words, str(folder))


def near(number):
    return pytest.approx(number, abs=1e-5)


def sigmoid(number):
    return 1 / (1 + math.exp(-number))


def usage(*counts):
    return {"prompt_tokens": sum(counts), "total_tokens": sum(counts), "completion_tokens": 0}


QUERY = f"{BEGIN}<user>Double it.{END}<assistant>def f(x): return x + x{END}"
OTHER = f"{BEGIN}<user>Double it.{END}<assistant>def f(x): return None{END}"
ANSWERS = ["def f(x): return x + x", "def f(x): return None", "I cannot."]


# OpenRLHF


def test_openrlhf(rm):
    reply = rm.post("/get_reward", {"query": [QUERY, OTHER], "prompts": ["p", "p"], "labels": ["l", None]})
    scores = [near(rm.of_text(QUERY)), near(rm.of_text(OTHER))]
    tokens = [float(len(rm.ids(QUERY))), float(len(rm.ids(OTHER)))]
    assert reply == {
        "rewards": scores,
        "scores": scores,
        "extra_logs": {"rm_score": scores, "rm_tokens": tokens},
    }
    assert all(type(value) is float for column in reply["extra_logs"].values() for value in column)


def test_openrlhf_never_reads_two_beginnings_nor_makes_one(rm):
    twice = rm.post("/get_reward", {"query": [BEGIN + QUERY]})
    assert twice["rewards"] == [near(rm.of_text(QUERY))]
    none = rm.post("/get_reward", {"query": [QUERY.removeprefix(BEGIN)]})
    assert none["rewards"] == [near(rm.of_text(QUERY.removeprefix(BEGIN)))]
    assert twice["rewards"] != none["rewards"]


def test_openrlhf_empty_batch_keeps_its_columns(rm):
    none = rm.post("/get_reward", {"query": [], "prompts": [], "labels": []})
    assert none == {"rewards": [], "scores": [], "extra_logs": {"rm_score": [], "rm_tokens": []}}


def test_openrlhf_lone_sample_without_lists(rm):
    reply = rm.post("/get_reward/", {"query": QUERY, "prompts": "p", "labels": "l"})
    assert reply["rewards"] == [near(rm.of_text(QUERY))]


# vLLM


@pytest.mark.parametrize(
    "kind", ["text", "texts", "ids", "lists of ids", "no special tokens", "written beginning"]
)
def test_vllm_classify(rm, kind):
    text = QUERY.removeprefix(BEGIN)
    ids = rm.ids(text)
    body, seen = {
        "text": ({"input": text}, [BEGIN + text]),
        "texts": ({"input": [text, OTHER]}, [BEGIN + text, OTHER]),
        "ids": ({"input": ids}, [text]),
        "lists of ids": ({"input": [ids, rm.ids(OTHER)]}, [text, OTHER]),
        "no special tokens": ({"input": text, "add_special_tokens": False}, [text]),
        "written beginning": ({"input": [QUERY]}, [QUERY]),
    }[kind]
    reply = rm.post("/classify", {"model": "anything", "use_activation": False, **body})
    assert reply.pop("id").startswith("classify-")
    assert type(reply.pop("created")) is int
    assert reply == {
        "object": "list",
        "model": rm.name,
        "data": [
            {"index": at, "label": None, "probs": [near(rm.of_text(each))], "num_classes": 1}
            for at, each in enumerate(seen)
        ],
        "usage": usage(*(len(rm.ids(each)) for each in seen)),
    }


def test_vllm_classify_is_raw_unless_the_body_says_otherwise(rm):
    raw = rm.of_text(QUERY)
    for use_activation, expected, header in (
        (None, raw, "none"),
        (False, raw, "none"),
        (True, sigmoid(raw), "sigmoid"),
    ):
        answer = rm.http.post("/classify", json={"input": QUERY, "use_activation": use_activation})
        assert answer.json()["data"][0]["probs"] == [near(expected)]
        assert answer.headers["x-score-activation"] == header


def test_vllm_classify_a_conversation(rm):
    parts = [{"type": "text", "text": "Double"}, {"type": "text", "text": "it."}]
    messages = [{"role": "user", "content": parts}, {"role": "assistant", "content": "Yes.", "name": None}]
    reply = rm.post("/classify", {"messages": messages, "add_generation_prompt": False})
    assert reply["data"][0]["probs"] == [near(rm.of_chat("Double\nit.", "Yes."))]
    plain = rm.post("/classify?format=plain", {"messages": messages})
    assert plain["data"][0]["probs"] == [near(rm.of_text(f"Double\nit.\nYes.{END}"))]


@pytest.mark.parametrize(
    ("extra", "words"),
    [
        ({"messages": [{"role": "user", "content": "Q"}]}, "the last message is scored"),
        ({"messages": []}, "the last message is scored"),
        (
            {"messages": [{"role": "assistant", "content": "A"}], "add_generation_prompt": True},
            "add_generation",
        ),
        ({"messages": [{"role": "assistant", "content": "A"}], "chat_template": "{{ x }}"}, "chat_template"),
        (
            {"messages": [{"role": "assistant", "content": "A"}], "chat_template_kwargs": {"x": 1}},
            "chat_template_kw",
        ),
        ({"input": "a", "text": "b"}, "input and text"),
        ({}, "give one of input, messages, text, input_ids"),
        ({"input": ["a", 1]}, "a list of texts"),
        ({"input": [True]}, "a list of texts"),
        ({"input": None}, "give one of"),
    ],
)
def test_what_would_be_scored_otherwise_than_asked_is_refused(rm, extra, words):
    assert words in rm.post("/classify", extra, 422)["detail"]


def test_vllm_truncation_keeps_the_end(rm):
    ids = rm.ids(QUERY)
    message = {"input": ids, "truncate_prompt_tokens": 20}
    answer = rm.http.post("/classify", json=message)
    assert answer.json()["data"][0]["probs"] == [near(rm.of_ids(ids[-20:]))]
    assert answer.headers["x-truncated"] == "1"
    assert "lose the end" in rm.post("/classify", {**message, "truncation_side": "right"}, 422)["detail"]
    whole = {**message, "truncation_side": "right", "truncate_prompt_tokens": len(ids)}
    assert rm.post("/classify", whole)["data"][0]["probs"] == [near(rm.of_ids(ids))]
    long = list(range(97, 117)) * 30
    limit = rm.post("/classify", {"input": long, "truncate_prompt_tokens": -1})
    assert limit["data"][0]["probs"] == [near(rm.of_ids(long[-LONGEST:]))]
    assert (
        f"{LONGEST}"
        in rm.post("/classify", {"input": long, "truncate_prompt_tokens": LONGEST + 1}, 422)["detail"]
    )
    assert (
        "no token would be left to score"
        in rm.post("/classify", {**message, "truncate_prompt_tokens": 0}, 422)["detail"]
    )


# SGLang


@pytest.mark.parametrize("path", ["/classify", "/encode"])
def test_sglang_classify(rm, path):
    reply = rm.post(path, {"text": [QUERY, OTHER], "rid": ["one", "two"]})
    for each, text, rid in zip(reply, (QUERY, OTHER), ("one", "two"), strict=True):
        meta = each.pop("meta_info")
        assert 0 <= meta.pop("e2e_latency") < 100
        assert 0 <= meta.pop("cached_tokens") <= len(rm.ids(text))
        assert meta == {"id": rid, "prompt_tokens": len(rm.ids(text))}
        assert each == {"embedding": [near(rm.of_text(text))]}
    lone = rm.post(path, {"input_ids": rm.ids(OTHER)})
    assert lone["embedding"] == [near(rm.of_text(OTHER))]
    assert lone["meta_info"]["cached_tokens"] == lone["meta_info"]["prompt_tokens"]
    lists = rm.post(path, {"input_ids": [rm.ids(OTHER)]})
    assert [each["embedding"] for each in lists] == [lone["embedding"]]
    assert rm.post(path, {"text": QUERY})["embedding"] == [near(rm.of_text(QUERY))]


def test_sglang_embeddings(rm):
    reply = rm.post("/v1/embeddings", {"model": "anything", "input": [QUERY, OTHER]})
    assert reply == {
        "object": "list",
        "data": [
            {"object": "embedding", "index": at, "embedding": [near(rm.of_text(text))]}
            for at, text in enumerate((QUERY, OTHER))
        ],
        "model": rm.name,
        "usage": usage(len(rm.ids(QUERY)), len(rm.ids(OTHER))),
    }


def test_openai_client_asks_for_base64(rm):
    (reply,) = rm.post("/v1/embeddings", {"input": QUERY, "encoding_format": "base64"})["data"]
    assert struct.unpack("<f", base64.b64decode(reply["embedding"])) == (near(rm.of_text(QUERY)),)
    assert "dimensions" in rm.post("/v1/embeddings", {"input": QUERY, "dimensions": 64}, 422)["detail"]


# LLaMA-Factory


def test_llama_factory(rm):
    reply = rm.post("/v1/score/evaluation", {"model": "m", "messages": [QUERY, OTHER.removeprefix(BEGIN)]})
    assert reply.pop("id").startswith("scoreval-")
    assert reply == {
        "object": "score.evaluation",
        "model": rm.name,
        "scores": [near(rm.of_text(QUERY)), near(rm.of_text(OTHER))],
    }
    short = {"messages": ["x", QUERY], "max_length": 20}
    (error,) = rm.post("/v1/score/evaluation", short, 422)["errors"]
    assert error["field"] == "messages[1]"


# slime


def test_slime_answers_a_bare_number(rm):
    body = {
        "prompt": [{"role": "user", "content": "Double it."}],
        "response": ANSWERS[0] + END,
        "label": None,
    }
    assert rm.post("/rm", body) == near(rm.of_chat("Double it.", ANSWERS[0]))
    answer = rm.http.post("/rm/?answer=object", json=body)
    tokens = len(rm.ids(f"<user>Double it.{END}<assistant>{ANSWERS[0]}{END}"))
    assert answer.json() == {"score": near(rm.of_chat("Double it.", ANSWERS[0])), "tokens": tokens}


def test_slime_prompt_as_text_is_what_the_url_says(rm):
    prompt = f"{BEGIN}<user>Double it.{END}<assistant>"
    body = {"prompt": prompt, "response": ANSWERS[0] + END}
    assert rm.post("/rm?rendered=true", body) == near(rm.of_text(prompt + ANSWERS[0] + END))
    score = rm.post("/rm?rendered=false", {**body, "prompt": f"What is {END}?"})
    assert score == near(rm.of_chat(f"What is {END}?", ANSWERS[0]))
    assert "?rendered=true" in rm.post("/rm", body, 422)["detail"]
    assert rm.post("/rm", {**body, "prompt": "Double it."}) == near(rm.of_chat("Double it.", ANSWERS[0]))
    assert "no_such" in rm.post("/rm?no_such=1", body, 422)["detail"]
