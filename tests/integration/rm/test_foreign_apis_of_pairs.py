"""The APIs that rank documents for a query, every answer whole; and what all foreign APIs refuse."""

import pytest

from tests.integration.rm.test_foreign_apis import (
    ANSWERS,
    BEGIN,
    END,
    LONGEST,
    OTHER,
    QUERY,
    near,
    rm,
    sigmoid,
    usage,
)

__all__ = ["rm"]
ASK = "Double it."


def chat_tokens(rm, answer):
    return len(rm.ids(f"<user>{ASK}{END}<assistant>{answer}{END}"))


# Scores of pairs


@pytest.mark.parametrize("path", ["/score", "/v1/score"])
@pytest.mark.parametrize("names", ["queries documents", "queries items", "text_1 text_2", "data_1 data_2"])
def test_vllm_score(rm, path, names):
    first, second = names.split()
    reply = rm.post(path, {"model": "m", first: ASK, second: ANSWERS})
    assert reply.pop("id").startswith("score-")
    assert type(reply.pop("created")) is int
    assert reply == {
        "object": "list",
        "model": rm.name,
        "data": [
            {"index": at, "object": "score", "score": near(rm.of_chat(ASK, answer))}
            for at, answer in enumerate(ANSWERS)
        ],
        "usage": usage(*(chat_tokens(rm, answer) for answer in ANSWERS)),
    }


def test_vllm_score_one_to_one_and_each_to_each(rm):
    one = rm.post("/score", {"text_1": ASK, "text_2": ANSWERS[0]})
    assert [each["score"] for each in one["data"]] == [near(rm.of_chat(ASK, ANSWERS[0]))]
    each = rm.post("/score", {"text_1": [ASK, "Halve it."], "text_2": ANSWERS[:2], "use_activation": True})
    expected = [sigmoid(rm.of_chat(ASK, ANSWERS[0])), sigmoid(rm.of_chat("Halve it.", ANSWERS[1]))]
    assert [pair["score"] for pair in each["data"]] == [near(number) for number in expected]


@pytest.mark.parametrize("path", ["/score", "/v1/score"])
def test_sglang_score(rm, path):
    reply = rm.post(path, {"query": ASK, "items": ANSWERS, "label_token_ids": None, "apply_softmax": False})
    assert reply == {
        "scores": [[near(rm.of_chat(ASK, answer))] for answer in ANSWERS],
        "pooled_hidden_states": None,
        "token_logprobs": None,
        "model": rm.name,
        "usage": usage(*(chat_tokens(rm, answer) for answer in ANSWERS)),
        "object": "scoring",
    }


def test_sglang_score_of_token_ids_and_of_written_texts(rm):
    head = f"{BEGIN}<user>{ASK}{END}<assistant>"
    expected = [[near(rm.of_text(head + answer + END))] for answer in ANSWERS]
    items = [rm.ids(answer + END) for answer in ANSWERS]
    assert rm.post("/v1/score", {"query": rm.ids(head), "items": items})["scores"] == expected
    texts = {"query": head, "items": [answer + END for answer in ANSWERS]}
    assert rm.post("/v1/score?rendered=true", texts)["scores"] == expected
    assert "?rendered=true" in rm.post("/v1/score", texts, 422)["detail"]


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"text_1": ["a", "b"], "text_2": ["a", "b", "c"]}, "2 text_1 for 3 text_2"),
        ({"text_1": "a"}, "text_1 and text_2"),
        ({"query": "a", "items": [[1]]}, "not both"),
        ({"query": "a", "items": ["b"], "apply_softmax": True}, "apply_softmax"),
        ({"query": "a", "items": ["b"], "item_first": True}, "item_first"),
        ({"query": "a", "items": ["b"], "label_token_ids": [1, 2]}, "scores no labels"),
        ({"text_1": "a", "text_2": "b", "instruction": "Judge."}, "instruction"),
    ],
)
def test_what_would_be_another_score_is_refused(rm, body, words):
    assert words in rm.post("/v1/score", body, 422)["detail"]


# Ranking


def ranked(rm):
    """Places and raw scores, best first."""
    scores = [rm.of_chat(ASK, answer) for answer in ANSWERS]
    return sorted(enumerate(scores), key=lambda pair: -pair[1])


@pytest.mark.parametrize("path", ["/rerank", "/v1/rerank"])
def test_jina_and_vllm_rerank(rm, path):
    answer = rm.http.post(path, json={"model": "m", "query": ASK, "documents": ANSWERS, "top_n": 0})
    reply = answer.json()
    assert reply.pop("id").startswith("rerank-")
    assert reply == {
        "model": rm.name,
        "usage": usage(*(chat_tokens(rm, each) for each in ANSWERS)),
        "results": [
            {
                "index": at,
                "document": {"text": ANSWERS[at], "multi_modal": None},
                "relevance_score": near(score),
            }
            for at, score in ranked(rm)
        ],
    }
    assert answer.headers["x-score-activation"] == "none"


