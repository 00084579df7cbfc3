"""Attention over packed groups: a group's beginning attends to itself, each candidate to the beginning and itself.

A packed row is ``[beginning | candidate 1 | candidate 2 | … | beginning of the next group | …]``, without padding and
without a mask. Registered with transformers, which hands every layer's queries, keys and values to one of the
functions here and passes ``packing`` through as it came. Causal models only; sliding windows and softcapped scores are
honoured, and anything else a layer asks for is refused, so that the start-up probe falls back.

Two ways: ``spans`` runs anywhere and in training; ``varlen`` is one fused call for a whole row, on CUDA.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import torch
from torch import Tensor
from torch.nn.functional import scaled_dot_product_attention, softmax
from transformers import AttentionInterface

from services.rm.tokens.prefix_sharing import ForwardStep, PrefixGroup, Tokens

KNOWN = frozenset(
    {"sliding_window", "softcap", "position_ids", "use_cache", "is_causal", "output_attentions"}
)
"""What layers pass beside tensors and that is honoured, or means nothing without a cache and without a mask."""


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of a packed row that attends to a beginning and, causally, to itself."""

    shared: slice
    """The beginning; empty for the beginning itself."""
    own: slice


@dataclass(slots=True)
class Packing:
    """A step, laid out as one row."""

    ids: Tensor
    """Token ids, [1, T]."""
    positions: Tensor
    """Position ids, [1, T]: every candidate's begin where its group's beginning ends."""
    ends: Tensor
    """Where in the row each sequence's last token is, [N]."""
    members: tuple[int, ...]
    """Which sequence each entry of ``ends`` is, [N]."""
    spans: tuple[Span, ...]
    masks: dict[tuple[int, int, int | None], Tensor] = field(default_factory=dict)
    """Made once per shape and used in every layer."""
    gathered: "Gathered | None" = None
    """What ``varlen`` needs, made once per row."""


@dataclass(frozen=True, slots=True)
class Gathered:
    """Keys of every span side by side: their places in the row, and where each span's begin."""

    keys: Tensor
    starts_q: Tensor
    starts_k: Tensor
    longest_q: int
    longest_k: int


def pack(sequences: Sequence[Tokens], step: ForwardStep, device: torch.device | str = "cpu") -> Packing:
    """Lay out a step."""
    ids: list[int] = []
    positions: list[int] = []
    spans: list[Span] = []
    ends: list[int] = []
    for group in step.groups:
        shared = slice(len(ids), len(ids) + group.shared_tokens)
        if group.shared_tokens:
            ids += sequences[group.members[0]][: group.shared_tokens]
            positions += range(group.shared_tokens)
            spans.append(Span(slice(0, 0), shared))
        for own_ids in _own(sequences, group):
            spans.append(Span(shared, slice(len(ids), len(ids) + len(own_ids))))
            ids += own_ids
            positions += range(group.shared_tokens, group.shared_tokens + len(own_ids))
            ends.append(len(ids) - 1)
    members = tuple(at for group in step.groups for at in group.members)
    return Packing(
        torch.tensor([ids], device=device),
        torch.tensor([positions], device=device),
        torch.tensor(ends, device=device),
        members,
        tuple(spans),
    )


