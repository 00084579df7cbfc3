"""Conversations become tokens: one beginning-of-text token, no turn lost, the last token scored, errors per candidate."""

import pytest

from clients.contract.scoring import Group, Message, Truncation
from services.rm.tokens.formats import FormatError, Writer, default_format
from services.rm.tokens.items import item_from_ids, item_from_text, make_items
from tests.support.tiny_models import CHAT, tokenizer

WORDS = tokenizer()
CHATTING = Writer(WORDS, "chat")


def items(prompt, candidates, *, writer=CHATTING, truncation=Truncation.ERROR, longest=0, test=None):
    return make_items(Group(prompt=prompt, candidates=candidates, test=test), writer, truncation, longest)


def test_the_chat_format_is_the_tokenizers_own_template():
    (item,) = items("Q", ["A"])
    assert item.text == "<user>Q<end><assistant>A<end>"
    assert WORDS.decode(item.ids) == item.text
    assert item.ids[-1] == WORDS.eos_token_id


def test_a_conversation_goes_before_its_answer():
    turns = [Message(role="system", content="S"), Message(role="user", content="Q")]
    (item,) = items(turns, ["A"])
    assert item.text == "<system>S<end><user>Q<end><assistant>A<end>"


def test_the_format_of_acecoders_training_pairs():
    writer = Writer(WORDS, "acecode-training")
    (bare, fenced) = items(
        "Add.", ["def f(): pass", "Sure:\n```python\ndef f(): pass\n```"], writer=writer, test="assert f()"
    )
    assert bare.text == fenced.text
    assert bare.text.startswith(
        "<|im_start|>system\nYou are a helpful assistant.<|im_end|>\n<|im_start|>user\nPlease"
    )
    assert 'problem in a markdown code block:\n```\n"""\nAdd.\nassert f()\n"""' in bare.text
    assert bare.text.endswith("corresponding tests:\n```python\ndef f(): pass\n```<|im_end|>\n")
    (wrapped,) = items(bare.text.split("user\n")[1].split("<|im_end|>")[0], ["def f(): pass"], writer=writer)
    assert wrapped.text == bare.text, "a question that has the wrapper already is left unchanged"
    (wrong,) = items([Message(role="system", content="S")], ["A"], writer=writer)
    assert "one user turn and one answer" in wrong.error


def test_the_suffix_is_the_scored_token():
    (item,) = items("Q", ["A"], writer=Writer(WORDS, "chat", "<pad>"))
    assert item.ids[-1] == WORDS.pad_token_id


def test_an_empty_candidate_does_not_affect_the_others():
    good, empty, blank = items("Q", ["A", "", " \n"])
    assert good.ids
    assert good.error is None
    for item in (empty, blank):
        assert item.ids == ()
        assert "empty" in item.error


@pytest.mark.parametrize(
    ("template", "message"),
    [
        ("{{ raise_exception('roles must alternate') }}", "roles must alternate"),
        (
            "{% for m in messages if m.role != 'tool' %}{{ m.content }}{% endfor %}",
            "leaves out the turn of 'tool'",
        ),
    ],
)
def test_a_turn_that_the_template_refuses_is_an_error_of_the_candidate(template, message):
    writer = Writer(tokenizer(template), "chat")
    (item,) = items([Message(role="tool", content="secret")], ["A"], writer=writer)
    assert message in item.error


