"""Groups token sequences by common prefix, for backends that send one sequence of each prompt first. Pure.

The torch engine needs no groups: it shares every common prefix (``prefix_sharing``). A server with a prefix cache
shares what an earlier request has put into the cache, so one sequence of each prompt must be sent before the others.
Frameworks send one sample a call, so sequences of several requests arrive together and no request says which of them
have the same prompt. The tokens show it. The steps are:

1. Sort the sequences. Sequences with a long common prefix become neighbours.
2. Count the tokens that each two neighbours have in common (the LCP array of the sorted list).
3. Build the tree of runs: a run is a stretch of neighbours that all have a prefix in common, and it lies inside the
   run of every shorter prefix.
4. From the leaves up, make a run one group if that computes no more tokens than the best division of it into smaller
   groups.

A worked example. The template writes ``h h`` before every question; ``a``, ``b`` and ``c`` are questions::

    index  tokens                length   in common with the next
    0      h h a a a a x           7        6
    1      h h a a a a y y         8        2
    2      h h b b b w w           7        5
    3      h h b b b z             6        2
    4      h h c                   3
                                  31 tokens before sharing

    run      in common   one group costs        its parts cost             chosen
    {0, 1}   6           15 - 6 = 9             7 + 8 = 15                 one group
    {2, 3}   5           13 - 5 = 8             7 + 6 = 13                 one group
    {0 … 4}  2           31 - 2 * 4 = 23        9 + 8 + 3 = 20             the parts
                                  20 tokens after sharing: groups {0, 1}, {2, 3} and {4}

So a common question makes a group, and a chat template's header, which all conversations have, does not.

Not promised: more than one level (two candidates of one prompt that begin alike are in the prompt's group, or in a
smaller one of their own). Where some candidates of a prompt have a much longer prefix in common and make a group of
their own, the other candidates of that prompt may stay alone.
"""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

from services.rm.tokens.prefix_sharing import Tokens, common_prefix

_Run = tuple[int, int, int]
"""First and last place in the sorted list, and the number of tokens that the run has in common."""


@dataclass(frozen=True, slots=True)
class PrefixGroup:
    """Sequences that are computed behind one common prefix."""

    shared_tokens: int
    """Length of the common prefix; every member has at least one more token."""
    members: tuple[int, ...]
    """Indices into the list of sequences that was grouped."""


def group_by_prefix(sequences: Sequence[Tokens]) -> list[PrefixGroup]:
    """Divide sequences into groups so that the fewest tokens are computed.

    Only groups that hold every sequence with their prefix are considered. A division that leaves such a sequence out
    can be cheaper by some tokens; finding it would take more than one pass over the sorted list.

    The sequences must not be empty and must all differ.
    """
    order = sorted(range(len(sequences)), key=lambda index: sequences[index])
    if not order:
        return []
    lengths = [len(sequences[index]) for index in order]
    # The last token of each sequence is the one that is scored. It must stay outside the common prefix, also where
    # one sequence is a prefix of the next.
    limits = [min(a, b) - 1 for a, b in itertools.pairwise(lengths)]
    shared = [
        min(limit, common_prefix(sequences[a], sequences[b]))
        for limit, a, b in zip(limits, order, order[1:], strict=False)
    ]
    return [
        PrefixGroup(depth if last > first else 0, tuple(order[first : last + 1]))
        for first, last, depth in _cheapest_division(lengths, shared)
    ]


@dataclass(slots=True)
class _RunNode:
    """A run of neighbours in the sorted list while the tree is built, with the cost of its parts."""

    depth: int
    """Tokens that the whole run has in common."""
    first: int
    """Place of its first sequence in the sorted list."""
    tokens: int = 0
    """Tokens of its sequences before sharing."""
    members: int = 0
    parts_cost: int = 0
    """Tokens computed under the best division of the run into parts."""
    parts: tuple[_Run, ...] = ()

    def add(self, tokens: int, members: int, cost: int, parts: tuple[_Run, ...]) -> None:
        self.tokens += tokens
        self.members += members
        self.parts_cost += cost
        self.parts += parts

    def best(self, last: int) -> tuple[int, tuple[_Run, ...]]:
        """Return the lower cost and its runs: the run as one group, or its parts."""
        cost_of_one_group = self.tokens - self.depth * (self.members - 1)
        if cost_of_one_group <= self.parts_cost:
            return cost_of_one_group, ((self.first, last, self.depth),)
        return self.parts_cost, self.parts


def _cheapest_division(lengths: Sequence[int], shared: Sequence[int]) -> tuple[_Run, ...]:
    """Divide the sorted list into runs. ``shared[i]`` is what sequence i has in common with sequence i + 1.

    ``open_runs`` holds the runs around the current sequence, from the whole list (depth 0) to the deepest one. Every
    run is opened, filled and closed once.
    """
    root = _RunNode(0, 0)
    open_runs = [root]
    for place, length in enumerate(lengths):
        shared_with_next = shared[place] if place < len(shared) else 0
        # The next sequence has more in common with this one than the current run has: a deeper run begins here.
        if shared_with_next > open_runs[-1].depth:
            open_runs.append(_RunNode(shared_with_next, place))
        # This sequence alone: one part, of its full length.
        open_runs[-1].add(length, 1, length, ((place, place, 0),))
        # The next sequence has less in common: every run deeper than that ends here.
        while open_runs[-1].depth > shared_with_next:
            _close_deepest(open_runs, place, shared_with_next)
    return root.best(len(lengths) - 1)[1]


def _close_deepest(open_runs: list[_RunNode], last: int, shared_with_next: int) -> None:
    """Close the deepest run at ``last`` and make it a part of the run around it."""
    run = open_runs.pop()
    # The next sequence has more in common with the closed run than the run around it has: together they are a run
    # between the two, which begins where the closed run began.
    if open_runs[-1].depth < shared_with_next:
        open_runs.append(_RunNode(shared_with_next, run.first))
    cost, parts = run.best(last)
    open_runs[-1].add(run.tokens, run.members, cost, parts)


def group_cost(group: PrefixGroup, sequences: Sequence[Tokens]) -> int:
    """Return the tokens that are computed for a group: its prefix once, and the rest of every member."""
    own = sum(len(sequences[index]) - group.shared_tokens for index in group.members)
    return group.shared_tokens + own
