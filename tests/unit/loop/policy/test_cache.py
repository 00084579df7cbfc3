"""The buffered cache holds what the cache of transformers holds, through growth and the loss of rows."""

import torch
from transformers import DynamicCache
from transformers.cache_utils import DynamicLayer

from loop.policy.cache import ROOM, BufferedLayer, buffered_cache


def states(tokens: int, rows: int = 5) -> torch.Tensor:
    return torch.randn(rows, 2, tokens, 4)


def test_layers_of_all_attention_are_buffered(policy):
    cache = buffered_cache(policy.model.config)
    assert isinstance(cache, DynamicCache)
    assert [type(layer) for layer in cache.layers] == [BufferedLayer] * 2


def test_it_holds_what_a_plain_layer_holds():
    buffered, plain = BufferedLayer(), DynamicLayer()
    for added in (7, 1, ROOM, 1, 3):
        keys, values = states(added), states(added)
        for got, expected in zip(buffered.update(keys, values), plain.update(keys, values), strict=True):
            assert torch.equal(got, expected)
    assert buffered.get_seq_length() == plain.get_seq_length() == 12 + ROOM
    for layer in (buffered, plain):
        layer.batch_select_indices(torch.tensor([4, 1, 1]))
    keys, values = states(1, rows=3), states(1, rows=3)
    for got, expected in zip(buffered.update(keys, values), plain.update(keys, values), strict=True):
        assert torch.equal(got, expected)


def test_an_empty_cache_loses_no_rows():
    layer = BufferedLayer()
    layer.batch_select_indices(torch.tensor([0]))
    assert layer.get_seq_length() == 0