def test_cohere_rerank_is_between_0_and_1_in_the_same_order(rm):
    documents = [ANSWERS[0], {"text": ANSWERS[1], "title": "t"}, ANSWERS[2]]
    answer = rm.http.post("/v2/rerank", json={"model": "m", "query": ASK, "documents": documents, "top_n": 2})
    reply = answer.json()
    assert reply.pop("id")
    tokens = sum(chat_tokens(rm, each) for each in ANSWERS)
    assert reply == {
        "results": [{"index": at, "relevance_score": near(sigmoid(score))} for at, score in ranked(rm)[:2]],
        "meta": {"api_version": {"version": "2"}, "tokens": {"input_tokens": tokens}},
    }
    assert answer.headers["x-score-activation"] == "sigmoid"


@pytest.mark.parametrize(
    ("path", "options", "activation"),
    [
        ("/rerank", {}, "none"),
        ("/rerank", {"raw_scores": True}, "none"),
        ("/rerank", {"raw_scores": False}, "sigmoid"),
        ("/v1/rerank", {"use_activation": True}, "sigmoid"),
        ("/v2/rerank", {"use_activation": False}, "none"),
    ],
)
@pytest.mark.parametrize("field", ["texts", "documents"])
def test_the_body_decides_what_is_applied(rm, path, options, activation, field):
    answer = rm.http.post(path, json={"query": ASK, field: ANSWERS, **options})
    assert answer.headers["x-score-activation"] == activation
    reply = answer.json()
    numbers = [each["score"] for each in reply] if field == "texts" else reply["results"]
    numbers = numbers if field == "texts" else [each["relevance_score"] for each in numbers]
    apply = sigmoid if activation == "sigmoid" else float
    assert numbers == [near(apply(score)) for _, score in ranked(rm)]


def test_tei_rerank(rm):
    reply = rm.post("/rerank", {"query": ASK, "texts": ANSWERS, "raw_scores": True})
    assert reply == [{"index": at, "score": near(score)} for at, score in ranked(rm)]
    shown = rm.post("/rerank", {"query": ASK, "texts": ANSWERS, "raw_scores": True, "return_text": True})
    assert shown == [{"index": at, "score": near(score), "text": ANSWERS[at]} for at, score in ranked(rm)]


def test_tei_truncates_in_the_middle_when_asked(rm):
    long = "a" * (LONGEST + 100) + "the end"
    body = {"query": ASK, "texts": ["short", long]}
    assert rm.post("/rerank", body, 422)["errors"][0]["field"] == "texts[1]"
    answer = rm.http.post("/rerank", json={**body, "truncate": True})
    assert len(answer.json()) == 2
    assert answer.headers["x-truncated"] == "1"


def test_sglang_rerank(rm):
    reply = rm.post("/v1/rerank?answer=list", {"query": ASK, "documents": ANSWERS})
    for each in reply:
        assert each["meta_info"].pop("id")
    assert reply == [
        {
            "score": near(score),
            "document": ANSWERS[at],
            "index": at,
            "meta_info": {"prompt_tokens": chat_tokens(rm, ANSWERS[at])},
        }
        for at, score in ranked(rm)
    ]


def test_nothing_to_rank(rm):
    assert rm.post("/rerank", {"query": ASK, "documents": []})["results"] == []
    assert rm.post("/rerank", {"query": ASK, "texts": []}) == []
    assert rm.post("/v1/embeddings", {"input": []})["data"] == []
    assert "give 'documents'" in rm.post("/rerank", {"query": ASK}, 422)["detail"]


# What every API answers to a row that cannot be scored

LONG = "a" * (LONGEST + 1)
WRONG = [
    ("/get_reward", {"query": [QUERY, LONG]}, "query[1]"),
    ("/get_reward", {"query": [QUERY, ""]}, "query[1]"),
    ("/classify", {"input": [QUERY, LONG]}, "input[1]"),
    ("/classify", {"input": [[1, 2], [1, 9999]]}, "input[1]"),
    ("/classify", {"input": [[1, 2], []]}, "input[1]"),
    ("/classify", {"messages": [{"role": "assistant", "content": " "}]}, "messages"),
    ("/classify", {"text": LONG}, "text[0]"),
    ("/v1/embeddings", {"input": [[-1]]}, "input[0]"),
    ("/v1/score", {"query": ASK, "items": ["a", ""]}, "items[1]"),
    ("/score", {"text_1": ASK, "text_2": ["a", LONG]}, "text_2[1]"),
    ("/rerank", {"query": ASK, "documents": ["a", " "]}, "documents[1]"),
    ("/rerank", {"query": ASK, "texts": ["a", LONG]}, "texts[1]"),
    ("/v1/score/evaluation", {"messages": [OTHER, LONG]}, "messages[1]"),
    ("/rm", {"prompt": ASK, "response": ""}, "response"),
]


@pytest.mark.parametrize(("path", "body", "field"), WRONG)
def test_a_row_that_cannot_be_scored_is_named_and_nothing_is_made_up(rm, path, body, field):
    reply = rm.post(path, body, 422)
    (error,) = reply["errors"]
    assert error["field"] == field
    assert error["message"] in reply["detail"]


def test_half_a_surrogate_pair_is_read(rm):
    answer = rm.http.post("/rm", content='{"prompt": "Q", "response": "\\ud800"}')
    assert type(answer.json()) is float
