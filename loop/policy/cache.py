"""Keeps the keys and values of a batch in buffers with room for more tokens.

The cache of transformers is copied for every token, which is two fifths of the time that a small model takes on a
processor. These buffers are copied when they are full, and when rows leave the batch.
"""

import torch
from transformers import DynamicCache, PretrainedConfig
from transformers.cache_utils import DynamicLayer

ROOM = 64
"""Tokens for which a buffer has room when it is made: most answers of a small policy fit."""


class BufferedLayer(DynamicLayer):
    """Keys and values of one layer; ``keys`` and ``values`` are views of the filled part of their buffers."""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._buffers: tuple[torch.Tensor, torch.Tensor] | None = None

    def update(
        self, key_states: torch.Tensor, value_states: torch.Tensor, *_: object, **__: object
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Append the keys and values of new tokens, and return all."""
        if not self.is_initialized:
            self.lazy_initialization(key_states, value_states)
        filled, added = self.get_seq_length(), key_states.shape[-2]
        new = (key_states, value_states)
        if self._buffers is None:
            self._buffers = (_with_room(key_states, 0), _with_room(value_states, 0))
        elif filled + added > self._buffers[0].shape[-2]:
            self._buffers = (_with_room(self._buffers[0], added), _with_room(self._buffers[1], added))
        for buffer, states in zip(self._buffers, new, strict=True):
            buffer[..., filled : filled + added, :] = states
        return self._show(self._buffers, filled + added)

    def batch_select_indices(self, indices: torch.Tensor) -> None:
        """Keep some rows."""
        if self._buffers is not None:
            filled = self.get_seq_length()
            keys, values = (_rows_of(buffer[..., :filled, :], indices) for buffer in self._buffers)
            self._buffers = (keys, values)
            self._show(self._buffers, filled)

    def _show(
        self, buffers: tuple[torch.Tensor, torch.Tensor], filled: int
    ) -> tuple[torch.Tensor, torch.Tensor]:
        keys, values = (buffer[..., :filled, :] for buffer in buffers)
        self.keys, self.values = keys, values
        return keys, values


def buffered_cache(config: PretrainedConfig) -> DynamicCache:
    """Return an empty cache for a model; layers that keep something else than all tokens are those of transformers."""
    cache = DynamicCache(config=config)
    cache.layers = [BufferedLayer() if type(layer) is DynamicLayer else layer for layer in cache.layers]
    return cache


def _with_room(states: torch.Tensor, added: int) -> torch.Tensor:
    """Return a buffer that begins with some states and has room for more tokens."""
    batch, heads, filled, size = states.shape
    buffer = states.new_empty(batch, heads, filled + added + ROOM, size)
    buffer[..., :filled, :] = states
    return buffer


def _rows_of(states: torch.Tensor, rows: torch.Tensor) -> torch.Tensor:
    """Return a buffer that begins with the states of some rows and has room for more tokens."""
    _, heads, filled, size = states.shape
    buffer = states.new_empty(len(rows), heads, filled + ROOM, size)
    torch.index_select(states, 0, rows, out=buffer[..., :filled, :])
    return buffer
