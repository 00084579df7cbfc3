"""Which token sequences are computed together, so that what they begin with is computed once. Pure.

Sequences of several requests meet here without a word on which belong together: frameworks send one sample a
call. Their tokens say it. Sorted, sequences with a long common beginning are neighbours; a run of neighbours
becomes one group where that costs less than its best division into smaller ones. So a chat template's header,
which all conversations share, joins nobody, and a question does.

Not promised: sharing on more than one level (candidates that begin alike behind one prompt); nor, where some of a
prompt's candidates have much more in common than the prompt and go together, that the rest of them share it.
"""

import itertools
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass

Tokens = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class PrefixGroup:
    """Sequences behind a common beginning."""

    shared_tokens: int
    """Tokens they all begin with; each has at least one of its own beyond."""
    members: tuple[int, ...]
    """Their places in the list they were found in."""


@dataclass(frozen=True, slots=True)
class ForwardStep:
    """Groups that go through the model together."""

    groups: tuple[PrefixGroup, ...]
    tokens: int
    """Computed for them."""


def common_prefix(one: Tokens, other: Tokens) -> int:
    """Return how many tokens both begin with."""
    longest = min(len(one), len(other))
    if one[:longest] == other[:longest]:
        return longest
    return bisect_left(range(1, longest + 1), True, key=lambda n: one[:n] != other[:n])


def group_by_prefix(sequences: Sequence[Tokens]) -> list[PrefixGroup]:
    """Return the division into groups that computes the fewest tokens, of those that leave nobody out who begins alike.

    Sequences are not empty, and all differ.
    """
    order = sorted(range(len(sequences)), key=lambda at: sequences[at])
    if not order:
        return []
    lengths = [len(sequences[at]) for at in order]
    # The scored token is each one's own, even if it begins like a longer one.
    limits = [min(a, b) - 1 for a, b in itertools.pairwise(lengths)]
    shared = [
        min(limit, common_prefix(sequences[a], sequences[b]))
        for limit, a, b in zip(limits, order, order[1:], strict=False)
    ]
    return [
        PrefixGroup(depth if last > first else 0, tuple(order[first : last + 1]))
        for first, last, depth in _divide(lengths, shared)
    ]


@dataclass(slots=True)
class _Node:
    """A run of neighbours, while the division is built: its own cost against that of its parts."""

    depth: int
    """What the run has in common."""
    first: int
    tokens: int = 0
    members: int = 0
    parts_cost: int = 0
    """Of the best division into parts."""
    parts: tuple[tuple[int, int, int], ...] = ()

    def take(self, tokens: int, members: int, cost: int, parts: tuple[tuple[int, int, int], ...]) -> None:
        self.tokens += tokens
        self.members += members
        self.parts_cost += cost
        self.parts += parts

    def best(self, last: int) -> tuple[int, tuple[tuple[int, int, int], ...]]:
        """Cost and runs: one group if that is no dearer than its parts."""
        together = self.tokens - self.depth * (self.members - 1)
        if together <= self.parts_cost:
            return together, ((self.first, last, self.depth),)
        return self.parts_cost, self.parts


def _divide(lengths: Sequence[int], shared: Sequence[int]) -> tuple[tuple[int, int, int], ...]:
    """Return runs (first, last, depth): the tree that the common beginnings make, decided from its leaves up."""
    root = _Node(0, 0)
    open_nodes = [root]
    for at, length in enumerate(lengths):
        after = shared[at] if at < len(shared) else 0
        if after > open_nodes[-1].depth:
            open_nodes.append(_Node(after, at))
        open_nodes[-1].take(length, 1, length, ((at, at, 0),))
        while open_nodes[-1].depth > after:
            _close(open_nodes, at, after)
    return root.best(len(lengths) - 1)[1]


def _close(open_nodes: list[_Node], last: int, after: int) -> None:
    """End the innermost run; what it is part of takes it in."""
    node = open_nodes.pop()
    if open_nodes[-1].depth < after:
        open_nodes.append(_Node(after, node.first))
    cost, parts = node.best(last)
    open_nodes[-1].take(node.tokens, node.members, cost, parts)


def plan_steps(sequences: Sequence[Tokens], budget: int) -> list[ForwardStep]:
    """Fill steps with groups, each step up to ``budget`` tokens counted after sharing.

    A group above the budget is cut: its beginning is computed again for every part. A lone sequence above the
    budget gets a step of its own.
    """
    made: list[ForwardStep] = []
    waiting: list[PrefixGroup] = []
    used = 0
    for group in _cut(group_by_prefix(sequences), sequences, budget):
        cost = group_cost(group, sequences)
        if waiting and used + cost > budget:
            made.append(ForwardStep(tuple(waiting), used))
            waiting, used = [], 0
        waiting.append(group)
        used += cost
    return [*made, ForwardStep(tuple(waiting), used)] if waiting else made


def group_cost(group: PrefixGroup, sequences: Sequence[Tokens]) -> int:
    """Return the tokens that a group costs."""
    own = sum(len(sequences[at]) - group.shared_tokens for at in group.members)
    return group.shared_tokens + own


def _cut(groups: Sequence[PrefixGroup], sequences: Sequence[Tokens], budget: int) -> list[PrefixGroup]:
    parts: list[PrefixGroup] = []
    for group in groups:
        members: list[int] = []
        used = group.shared_tokens
        for at in group.members:
            own = len(sequences[at]) - group.shared_tokens
            if members and used + own > budget:
                parts.append(_part(group, members))
                members, used = [], group.shared_tokens
            members.append(at)
            used += own
        parts.append(_part(group, members))
    return parts


def _part(group: PrefixGroup, members: Sequence[int]) -> PrefixGroup:
    return PrefixGroup(group.shared_tokens if len(members) > 1 else 0, tuple(members))
