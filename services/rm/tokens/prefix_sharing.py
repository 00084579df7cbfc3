"""Plans the steps of a batch so that tokens which several sequences begin with are computed once per step. Pure.

The sequences are sorted, so those with a long common prefix become neighbours. Behind its predecessor, a sequence costs
only the tokens that the two do not have in common. This shares every common prefix on every level: the chat template's
header of all prompts, the prompt of its candidates, and the signature that some of these programs begin with. An
example with five sequences, in sorted order::

    tokens                in common with the one before    computed
    h h a a a a x         -                                7
    h h a a a a y y       6                                2
    h h b b b w w         2                                5
    h h b b b z           5                                1
    h h c                 2                                1
                                                          16 of 31 tokens

``packing`` lays a step out for the model. ``prefix_groups`` is for servers that do the sharing themselves.
"""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import inf

Tokens = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class ForwardStep:
    """M sequences that go through the model together."""

    members: tuple[int, ...]
    """Indices into the list of sequences that was planned, [M], in the order of the row."""
    shared: tuple[int, ...]
    """Tokens that each member has in common with the member before it, [M]; 0 for the first. They are computed for an
    earlier member. Every member has at least one more token: the scored one."""
    tokens: int
    """Tokens computed for them."""


def common_prefix(one: Tokens, other: Tokens) -> int:
    """Return the length of the longest common prefix of two sequences.

    Slices are compared, by bisection: a comparison of two slices runs in C, a loop over tokens would not.
    """
    longest = min(len(one), len(other))
    if one[:longest] == other[:longest]:
        return longest
    return bisect_left(range(1, longest + 1), True, key=lambda n: one[:n] != other[:n])


def plan_steps(sequences: Sequence[Tokens], budget: int, *, sharing: bool = True) -> list[ForwardStep]:
    """Divide sequences into steps of at most ``budget`` tokens, counted after sharing.

    A prefix that reaches over the end of a step is computed again in the next one, so steps end where little is shared.
    A single sequence above the budget gets a step of its own. Without ``sharing`` no prefix is shared, and the order is
    kept. The sequences must not be empty and must all differ.
    """
    order = list(range(len(sequences)))
    if sharing:
        order.sort(key=lambda index: sequences[index])
    lengths = [len(sequences[index]) for index in order]
    shared = [0] * len(order)
    if sharing:
        # The last token is scored, so it is computed, also where a sequence is a prefix of its predecessor.
        shared[1:] = [
            min(common_prefix(sequences[one], sequences[other]), len(sequences[other]) - 1)
            for one, other in pairwise(order)
        ]
    steps: list[ForwardStep] = []
    first = 0
    while first < len(order):
        stop = _end_of_step(lengths, shared, first, budget)
        tokens = sum(lengths[first:stop]) - sum(shared[first + 1 : stop])
        steps.append(ForwardStep(tuple(order[first:stop]), (0, *shared[first + 1 : stop]), tokens))
        first = stop
    return steps


def tokens_after_sharing(sequences: Sequence[Tokens]) -> int:
    """Return the tokens that are computed for sequences in one step."""
    return sum(step.tokens for step in plan_steps(sequences, budget=sum(map(len, sequences))))


def _end_of_step(lengths: Sequence[int], shared: Sequence[int], first: int, budget: int) -> int:
    """Return the place after the last sequence of the step that begins at ``first``.

    Of the places where the step is at least half full, it is the one with the fewest tokens in common across it; of
    several, the last.
    """
    used = lengths[first]
    stop, lowest = first + 1, inf
    for place in range(first + 1, len(lengths)):
        is_half_full = 2 * used >= budget
        if not is_half_full or shared[place] <= lowest:
            stop, lowest = place, shared[place] if is_half_full else inf
        used += lengths[place] - shared[place]
        if used > budget:
            return stop
    return len(lengths)
