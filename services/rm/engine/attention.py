"""Computes attention over sequences that are packed into one row, in which common prefixes occur once (``packing``).

Each span attends to its context, which is the sequence's tokens before it, and causally to itself.

The functions are registered with transformers, which calls one of them in every layer with the layer's queries, keys
and values, and passes ``packing`` through from the call of the model. Causal models only. Sliding windows and
softcapped scores are supported. Any other option of a layer raises, so that the self-test at start-up falls back.

There are two implementations: ``spans`` is a loop that runs on any device and in training; ``varlen`` is one fused call
for a whole row, on CUDA.
"""

from collections.abc import Callable
from functools import cache
from inspect import signature
from itertools import pairwise
from typing import Any

import torch
from torch import Tensor
from torch.nn.functional import scaled_dot_product_attention, softmax
from transformers import AttentionInterface

from services.rm.engine.packing import Packing, VarlenInputs

_SUPPORTED = frozenset(
    {"sliding_window", "softcap", "position_ids", "use_cache", "is_causal", "output_attentions"}
)
"""Options of layers that are supported, or that have no effect without a cache and without a mask."""


def _spans(
    module: torch.nn.Module,
    query: Tensor,
    key: Tensor,
    value: Tensor,
    attention_mask: Tensor | None = None,
    *,
    packing: Packing,
    scaling: float | None = None,
    dropout: float = 0.0,
    **options: Any,  # noqa: ANN401 - whatever a layer passes
) -> tuple[Tensor, None]:
    """Attend span by span: queries [1, heads, T, d], keys and values [1, kv heads, T, d] → [1, T, heads, d]."""
    _refuse_unsupported(module, attention_mask, options)
    window, softcap = options.get("sliding_window"), options.get("softcap")
    attended = []
    for span in packing.spans:
        q = query[:, :, span.own]
        places = (*span.context, span.own)
        k, v = (torch.cat([tensor[:, :, part] for part in places], 2) for tensor in (key, value))
        mask = _mask(packing, q.shape[2], k.shape[2], window, q.device)
        attended.append(_attend(q, k, v, mask, scaling, softcap, dropout))
    return torch.cat(attended, 2).transpose(1, 2), None


