"""Completions in the shapes of frameworks; what cannot be read is named, and never judged as an empty text."""

import pytest

from clients.adapters.completion_texts import read_completions

CODE = "def f(): return 1"
PARTS = [{"type": "text", "text": "def f():"}, {"type": "text", "text": " return 1"}]


@pytest.mark.parametrize(
    "completion",
    [
        CODE,
        [CODE],
        {"role": "assistant", "content": CODE},
        [{"role": "assistant", "content": CODE}],
        [{"role": "tool", "content": "1"}, {"role": "assistant", "content": CODE}],
        [{"role": "assistant", "content": PARTS}],
        [{"role": "assistant", "content": [{"type": "thinking", "thinking": "hm"}, *PARTS]}],
        [{"role": "assistant", "content": [{"type": "output_text", "text": CODE}]}],
        [{"role": "assistant", "content": [CODE]}],
    ],
)
def test_texts_and_messages_are_read(completion):
    assert read_completions([completion]) == ([CODE], {})


@pytest.mark.parametrize(
    "completion", ["", [], {"content": ""}, [{"role": "assistant", "content": None, "tool_calls": []}]]
)
def test_a_policy_that_wrote_nothing_has_an_empty_text(completion):
    assert read_completions([completion]) == ([""], {})


@pytest.mark.parametrize(
    ("completion", "problem"),
    [
        (None, "is None"),
        (3, "is of type int"),
        (CODE.encode(), "is of type bytes"),
        ([1, 2, 3], "is a list that ends in int"),
        ([None], "is a list that ends in NoneType"),
        ([{"role": "assistant", "text": CODE}], "is a list that ends in an object with 'role', 'text'"),
        ({"role": "assistant"}, "is of type dict"),
        ([{"content": 3}], "is a list that ends in an object with 'content'"),
    ],
)
def test_what_cannot_be_read_is_named_by_its_position(completion, problem):
    texts, faults = read_completions([CODE, completion])
    assert texts == [CODE, ""]
    assert faults == {
        1: f"its completion {problem}; give what the model wrote: a text, or messages with 'content'"
    }


def test_one_text_is_no_list_of_completions():
    with pytest.raises(TypeError, match=r"completions is one text; give a list"):
        read_completions(CODE)
