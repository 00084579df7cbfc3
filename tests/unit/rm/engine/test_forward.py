"""A score depends on its own tokens only, not on the sequences before it or beside it."""

import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tokenizers import Tokenizer, models, pre_tokenizers, trainers
from transformers import AutoModel, LlamaConfig, PreTrainedTokenizerFast, set_seed

from clients.contract.scoring import Group, Truncation
from services.rm.engine.engine import Engine
from services.rm.engine.head import Head
from services.rm.engine.self_test import choose_attention
from services.rm.models.loader import make_scorer
from services.rm.tokens.formats import Writer
from services.rm.tokens.items import make_items
from tests.conftest import examples
from tests.support.tiny_models import FAMILIES, HIDDEN, SIZES, VOCABULARY, scorer

DYNAMIC = {"rope_type": "dynamic", "factor": 4.0, "rope_theta": 1e4}
LONGROPE = {
    "rope_type": "longrope",
    "rope_theta": 1e4,
    "factor": 4.0,
    "short_factor": [1.0] * 4,
    "long_factor": [2.0, 3.0, 4.0, 9.0],
    "original_max_position_embeddings": 64,
}


def llama(rope, longest):
    set_seed(0)
    config = LlamaConfig(**SIZES, max_position_embeddings=longest, rope_parameters=rope)
    backbone = AutoModel.from_config(config).eval().requires_grad_(False)
    return make_scorer(backbone, Head.fresh(HIDDEN, torch.Generator().manual_seed(0)).requires_grad_(False))


def run(model, sequences, budget=4096):
    results = {}
    Engine(model, budget).run(sequences, results.update, lambda _: True)
    return [results[at].value for at in range(len(sequences))]


def tokens(count, seed=0):
    return tuple(torch.randint(0, 256, (count,), generator=torch.Generator().manual_seed(seed)).tolist())


@pytest.mark.parametrize(("rope", "longest"), [(DYNAMIC, 64), (LONGROPE, 256)], ids=["dynamic", "longrope"])
def test_positions_that_depend_on_the_longest_sequence_are_those_of_one_by_one_scoring(rope, longest):
    """Lengths below, at and above the one from which the frequencies change, in any order."""
    lengths = (40, 63, 64, 65, 80, 200)
    alone = [run(llama(rope, longest), [tokens(length, length)])[0] for length in lengths]
    model = llama(rope, longest)
    assert choose_attention(model).startswith("off: ")
    sequences = [tokens(length, length) for length in lengths]
    for order in ((0, 1, 2, 3, 4, 5), (5, 4, 3, 2, 1, 0), (4, 5, 4, 0, 4)):
        chosen = list(dict.fromkeys(order))
        together = run(model, [sequences[at] for at in chosen])
        assert together == pytest.approx([alone[at] for at in chosen], abs=1e-6)
        one_by_one = [run(model, [sequences[at]])[0] for at in order]
        assert one_by_one == pytest.approx([alone[at] for at in order], abs=1e-6)


@pytest.mark.parametrize("spoilt", [10, 13])
def test_a_nan_in_one_candidate_does_not_affect_the_others(spoilt):
    """A token whose embedding is NaN, in one candidate of a packed row: the first one, which has the prefix, or another."""
    model = scorer()
    assert choose_attention(model) == "spans"
    sequences = [(1, 2, 3, n, 5, end) for n in range(10, 20) for end in (6, 7)]
    expected = run(model, sequences)
    with torch.no_grad():
        model.backbone.get_input_embeddings().weight[spoilt] = torch.nan
    scores = run(model, sequences)
    first = 2 * (spoilt - 10)
    assert scores[first : first + 2] == [None, None]
    del scores[first : first + 2], expected[first : first + 2]
    assert scores == pytest.approx(expected, abs=1e-6)


_MODELS = {}


def packed(family):
    if family not in _MODELS:
        _MODELS[family] = scorer(family)
        assert choose_attention(_MODELS[family]) == "spans"
    return _MODELS[family]


TEXT = st.text(st.sampled_from("abcde fgh\nreturn 0()"), min_size=1, max_size=30)


@st.composite
def families_of_candidates(draw):
    """Prefixes and continuations of one another, and unrelated texts; some common prefixes are longer than the prompt."""
    stem = draw(TEXT)
    texts = [stem[: draw(st.integers(1, len(stem)))] for _ in range(draw(st.integers(1, 3)))]
    texts += [stem + draw(TEXT) for _ in range(draw(st.integers(0, 3)))]
    return [*texts, *draw(st.lists(TEXT, max_size=2))]


@pytest.fixture(scope="module")
def writer():
    """A writer whose tokens may reach over the border of prompt and answer, like those of real tokenizers."""
    raw = Tokenizer(models.BPE())
    raw.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
    corpus = ["Q: abcd e return 0()\nreturn abc", "de f return return 0()", "abcde fgh\n\nreturn 0"] * 50
    trainer = trainers.BpeTrainer(
        vocab_size=VOCABULARY - 4, initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), show_progress=False
    )
    raw.train_from_iterator(corpus, trainer)
    return Writer(PreTrainedTokenizerFast(tokenizer_object=raw), "plain")


def ids_of(writer, prompt, candidates):
    group = Group(prompt=prompt, candidates=candidates)
    return [item.ids for item in make_items(group, writer, Truncation.ERROR, 0) if item.ids]


def test_a_token_over_the_border_of_prompt_and_answer_stays_one_token(writer):
    prompt, answer = "return 0()", "return abc"
    (whole,) = ids_of(writer, prompt, [answer])
    assert whole == writer.ids(f"{prompt}\n{answer}")
    assert whole != writer.ids(f"{prompt}\n") + writer.ids(answer)


@pytest.mark.parametrize("family", FAMILIES)
@given(
    st.lists(st.tuples(TEXT, families_of_candidates()), min_size=1, max_size=4),
    st.sampled_from([8, 64, 4096]),
)
@settings(
    max_examples=examples(10), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_alone_or_in_any_batch_the_score_is_the_same(writer, family, groups, budget):
    model = packed(family)
    sequences = list(
        dict.fromkeys(ids for prompt, candidates in groups for ids in ids_of(writer, prompt, candidates))
    )
    together = run(model, sequences, budget)
    alone = [run(model, [sequence])[0] for sequence in sequences]
    assert together == pytest.approx(alone, abs=1e-5)
