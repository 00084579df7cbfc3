"""Steps keep to their budget, hold every sequence once, and compute each token of the tree of prefixes once."""

from hypothesis import given
from hypothesis import strategies as st

from services.rm.tokens.prefix_sharing import common_prefix, plan_steps, tokens_after_sharing

FEW = st.integers(0, 2)
SEQUENCES = st.lists(st.lists(FEW, min_size=1, max_size=8).map(tuple), max_size=12, unique=True)


@given(SEQUENCES, st.integers(1, 30), st.booleans())
def test_every_sequence_is_in_one_step_and_begins_as_its_neighbour_does(sequences, budget, sharing):
    plan = plan_steps(sequences, budget, sharing=sharing)
    assert sorted(at for step in plan for at in step.members) == list(range(len(sequences)))
    for step in plan:
        assert step.shared[0] == 0
        for one, other, shared in zip(step.members, step.members[1:], step.shared[1:], strict=False):
            assert sequences[one][:shared] == sequences[other][:shared]
            assert shared < len(sequences[other]), "the scored token is computed"
            assert sharing or shared == 0


@given(SEQUENCES, st.integers(1, 30), st.booleans())
def test_a_step_keeps_to_its_budget_unless_one_sequence_alone_is_above_it(sequences, budget, sharing):
    for step in plan_steps(sequences, budget, sharing=sharing):
        own = [len(sequences[at]) - shared for at, shared in zip(step.members, step.shared, strict=True)]
        assert step.tokens == sum(own)
        assert step.tokens <= budget or len(step.members) == 1


@given(SEQUENCES)
def test_in_one_step_every_beginning_is_computed_once(sequences):
    beginnings = {sequence[:length] for sequence in sequences for length in range(1, len(sequence) + 1)}
    assert tokens_after_sharing(sequences) == len(beginnings)


def test_the_worked_example_of_the_module():
    h, a, b, c, w, x, y, z = range(8)
    sequences = [
        (h, h, a, a, a, a, x),
        (h, h, a, a, a, a, y, y),
        (h, h, b, b, b, w, w),
        (h, h, b, b, b, z),
        (h, h, c),
    ]
    (step,) = plan_steps(sequences, 100)
    assert (step.members, step.shared, step.tokens) == ((0, 1, 2, 3, 4), (0, 6, 2, 5, 2), 16)


def test_a_step_ends_between_two_prompts_and_not_within_one():
    prompts = [(number,) * 50 for number in range(3)]
    sequences = [(*prompt, 7, n) for prompt in prompts for n in range(4)]
    plan = plan_steps(sequences, 140)  # two prompts and some candidates of the third
    assert [step.members for step in plan] == [tuple(range(8)), tuple(range(8, 12))]
    assert sum(step.tokens for step in plan) == tokens_after_sharing(sequences)


def test_common_prefix():
    assert common_prefix((1, 2, 3), (1, 2, 4)) == 2
    assert common_prefix((1, 2), (1, 2, 4)) == 2
    assert common_prefix((5,), (6,)) == 0
    assert common_prefix((), (6,)) == 0
