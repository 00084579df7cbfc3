"""A request is what the server accepts; after a refusal less is sent, and what worked is remembered."""

import pytest

from services.synth.llm.dialect import ChatRequest, Dialect, body_of, narrow, without_prefill
from services.synth.llm.model import Sampling

MESSAGES = [{"role": "user", "content": "Hi"}]
PREFILLED = [*MESSAGES, {"role": "assistant", "content": "```"}]
SCHEMA = {"type": "object"}
EVERYTHING = ChatRequest(
    PREFILLED, Sampling(0.7, 0.9, 100, 5), SCHEMA, "rewrite", {"top_k": 0}, first=3, count=4
)
LLAMA_N = "HTTP 400: invalid_request_error 400 Field 'n': Value must be between 1 <= value <= 8, but got 64"
LLAMA_LONG = "HTTP 400: exceed_context_size_error 400 request (40030 tokens) exceeds the available context size (2048 tokens), try increasing it"
VLLM_LONG = "HTTP 400: BadRequestError 400 This model's maximum context length is 2048 tokens. However, your prompt contains at least 2049 input tokens"
AZURE = "HTTP 400: content_filter The response was filtered due to the prompt triggering Azure OpenAI's content management policy"


def test_a_body_has_all_that_was_asked_for():
    body = body_of(EVERYTHING, Dialect())
    assert body == {
        "messages": PREFILLED, "temperature": 0.7, "top_p": 0.9, "max_tokens": 100, "seed": 8, "n": 4, "top_k": 0,
        "response_format": {
            "type": "json_schema", "json_schema": {"name": "rewrite", "schema": SCHEMA, "strict": True}
        },
        "continue_final_message": True, "add_generation_prompt": False,
    }  # fmt: skip


def test_a_request_without_seed_schema_and_prefill_has_none():
    request = ChatRequest(MESSAGES, Sampling(seed=None), None, "solve")
    assert set(body_of(request, Dialect())) == {"messages", "temperature", "top_p", "max_tokens"}


@pytest.mark.parametrize("message", [LLAMA_LONG, VLLM_LONG, AZURE, "HTTP 400: context_length_exceeded"])
def test_a_conversation_that_cannot_be_answered_is_not_sent_in_a_smaller_request(message):
    assert narrow(Dialect(), EVERYTHING, message) is None


def test_choices_are_halved_then_the_prefills_fields_then_the_schema_is_left_out():
    dialects = [Dialect()]
    while dialect := narrow(dialects[-1], EVERYTHING, LLAMA_N):
        dialects.append(dialect)
    assert dialects == [
        Dialect(),
        Dialect(most_choices=2),
        Dialect(most_choices=1),
        Dialect(most_choices=1, continues=False),
        Dialect(most_choices=1, continues=False, has_schema=False),
    ]
    assert "response_format" not in body_of(EVERYTHING, dialects[-1])


@pytest.mark.parametrize(
    ("message", "dialect"),
    [
        (
            "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.",
            Dialect(tokens_field="max_completion_tokens"),
        ),
        (
            "Unsupported value: 'temperature' does not support 0.7 with this model. Only the default (1) value is supported.",
            Dialect(omitted=frozenset({"temperature"})),
        ),
    ],
)
def test_a_field_that_is_refused_by_name_is_left_out_at_once(message, dialect):
    assert narrow(Dialect(), EVERYTHING, message) == dialect
    body = body_of(EVERYTHING, dialect)
    assert "max_completion_tokens" in body or "temperature" not in body


def test_what_parallel_requests_learned_is_merged():
    one = Dialect(has_schema=False, most_choices=4)
    other = Dialect(most_choices=2, tokens_field="max_completion_tokens", omitted=frozenset({"seed"}))
    merged = Dialect(False, 2, "max_completion_tokens", True, frozenset({"seed"}))
    assert one.merged(other) == other.merged(one) == merged


def test_a_repeated_prefill_is_removed():
    assert without_prefill(EVERYTHING, "```python") == "python"
    assert without_prefill(EVERYTHING, "python") == "python"
    assert without_prefill(ChatRequest(MESSAGES, Sampling(), None, "x"), "Hi") == "Hi"