def _attend(
    q: Tensor,
    k: Tensor,
    v: Tensor,
    mask: Tensor | None,
    scaling: float | None,
    softcap: float | None,
    dropout: float,
) -> Tensor:
    gqa = q.shape[1] != k.shape[1]
    if softcap is None:
        # No mask means as many queries as keys: the span has no context and is plainly causal.
        return scaled_dot_product_attention(
            q, k, v, mask, dropout, is_causal=mask is None, scale=scaling, enable_gqa=gqa
        )
    # SDPA has no softcapping, so the attention is written out; it needs a key and a value for every query head.
    k, v = (tensor.repeat_interleave(q.shape[1] // k.shape[1], 1) for tensor in (k, v))
    scores = torch.tanh(q @ k.transpose(2, 3) * (scaling or q.shape[-1] ** -0.5) / softcap) * softcap
    visible = mask if mask is not None else _causal(q.shape[2], k.shape[2], None, q.device)
    weights = softmax(scores.masked_fill(~visible, -torch.inf), dim=-1, dtype=torch.float32).to(q.dtype)
    return torch.dropout(weights, dropout, train=dropout > 0) @ v


def _mask(
    packing: Packing, queries: int, keys: int, window: int | None, device: torch.device
) -> Tensor | None:
    """Return which keys each query attends to, [queries, keys]; ``None`` if the plain causal rule is enough."""
    if queries == keys and (window is None or window >= keys):
        return None
    shape = (queries, keys, window)
    if shape not in packing.masks:
        packing.masks[shape] = _causal(queries, keys, window, device)
    return packing.masks[shape]


def _causal(queries: int, keys: int, window: int | None, device: torch.device) -> Tensor:
    """Return whether query i, at position ``keys - queries + i``, attends to key j: [queries, keys]."""
    distance = torch.arange(keys - queries, keys, device=device)[:, None] - torch.arange(keys, device=device)
    visible = distance >= 0
    return visible & (distance < window) if window is not None else visible


def _varlen(
    module: torch.nn.Module,
    query: Tensor,
    key: Tensor,
    value: Tensor,
    attention_mask: Tensor | None = None,
    *,
    packing: Packing,
    scaling: float | None = None,
    dropout: float = 0.0,
    **options: Any,  # noqa: ANN401 - whatever a layer passes
) -> tuple[Tensor, None]:
    """Attend to the whole row in one fused call; shapes as in ``_spans``.

    The keys of a context are copied for each of its spans. That costs megabytes, beside gigabytes of weights.
    """
    from torch.nn.attention.varlen import varlen_attn  # noqa: PLC0415 - not in every torch

    _refuse_unsupported(module, attention_mask, options)
    if options.get("softcap") is not None or dropout:
        raise NotImplementedError("varlen attention supports neither softcapping nor dropout")
    inputs = packing.varlen_inputs = packing.varlen_inputs or _varlen_inputs(packing, query.device)
    window = options.get("sliding_window")
    q, k, v = (tensor[0].transpose(0, 1) for tensor in (query, key, value))
    shared_heads: dict[str, Any] = {}
    if _is_asked_for_shared_heads(varlen_attn):
        shared_heads["enable_gqa"] = q.shape[1] != k.shape[1]
    attended = varlen_attn(
        q,
        k[inputs.keys],
        v[inputs.keys],
        inputs.starts_q,
        inputs.starts_k,
        inputs.longest_q,
        inputs.longest_k,
        scale=scaling,
        # Tokens to the left that a query attends to beside itself, and to the right; -1 is no limit.
        window_size=(-1 if window is None else window - 1, 0),
        **shared_heads,
    )
    assert isinstance(attended, Tensor)
    return attended[None], None


@cache
def _is_asked_for_shared_heads(varlen_attn: Callable[..., Any]) -> bool:
    """Return whether fewer heads of keys than of queries are an option of the call: torch 2.11 takes them unasked."""
    return "enable_gqa" in signature(varlen_attn).parameters


def _varlen_inputs(packing: Packing, device: torch.device) -> VarlenInputs:
    keys: list[int] = []
    starts_q, starts_k = [0], [0]
    for span in packing.spans:
        for part in (*span.context, span.own):
            keys += range(part.start, part.stop)
        # The spans cover the row without gaps, so the queries of the next one begin where this one ends.
        starts_q.append(span.own.stop)
        starts_k.append(len(keys))
    return VarlenInputs(
        torch.tensor(keys, device=device),
        torch.tensor(starts_q, dtype=torch.int32, device=device),
        torch.tensor(starts_k, dtype=torch.int32, device=device),
        max(b - a for a, b in pairwise(starts_q)),
        max(b - a for a, b in pairwise(starts_k)),
    )


def _refuse_unsupported(module: torch.nn.Module, mask: Tensor | None, options: dict[str, Any]) -> None:
    unsupported = {name for name, value in options.items() if value is not None} - _SUPPORTED
    if unsupported or mask is not None or getattr(module, "is_causal", True) is False:
        raise NotImplementedError(
            f"{type(module).__name__} needs {', '.join(sorted(unsupported)) or 'a mask, or is not causal'}, "
            f"which packed attention does not support"
        )


ATTENTIONS: dict[str, Callable[..., tuple[Tensor, None]]] = {"varlen": _varlen, "spans": _spans}
"""Name → implementation, the fastest first."""


def register() -> None:
    """Register the implementations with transformers as ``packed_varlen`` and ``packed_spans``. Idempotent."""
    for name, function in ATTENTIONS.items():
        AttentionInterface.register(f"packed_{name}", function)
