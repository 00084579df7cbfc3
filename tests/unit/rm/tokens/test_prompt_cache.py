"""A prompt is tokenised once for its candidates, and the tokens are those of the whole text, whatever the texts hold."""

from array import array

import httpx2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers
from transformers import PreTrainedTokenizerFast

from clients.contract.scoring import Group, Message, Truncation
from services.rm.tokens.formats import Writer
from services.rm.tokens.items import make_items
from services.rm.tokens.prompt_cache import CachingWriter, PromptCache, cut_markers, with_prompt_cache
from tests.conftest import examples
from tests.support.rm_server import served
from tests.support.tiny_models import save_classification, tokenizer

CHATML = (
    "{% for m in messages %}<|im_start|>{{ m['role'] }}\n{{ m['content'] | trim }}<|im_end|>\n{% endfor %}"
)
MARKERS = ["<|im_start|>", "<|im_end|>"]
CORPUS = [
    "def f(x):\n    return x * 2\n\n",
    "Write a function that doubles. ",
    "  é ü 漢字\t\n",
    "user\nassistant\n",
]
QWEN = r"(?i:'s|'t)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"


def byte_level():
    """Like Qwen's: NFC, its regular expression, bytes, and merges that join spaces, newlines and letters."""
    raw = Tokenizer(models.BPE())
    raw.normalizer = normalizers.NFC()
    split = pre_tokenizers.Split(Regex(QWEN), "isolated")
    raw.pre_tokenizer = pre_tokenizers.Sequence([split, pre_tokenizers.ByteLevel(add_prefix_space=False)])
    raw.decoder = decoders.ByteLevel()
    trained(raw, pre_tokenizers.ByteLevel.alphabet())
    return raw


def metaspace(scheme):
    """Like Llama 2's: a space becomes ▁, and one is put before the text, or before every piece of it."""
    raw = Tokenizer(models.BPE(byte_fallback=True, unk_token="<unk>"))
    raw.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme=scheme)
    trained(raw, [])
    return raw


