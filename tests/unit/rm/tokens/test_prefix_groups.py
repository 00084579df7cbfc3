"""Sequences are grouped by common prefix: every sequence is in one group, and no grouping costs more than none."""

from hypothesis import example, given
from hypothesis import strategies as st

from services.rm.tokens.prefix_groups import PrefixGroup, group_by_prefix, group_cost
from services.rm.tokens.prefix_sharing import common_prefix

FEW = st.integers(0, 2)
SEQUENCES = st.lists(st.lists(FEW, min_size=1, max_size=8).map(tuple), max_size=12, unique=True)


@given(SEQUENCES)
def test_every_sequence_is_in_one_group_and_begins_as_its_group_does(sequences):
    groups = group_by_prefix(sequences)
    assert sorted(at for group in groups for at in group.members) == list(range(len(sequences)))
    for group in groups:
        prefixes = {sequences[at][: group.shared_tokens] for at in group.members}
        assert len(prefixes) == 1
        assert all(len(sequences[at]) > group.shared_tokens for at in group.members), (
            "the scored token is outside the prefix"
        )


@given(SEQUENCES)
def test_sharing_never_costs(sequences):
    cost = sum(group_cost(group, sequences) for group in group_by_prefix(sequences))
    assert cost <= sum(map(len, sequences))


def test_the_worked_example_of_the_module():
    h, a, b, c, w, x, y, z = range(8)
    sequences = [
        (h, h, a, a, a, a, x),
        (h, h, a, a, a, a, y, y),
        (h, h, b, b, b, w, w),
        (h, h, b, b, b, z),
        (h, h, c),
    ]
    groups = group_by_prefix(sequences)
    assert groups == [PrefixGroup(6, (0, 1)), PrefixGroup(5, (2, 3)), PrefixGroup(0, (4,))]
    assert sum(map(len, sequences)) == 31
    assert sum(group_cost(group, sequences) for group in groups) == 20


def _depth(run):
    """The tokens that a group of these sequences would share."""
    if len(run) < 2:
        return 0
    return min(*(common_prefix(run[0], each) for each in run), *(len(each) - 1 for each in run))


@given(SEQUENCES.filter(lambda s: len(s) <= 6))
# the two short ones alone would share, and save one
@example([(0, 0, 0, 0), (0, 1), (0, 0, 0, 0, 0), (0, 2)])
def test_no_other_division_into_groups_that_hold_every_sequence_of_their_prefix_costs_less(sequences):
    order = sorted(sequences)

    def leaves_a_sequence_out(first, last):
        depth = _depth(order[first:last])
        around = (order[first - 1 : first + 1], order[last - 1 : last + 1])
        return depth > 0 and any(len(pair) == 2 and _depth(pair) >= depth for pair in around)

    def cheapest(first):
        if first == len(order):
            return 0
        costs = []
        for last in range(first + 1, len(order) + 1):
            if last - first == 1 or not leaves_a_sequence_out(first, last):
                depth = _depth(order[first:last])
                costs.append(depth + sum(len(each) - depth for each in order[first:last]) + cheapest(last))
        return min(costs)

    assert sum(group_cost(group, sequences) for group in group_by_prefix(sequences)) == cheapest(0)


def test_a_common_question_makes_a_group_and_a_common_template_header_does_not():
    header, one, other = (0,) * 20, (1,) * 300, (2,) * 300
    first = [header + one + (7, n) for n in range(4)]
    second = [header + other + (7, n) for n in range(4)]
    mixed = [sequence for pair in zip(first, second, strict=True) for sequence in pair]
    groups = group_by_prefix(mixed)
    assert sorted(groups, key=lambda g: g.members) == [
        PrefixGroup(321, (0, 2, 4, 6)),
        PrefixGroup(321, (1, 3, 5, 7)),
    ]
