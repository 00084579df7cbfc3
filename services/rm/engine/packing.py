"""Lays out a step as one packed row, so that the sequences of a group share their common prefix.

A packed row is ``[prefix | candidate 1 | candidate 2 | … | prefix of the next group | …]``, without padding. A prefix
attends to itself; a candidate attends to its group's prefix and to itself. Both are causal. An example with the
sequences ``1 2 3 4``, ``1 2 3 5 6`` and ``7 8``, of which the first two are a group::

    place in the row    0 1 2   3   4 5   6 7
    token               1 2 3   4   5 6   7 8
    position            0 1 2   3   3 4   0 1      a candidate's positions continue those of its prefix
    span                -----   -   ---   ---
    also attends to     none   0-2  0-2   none
    scored                      x     x     x      the last token of each sequence

So token 5 at place 4 attends to the places 0, 1, 2 and 4, exactly as in the sequence ``1 2 3 5 6`` alone.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import torch
from torch import Tensor

from services.rm.tokens.prefix_sharing import ForwardStep, PrefixGroup, Tokens


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of a packed row that attends to a prefix and, causally, to itself."""

    prefix: slice
    """Places of the prefix; empty if the span is a prefix itself, or belongs to no group."""
    own: slice
    """Places of the span."""


@dataclass(slots=True)
class Packing:
    """A step that is laid out as one row of T tokens, for its N sequences."""

    ids: Tensor
    """Token ids, [1, T]."""
    positions: Tensor
    """Position ids, [1, T]: those of a candidate continue those of its group's prefix."""
    ends: Tensor
    """Place in the row of each sequence's last token, [N]."""
    members: tuple[int, ...]
    """Index of the sequence of each entry of ``ends``, [N]."""
    spans: tuple[Span, ...]
    """In the order of the row."""
    masks: dict[tuple[int, int, int | None], Tensor] = field(default_factory=dict)
    """Masks by (queries, keys, window): built once per shape and used in every layer."""
    varlen_inputs: "VarlenInputs | None" = None
    """Built once per row, by the first layer, and used in every layer."""


@dataclass(frozen=True, slots=True)
class VarlenInputs:
    """The keys of every span side by side, for one call of ``varlen_attn``."""

    keys: Tensor
    """Places in the row: for each span its prefix, then itself."""
    starts_q: Tensor
    """Where the queries of each span begin, and the total."""
    starts_k: Tensor
    """Where the keys of each span begin in ``keys``, and the total."""
    longest_q: int
    longest_k: int


def pack(sequences: Sequence[Tokens], step: ForwardStep, device: torch.device | str = "cpu") -> Packing:
    """Lay out a step as one row."""
    ids: list[int] = []
    positions: list[int] = []
    spans: list[Span] = []
    ends: list[int] = []
    for group in step.groups:
        prefix = slice(len(ids), len(ids) + group.shared_tokens)
        if group.shared_tokens:
            ids += sequences[group.members[0]][: group.shared_tokens]
            positions += range(group.shared_tokens)
            spans.append(Span(slice(0, 0), prefix))
        for own_ids in _after_prefix(sequences, group):
            spans.append(Span(prefix, slice(len(ids), len(ids) + len(own_ids))))
            ids += own_ids
            positions += range(group.shared_tokens, group.shared_tokens + len(own_ids))
            ends.append(len(ids) - 1)
    members = tuple(index for group in step.groups for index in group.members)
    return Packing(
        torch.tensor([ids], device=device),
        torch.tensor([positions], device=device),
        torch.tensor(ends, device=device),
        members,
        tuple(spans),
    )


def _after_prefix(sequences: Sequence[Tokens], group: PrefixGroup) -> Iterator[Tokens]:
    return (sequences[index][group.shared_tokens :] for index in group.members)
