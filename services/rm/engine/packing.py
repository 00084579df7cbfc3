"""Lays out a step as one packed row, in which each common prefix is computed once.

A packed row holds, for each sequence in turn, the tokens that it does not share with the sequence before it, without
padding. It is divided into spans, which are the edges of the tree of prefixes: a span ends where a sequence ends, or
where a later sequence branches off. A span attends to its context, which is the sequence's tokens before it, and
causally to itself. An example with the sequences ``1 2 3 4``, ``1 2 3 5 6``, ``1 2 3 5 7`` and ``8 9``::

    place in the row    0 1 2   3     4     5         6         7 8
    token               1 2 3   4     5     6         7         8 9
    position            0 1 2   3     3     4         4         0 1     positions continue those of the context
    span                -----   -     -     -         -         ---
    context             none    0-2   0-2   0-2, 4    0-2, 4    none
    scored                      x           x         x           x     the last token of each sequence

So token 7 at place 6 attends to the places 0, 1, 2, 4 and 6, exactly as in the sequence ``1 2 3 5 7`` alone. A prefix
is a span of its own, so that nothing after it reaches it: a token whose state is NaN spoils only sequences that have it
(a masked key has weight 0, and 0 times NaN is NaN).
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import torch
from torch import Tensor

from services.rm.tokens.prefix_sharing import ForwardStep, Tokens


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of a packed row that attends to its context and, causally, to itself."""

    context: tuple[slice, ...]
    """Places of the tokens before it in its sequences, in order; empty at the beginning of a sequence."""
    own: slice
    """Places of the span."""


@dataclass(slots=True)
class Packing:
    """A step that is laid out as one row of T tokens, for its N sequences."""

    ids: Tensor
    """Token ids, [1, T]."""
    positions: Tensor
    """Position ids, [1, T]: those of a span continue those of its context."""
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
    """Places in the row: for each span its context, then itself."""
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
    path: tuple[slice, ...] = ()  # places of the tokens of the sequence that was laid out last
    branches = _branches(step.shared)
    for index, shared, stops in zip(step.members, step.shared, branches, strict=True):
        sequence = sequences[index]
        path = _first_places(path, shared)
        for start, stop in pairwise((shared, *stops, len(sequence))):
            span = Span(path, slice(len(ids), len(ids) + stop - start))
            spans.append(span)
            path = (*path, span.own)
            ids += sequence[start:stop]
        positions += range(shared, len(sequence))
        ends.append(len(ids) - 1)
    return Packing(
        torch.tensor([ids], device=device),
        torch.tensor([positions], device=device),
        torch.tensor(ends, device=device),
        step.members,
        tuple(spans),
    )


def _branches(shared: Sequence[int]) -> list[list[int]]:
    """Return, for each sequence of a row, the positions in its own tokens at which later sequences branch off.

    ``shared`` is what each sequence has in common with the one before it. A later sequence has in common with this one
    the least of the numbers between the two. ``open_branches`` holds these least numbers, the largest last.
    """
    branches: list[list[int]] = []
    open_branches: list[int] = []
    for count in reversed(shared):
        own: list[int] = []
        while open_branches and open_branches[-1] > count:
            own.append(open_branches.pop())
        if not open_branches or open_branches[-1] < count:
            open_branches.append(count)
        branches.append(own[::-1])
    return branches[::-1]


def _first_places(path: tuple[slice, ...], count: int) -> tuple[slice, ...]:
    """Return the first ``count`` places of a path; stretches that touch become one."""
    kept: list[slice] = []
    for part in path:
        if count <= 0:
            break
        taken = slice(part.start, min(part.stop, part.start + count))
        count -= taken.stop - taken.start
        if kept and kept[-1].stop == taken.start:
            taken = slice(kept.pop().start, taken.stop)
        kept.append(taken)
    return tuple(kept)