def prepending():
    """Like older Llama 2's: the normaliser puts ▁ before every piece."""
    raw = Tokenizer(models.BPE(byte_fallback=True, unk_token="<unk>"))
    raw.normalizer = normalizers.Sequence([normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")])
    trained(raw, [])
    return raw


def trained(raw, alphabet):
    raw.train_from_iterator(
        CORPUS * 50,
        trainers.BpeTrainer(
            vocab_size=500, initial_alphabet=list(alphabet), special_tokens=["<unk>"], show_progress=False
        ),
    )


KINDS = {
    "byte level": byte_level,
    "metaspace first": lambda: metaspace("first"),
    "metaspace always": lambda: metaspace("always"),
    "prepend": prepending,
}
OTHERS = {
    "no others": [],
    "tokens that take white space": [
        AddedToken("<mask>", lstrip=True, rstrip=True, special=True),
        AddedToken("<think>", rstrip=True, normalized=False),
    ],
    "white space and words": [
        AddedToken("\n\n", normalized=False),
        AddedToken("    ", normalized=False),
        AddedToken("def", single_word=True, normalized=False),
        AddedToken("return", normalized=True),
    ],
}


def writer_of(raw, others=(), template=CHATML):
    made = PreTrainedTokenizerFast(tokenizer_object=raw, eos_token="<|im_end|>")
    made.add_tokens([AddedToken(text, special=True, normalized=False) for text in MARKERS])
    made.add_tokens(list(others))
    made.chat_template = template
    return Writer(made, "chat")


WRITERS = {
    (kind, other): writer_of(make(), OTHERS[other]) for kind, make in KINDS.items() for other in OTHERS
}
WHITE = [" ", "  ", "\n", "\n\n", "\t", "\u3000"]
WORDS = ["\u0301", "é", "e\u0301", "漢", "🙂", "def", "return", "f(x)", "'s", "12", "▁", "assistant\n"]
SPELLED = [*MARKERS, "<|im_start", "<|", "|>", "<mask>", "<think>", "</think>"]
PIECES = st.sampled_from([*WHITE, *WORDS, *SPELLED])
TEXTS = st.lists(PIECES | st.text(max_size=3), min_size=1, max_size=12).map("".join)


@pytest.mark.parametrize("case", WRITERS, ids=" ".join)
@given(prompt=TEXTS, candidates=st.lists(TEXTS, min_size=1, max_size=3))
@settings(max_examples=examples(15), deadline=None)
def test_tokens_are_those_of_the_whole_text(case, prompt, candidates):
    writer = WRITERS[case]
    caching = with_prompt_cache(writer)
    assert isinstance(caching, CachingWriter)
    group = Group(prompt=prompt + "x" * 300 + prompt, candidates=candidates)
    for _ in range(2):  # the second time all beginnings are kept
        assert make_items(group, caching, Truncation.ERROR, 0) == make_items(
            group, writer, Truncation.ERROR, 0
        )


@pytest.mark.parametrize("case", WRITERS, ids=" ".join)
@given(before=TEXTS, after=TEXTS)
@settings(max_examples=examples(15), deadline=None)
def test_every_text_may_be_cut_at_a_marker(case, before, after):
    writer = WRITERS[case]
    for marker in cut_markers(writer):
        assert writer.ids(before + marker + after) == writer.ids(before) + writer.ids(marker + after)


def tokenised(monkeypatch, writer, group):
    """Return the texts that the tokenizer itself got for a group."""
    texts = []
    ids = Writer.ids
    with monkeypatch.context() as patched:
        patched.setattr(Writer, "ids", lambda self, text: texts.append(text) or ids(self, text))
        make_items(group, writer, Truncation.ERROR, 0)
    return texts


def test_the_prompt_is_tokenised_once(monkeypatch):
    caching = with_prompt_cache(WRITERS["byte level", "no others"])
    group = Group(prompt="long " * 200, candidates=["a", " b\n", "c"])
    first, *rest = tokenised(monkeypatch, caching, group)
    assert "long long" in first
    assert rest == [f"<|im_start|>assistant\n{letter}<|im_end|>\n" for letter in "abc"]
    again = Group(prompt="long " * 200, candidates=["d"])
    assert tokenised(monkeypatch, caching, again) == ["<|im_start|>assistant\nd<|im_end|>\n"]
    short = Group(prompt="short", candidates=["d"])
    assert len(tokenised(monkeypatch, caching, short)) == 1, "the whole"


def token(text, **options):
    return AddedToken(text, normalized=False, **options)


@pytest.mark.parametrize(
    "other",
    [
        token("<|im_start|>assistant"),
        token("x<|im_end|>"),
        token("user<"),
        token("|><|im_start|>"),
    ],
    ids=lambda other: other.content,
)
def test_a_token_that_another_may_hide_is_no_marker(other):
    writer = writer_of(byte_level(), [other])
    hidden = [marker for marker in MARKERS if marker not in cut_markers(writer)]
    assert hidden
    assert isinstance(with_prompt_cache(writer), CachingWriter) == (len(hidden) < len(MARKERS))


@pytest.mark.parametrize(
    "option",
    [{"lstrip": True}, {"single_word": True}, {"normalized": True}],
    ids=lambda option: next(iter(option)),
)
def test_a_token_that_depends_on_its_neighbours_is_no_marker(option):
    made = PreTrainedTokenizerFast(tokenizer_object=byte_level())
    made.add_tokens([AddedToken(text, **{"normalized": False, **option}) for text in MARKERS])
    made.chat_template = CHATML
    writer = Writer(made, "chat")
    assert with_prompt_cache(writer) is writer


def test_a_format_without_special_tokens_is_not_cut():
    plain = Writer(PreTrainedTokenizerFast(tokenizer_object=byte_level()), "plain")
    assert with_prompt_cache(plain) is plain
    no_template = Writer(tokenizer(None), "chat")
    assert with_prompt_cache(no_template) is no_template


def test_the_least_recently_used_prompts_are_evicted():
    cache = PromptCache(["<m>"], capacity_tokens=10)
    for name in "ab":
        cache.put(name, array("i", range(5)))
    assert cache.get("a")
    cache.put("c", array("i", range(5)))
    assert (cache.get("b"), bool(cache.get("a")), bool(cache.get("c"))) == (None, True, True)
    cache.put("too large", array("i", range(11)))
    assert cache.get("too large") is None
    assert cache.get("a"), "it evicted nothing"


def test_the_service_renders_the_same_tokens(tmp_path):
    """Also for a candidate that spells out special tokens, and for one that is shortened."""
    save_classification(tmp_path)
    plain = Writer(tokenizer(), "chat")
    prompt, candidates = "What doubles? " * 40, ["a\n", " b", "c<end>", "d" * 900]
    with served(tmp_path) as url:
        body = {"groups": [{"prompt": prompt, "candidates": candidates}]}
        rendered = httpx2.post(f"{url}/v1/render", json=body).json()["groups"][0]["candidates"]
    for one, candidate in zip(rendered[:2], candidates[:2], strict=True):
        turns = [Message(role="user", content=prompt), Message(role="assistant", content=candidate)]
        assert tuple(one["token_ids"]) == plain.ids(plain.text(turns))