@pytest.mark.parametrize("answer", ["<think>x</think>ok", "<think>\nx\n</think>\n\nok"])
def test_a_template_may_leave_out_what_earlier_answers_thought_and_change_the_layout_of_the_last_one(answer):
    # What Qwen3's template does, in short.
    template = (
        "{% for m in messages %}<{{ m.role }}>{% set said = m.content.split('</think>')[-1].strip() %}"
        "{% if loop.last and '</think>' in m.content %}<think>\n{{ m.content.split('</think>')[0].split('<think>')[-1]"
        ".strip() }}\n</think>\n\n{% endif %}{{ said }}<end>{% endfor %}"
    )
    prompt = [Message(role=role, content=text) for role, text in
              (("user", "Q"), ("assistant", "<think>long</think>A"), ("user", "And?"))]  # fmt: skip
    (item,) = items(prompt, [answer], writer=Writer(tokenizer(template), "chat"))
    assert item.error is None
    assert item.text.endswith("<user>And?<end><assistant><think>\nx\n</think>\n\nok<end>")
    forgets = tokenizer(template.replace("{{ said }}", ""))
    (wrong,) = items(prompt, [answer], writer=Writer(forgets, "chat"))
    assert "leaves out the turn of" in wrong.error


def test_too_long_is_an_error_unless_the_middle_may_be_left_out():
    long, short = items("Q", ["0123456789" * 9, "A"], longest=60)
    assert "tokens with its prompt, and the model takes 60" in long.error
    assert short.ids
    cut, _ = items("Q", ["0123456789" * 9, "A"], longest=60, truncation=Truncation.MIDDLE)
    assert cut.truncated
    assert len(cut.ids) == 60
    text = WORDS.decode(cut.ids)
    assert text.startswith("<user>Q<end><assistant>0123")
    assert text.endswith("789<end>")
    (none,) = items("Q" * 80, ["A" * 9], longest=60, truncation=Truncation.MIDDLE)
    assert "the prompt alone has" in none.error


def test_a_text_written_by_the_client_has_one_beginning_of_text_token():
    bos = WORDS.bos_token_id
    for text in ("<begin>x", "<begin><begin>x"):
        assert item_from_text(text, CHATTING, 0).ids == (bos, *CHATTING.ids("x"))
    assert item_from_text("", CHATTING, 0).error
    assert "the model takes 2" in item_from_text("xyz", CHATTING, 2).error


def test_token_ids_of_the_client_must_be_in_the_vocabulary():
    assert item_from_ids([1, 2], 300, 0).ids == (1, 2)
    assert "token id 300" in item_from_ids([1, 300], 300, 0).error
    assert "token id -1" in item_from_ids([-1], 300, 0).error
    assert item_from_ids([], 300, 0).error


def test_without_a_template_prompt_and_answer_are_joined():
    words = tokenizer(None)
    assert (default_format(words), default_format(WORDS)) == ("plain", "chat")
    assert WORDS.chat_template == CHAT
    assert Writer(words, "plain").text(
        [Message(role="user", content="Q"), Message(role="x", content="A")]
    ) == ("Q\nA<end>")
    with pytest.raises(FormatError):
        Writer(words, "chat").text([Message(role="user", content="Q")])


def test_a_prompt_that_ends_with_an_answer_is_an_error():
    turns = [Message(role="user", content="Q"), Message(role="assistant", content="A")]
    for writer in (CHATTING, Writer(WORDS, "plain")):
        (item,) = items(turns, ["A"], writer=writer)
        assert "the prompt ends with an assistant turn" in item.error
    (between,) = items([*turns, Message(role="user", content="And?")], ["B"])
    assert between.error is None


@pytest.mark.parametrize("role", ["usr", "User", "human", "developer"])
def test_a_role_that_the_template_does_not_name_is_an_error(role):
    """This template, like many, writes any role that it is given."""
    (item,) = items([Message(role=role, content="Q")], ["A"])
    assert f"does not know the role '{role}'" in item.error


def test_a_role_of_the_templates_own_is_written():
    words = tokenizer(CHAT + "{% if messages[0]['role'] == 'critic' %}{% endif %}")
    (item,) = items([Message(role="critic", content="Q")], ["A"], writer=Writer(words, "chat"))
    assert item.text.startswith("<critic>Q")


def test_without_a_template_the_chat_format_names_the_others():
    (item,) = items("Q", ["A"], writer=Writer(tokenizer(None), "chat"))
    assert item.error == "the tokenizer has no chat template; use the format plain, or acecode-training"
