"""Packed, one-by-one and padded scores are equal, for every family of models and every batch."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from services.rm.engine.attention import ATTENTIONS
from services.rm.engine.self_test import choose_attention
from services.rm.tokens.prefix_sharing import tokens_after_sharing
from tests.conftest import examples
from tests.support.tiny_models import FAMILIES, VOCABULARY, scorer

TOLERANCE = 1e-5
_SCORERS = {}


def scorer_of(family):
    if family not in _SCORERS:
        _SCORERS[family] = scorer(family)
    return _SCORERS[family]


def alone(model, sequences):
    """The scores of transformers, without code of the engine."""
    model.backbone.set_attn_implementation(model.native)
    model.packed = ""
    with torch.inference_mode():
        hidden = [model.backbone(torch.tensor([sequence])).last_hidden_state[0, -1] for sequence in sequences]
        return model.head(torch.stack(hidden))


def padded(model, sequences, side):
    """The padded batch that users write today."""
    longest = max(map(len, sequences))
    model.backbone.set_attn_implementation(model.native)
    ids = torch.full((len(sequences), longest), 257)
    mask = torch.zeros_like(ids)
    for row, sequence in enumerate(sequences):
        place = slice(0, len(sequence)) if side == "right" else slice(longest - len(sequence), longest)
        ids[row, place], mask[row, place] = torch.tensor(sequence), 1
    positions = (mask.cumsum(1) - 1).clamp(min=0)
    with torch.inference_mode():
        hidden = model.backbone(ids, attention_mask=mask, position_ids=positions).last_hidden_state
        last = [len(sequence) - 1 if side == "right" else longest - 1 for sequence in sequences]
        return model.head(hidden[torch.arange(len(sequences)), torch.tensor(last)])


def packed(model, sequences, budget):
    model.use("spans")
    with torch.inference_mode():
        return model.scores(sequences, budget)


TOKEN = st.integers(0, VOCABULARY - 1)
OWN = st.lists(TOKEN, min_size=1, max_size=15)
BRANCHES = st.lists(OWN, min_size=1, max_size=3)
GROUP = st.tuples(st.lists(TOKEN, max_size=25), st.lists(st.tuples(OWN, BRANCHES), min_size=1, max_size=3))
"""A prompt, and beginnings of candidates with what follows each."""


@st.composite
def batches(draw):
    groups = draw(st.lists(GROUP, min_size=1, max_size=3))
    sequences = [
        tuple(prompt + begin + end) for prompt, parts in groups for begin, ends in parts for end in ends
    ]
    return list(dict.fromkeys(draw(st.permutations(sequences))))


@pytest.mark.parametrize("family", FAMILIES)
@given(batches(), st.sampled_from([8, 64, 4096]))
@settings(max_examples=examples(8), deadline=None)
def test_packed_is_one_by_one_is_padded(family, sequences, budget):
    model = scorer_of(family)
    expected = alone(model, sequences)
    assert torch.allclose(packed(model, sequences, budget), expected, atol=TOLERANCE)
    for side in ("left", "right"):
        assert torch.allclose(padded(model, sequences, side), expected, atol=TOLERANCE), side


@pytest.mark.parametrize("family", FAMILIES)
def test_the_self_test_chooses_a_packed_attention(family):
    model = scorer(family)
    assert choose_attention(model) == "spans"
    assert model.packed == "spans"


def test_a_wrong_attention_is_rejected_and_scores_stay_correct(monkeypatch):
    from services.rm.engine import attention, self_test
    from services.rm.engine import packing as layout

    def forgets_the_prefix(module, query, key, value, mask=None, *, packing, **more):
        spans = tuple(layout.Span((), span.own) for span in packing.spans)
        blind = layout.Packing(packing.ids, packing.positions, packing.ends, packing.members, spans)
        return attention._spans(module, query, key, value, mask, packing=blind, **more)

    monkeypatch.setattr(attention, "ATTENTIONS", {"spans": forgets_the_prefix})
    monkeypatch.setattr(self_test, "ATTENTIONS", {"spans": forgets_the_prefix})
    model = scorer()
    sequences = [(1, 2, 3, 4), (1, 2, 3, 5, 6), (7, 8)]
    expected = alone(model, sequences)
    assert choose_attention(model).startswith("off: spans: packed hidden states differ by")
    with torch.inference_mode():
        assert torch.allclose(model.scores(sequences, 64), expected, atol=TOLERANCE)
    monkeypatch.undo()
    attention.register()


def test_rounding_in_bfloat16_is_no_reason_against_sharing_whatever_the_head(monkeypatch):
    model = scorer()
    model.backbone.to(torch.bfloat16)
    with torch.no_grad():
        for parameter in model.head.parameters():
            parameter.mul_(1000)
    assert choose_attention(model) == "spans"


def test_states_that_are_not_finite_are_no_reason_for_sharing():
    model = scorer()
    with torch.no_grad():
        next(model.backbone.parameters()).fill_(float("nan"))
    assert choose_attention(model) == "off: spans: packed hidden states differ by nan of their length"


def test_layers_of_an_unsupported_kind_are_not_packed():
    model = scorer()
    model.backbone.config.layer_types = ["full_attention", "chunked_attention"]
    assert choose_attention(model) == "off: layers of chunked_attention"


@pytest.mark.parametrize("has_option", [True, False])
def test_the_fused_call_gets_the_inputs_of_the_loop(monkeypatch, has_option):
    """``varlen_attn`` runs on CUDA only. A fake computes here what its documentation says.

    That of torch 2.11 has no option for fewer heads of keys than of queries, and takes them.
    """
    import torch.nn.attention.varlen as varlen

    def of_torch_2_11(q, k, v, starts_q, starts_k, longest_q, longest_k, *, scale, window_size):
        return fake_varlen_attn(
            q, k, v, starts_q, starts_k, longest_q, longest_k,
            scale=scale, window_size=window_size, enable_gqa=True,
        )  # fmt: skip

    def fake_varlen_attn(
        q, k, v, starts_q, starts_k, longest_q, longest_k, *, scale, window_size, enable_gqa
    ):
        assert longest_q == int(starts_q.diff().max())
        assert longest_k == int(starts_k.diff().max())
        rows = []
        for n in range(len(starts_q) - 1):
            queries, keys = (slice(int(s[n]), int(s[n + 1])) for s in (starts_q, starts_k))
            count_q, count_k = queries.stop - queries.start, keys.stop - keys.start
            distance = torch.arange(count_k - count_q, count_k)[:, None] - torch.arange(count_k)
            seen = (distance >= 0) if window_size[0] < 0 else (distance >= 0) & (distance <= window_size[0])
            rows.append(
                torch.nn.functional.scaled_dot_product_attention(
                    *(tensor.transpose(0, 1) for tensor in (q[queries], k[keys], v[keys])),
                    seen,
                    scale=scale,
                    enable_gqa=enable_gqa,
                ).transpose(0, 1)
            )
        return torch.cat(rows)

    monkeypatch.setattr(varlen, "varlen_attn", fake_varlen_attn if has_option else of_torch_2_11)
    sequences = [(1, 2, 3, 4), (1, 2, 3, 5, 6), (1, 2, 3, 5, 7), (7, 8), tuple(range(40)), (*range(20), 99)]
    for family in ("qwen2", "qwen2 with a window", "llama"):
        model = scorer(family)
        expected = alone(model, sequences)
        model.use("varlen")
        with torch.inference_mode():
            assert torch.allclose(model.scores(sequences, 4096), expected, atol=TOLERANCE)
    assert set(ATTENTIONS) == {"varlen", "spans"}


def test_gradients_are_those_of_one_by_one():
    """Training depends on this."""
    sequences = [(5, 6, 7, 8, 1), (5, 6, 7, 8, 2, 3), (5, 6, 7, 8, 2, 4)]
    assert tokens_after_sharing(sequences) == 8
    gradients = []
    for packed_name in ("spans", ""):
        model = scorer()
        model.backbone.requires_grad_(True)
        model.use(packed_name)
        model.scores(sequences, 4096).square().sum().backward()
        gradients.append({n: p.grad for n, p in model.backbone.named_parameters() if p.grad is not None})
    assert gradients[0].keys() == gradients[1].keys()
    for name, gradient in gradients[0].items():
        difference = (gradient - gradients[1][name]).norm() / gradient.norm().clamp(min=1e-6)
        assert difference < TOLERANCE, name