def _own(sequences: Sequence[Tokens], group: PrefixGroup) -> Iterator[Tokens]:
    return (sequences[at][group.shared_tokens :] for at in group.members)


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
    **more: Any,  # noqa: ANN401 - whatever a layer passes
) -> tuple[Tensor, None]:
    """[1, heads, T, d] queries; [1, kv heads, T, d] keys and values → [1, T, heads, d]."""
    _refuse_unknown(module, attention_mask, more)
    window, softcap = more.get("sliding_window"), more.get("softcap")
    attended = []
    for span in packing.spans:
        q = query[:, :, span.own]
        k, v = (torch.cat([each[:, :, span.shared], each[:, :, span.own]], 2) for each in (key, value))
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
        # Without a mask the span is a whole beginning: plainly causal.
        return scaled_dot_product_attention(
            q, k, v, mask, dropout, is_causal=mask is None, scale=scaling, enable_gqa=gqa
        )
    k, v = (each.repeat_interleave(q.shape[1] // k.shape[1], 1) for each in (k, v))
    scores = torch.tanh(q @ k.transpose(2, 3) * (scaling or q.shape[-1] ** -0.5) / softcap) * softcap
    visible = mask if mask is not None else _causal(q.shape[2], k.shape[2], None, q.device)
    weights = softmax(scores.masked_fill(~visible, -torch.inf), dim=-1, dtype=torch.float32).to(q.dtype)
    return torch.dropout(weights, dropout, train=dropout > 0) @ v


def _mask(
    packing: Packing, queries: int, keys: int, window: int | None, device: torch.device
) -> Tensor | None:
    """Which key each query sees, [queries, keys]; ``None`` where plain causality says it."""
    if queries == keys and (window is None or window >= keys):
        return None
    shape = (queries, keys, window)
    if shape not in packing.masks:
        packing.masks[shape] = _causal(queries, keys, window, device)
    return packing.masks[shape]


def _causal(queries: int, keys: int, window: int | None, device: torch.device) -> Tensor:
    """Whether query i, which stands at ``keys - queries + i``, sees key j."""
    ahead = torch.arange(keys - queries, keys, device=device)[:, None] - torch.arange(keys, device=device)
    visible = ahead >= 0
    return visible & (ahead < window) if window is not None else visible


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
    **more: Any,  # noqa: ANN401 - whatever a layer passes
) -> tuple[Tensor, None]:
    """As ``_spans``, in one call. Keys of a beginning are copied for each candidate: megabytes, beside gigabytes."""
    from torch.nn.attention.varlen import varlen_attn  # noqa: PLC0415 - not in every torch

    _refuse_unknown(module, attention_mask, more)
    if more.get("softcap") is not None or dropout:
        raise NotImplementedError("varlen attention knows neither softcapping nor dropout")
    found = packing.gathered = packing.gathered or _gather(packing, query.device)
    window = more.get("sliding_window")
    q, k, v = (each[0].transpose(0, 1) for each in (query, key, value))
    attended = varlen_attn(
        q,
        k[found.keys],
        v[found.keys],
        found.starts_q,
        found.starts_k,
        found.longest_q,
        found.longest_k,
        scale=scaling,
        window_size=(-1 if window is None else window - 1, 0),
        enable_gqa=q.shape[1] != k.shape[1],
    )
    assert isinstance(attended, Tensor)
    return attended[None], None


def _gather(packing: Packing, device: torch.device) -> Gathered:
    keys: list[int] = []
    starts_q, starts_k = [0], [0]
    for span in packing.spans:
        keys += [*range(span.shared.start, span.shared.stop), *range(span.own.start, span.own.stop)]
        starts_q.append(span.own.stop)
        starts_k.append(len(keys))
    return Gathered(
        torch.tensor(keys, device=device),
        torch.tensor(starts_q, dtype=torch.int32, device=device),
        torch.tensor(starts_k, dtype=torch.int32, device=device),
        max(b - a for a, b in pairwise(starts_q)),
        max(b - a for a, b in pairwise(starts_k)),
    )


def _refuse_unknown(module: torch.nn.Module, mask: Tensor | None, more: dict[str, Any]) -> None:
    unknown = {name for name, value in more.items() if value is not None} - KNOWN
    if unknown or mask is not None or getattr(module, "is_causal", True) is False:
        raise NotImplementedError(
            f"{type(module).__name__} asks for {', '.join(sorted(unknown)) or 'a mask or no causality'}, "
            f"which packed attention does not know"
        )


ATTENTIONS: dict[str, Callable[..., tuple[Tensor, None]]] = {"varlen": _varlen, "spans": _spans}
"""By name, the fastest first."""


def register() -> None:
    """Make the functions known to transformers, as ``packed_varlen`` and ``packed_spans``. May be called twice."""
    for name, function in ATTENTIONS.items():
        AttentionInterface.register(f"packed_{name}", function)
