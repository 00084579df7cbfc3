"""Replies of servers become texts with tokens and costs, whatever a server leaves out."""

import pytest

from services.synth.llm.endpoint import replies_of
from services.synth.llm.faults import BrokenReplyError
from services.synth.llm.options import EndpointOptions

PRICES = EndpointOptions(url="http://h/v1", input_price=1.0, output_price=2.0)


def completion(*choices, usage=None, **more):
    return {
        "choices": [{"message": message, **fields} for message, fields in choices],
        "usage": usage,
        **more,
    }


def test_tokens_of_several_choices_are_shared_and_the_prompts_are_paid_once():
    choice = ({"content": "x"}, {"finish_reason": "stop"})
    replies = replies_of(
        completion(choice, choice, choice, usage={"prompt_tokens": 10, "completion_tokens": 8}), PRICES
    )
    assert [(reply.prompt_tokens, reply.completion_tokens) for reply in replies] == [(10, 4), (0, 2), (0, 2)]
    assert sum(reply.cost_usd for reply in replies) == pytest.approx((10 + 2 * 8) / 1e6)


def test_llama_cpp_counts_the_tokens_of_the_first_choice_only():
    choices = [({"content": "x" * length}, {"finish_reason": "stop"}) for length in (10, 20)]
    usage = {"prompt_tokens": 41, "completion_tokens": 6}
    replies = replies_of(completion(*choices, usage=usage, timings={"predicted_n": 6}), PRICES)
    assert [reply.completion_tokens for reply in replies] == [6, 12]


def test_a_refusal_is_a_text_with_its_own_finish_reason():
    (reply,) = replies_of(
        completion(({"content": None, "refusal": "I cannot."}, {"finish_reason": "stop"})), PRICES
    )
    assert (reply.text, reply.finish_reason) == ("I cannot.", "refusal")


def test_missing_parts_are_empty():
    (reply,) = replies_of(completion(({"content": None}, {})), PRICES)
    assert (reply.text, reply.finish_reason, reply.cost_usd) == ("", "stop", 0.0)


@pytest.mark.parametrize("choices", [[], [(None, {})], [({"content": ["parts"]}, {})]])
def test_a_reply_without_text_is_broken(choices):
    with pytest.raises(BrokenReplyError):
        replies_of(completion(*choices), PRICES)


@pytest.mark.parametrize("reply", [None, "text", [1], {"choices": {"0": 1}}, {"choices": ["text"]}])
def test_json_that_is_no_completion_is_broken(reply):
    with pytest.raises(BrokenReplyError):
        replies_of(reply, PRICES)
