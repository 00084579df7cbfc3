"""For any matrix: order does not matter, equals stay equal, and nothing without a verdict wins."""

from hypothesis import given, settings
from hypothesis import strategies as st

from clients.selection import agreement, majority, posterior

CELL = st.sampled_from([True, False, None])
MATRIX = st.integers(1, 6).flatmap(
    lambda tests: st.tuples(
        st.lists(st.one_of(st.none(), st.lists(CELL, min_size=tests, max_size=tests)), max_size=10),
        st.lists(st.floats(0, 50, width=16), min_size=tests, max_size=tests),
    )
)
RULE = st.sampled_from(
    [agreement, posterior, lambda matrix, _: majority([row and tuple(row) for row in matrix])]
)


@settings(deadline=None)
@given(MATRIX, RULE, st.randoms(use_true_random=False))
def test_another_order_gives_the_same_scores(given_matrix, rule, chance):
    matrix, weights = given_matrix
    scores = rule(matrix, weights).scores()
    programs, tests = list(range(len(matrix))), list(range(len(weights)))
    chance.shuffle(programs)
    chance.shuffle(tests)
    turned = [matrix[at] and [matrix[at][test] for test in tests] for at in programs]
    again = rule(turned, [weights[test] for test in tests]).scores()
    assert again == [scores[at] for at in programs]  # to the bit: ties must stay ties


@settings(deadline=None)
@given(MATRIX, RULE)
def test_programs_that_behave_alike_share_a_score(given_matrix, rule):
    matrix, weights = given_matrix
    found = rule(matrix, weights)
    for one, first in enumerate(matrix):
        for other, second in enumerate(matrix):
            if first == second:
                assert found.scores()[one] == found.scores()[other]
                assert (one in found.best) == (other in found.best)


@settings(deadline=None)
@given(MATRIX, RULE)
def test_every_program_has_one_place_and_none_without_a_verdict_wins(given_matrix, rule):
    matrix, weights = given_matrix
    found = rule(matrix, weights)
    grouped = [program for group in found.groups for program in group.programs]
    assert sorted([*grouped, *found.unsupported, *found.unscorable]) == list(range(len(matrix)))
    assert all(matrix[program] is not None for program in grouped)
    assert {at for at, row in enumerate(matrix) if row is None} <= set(found.unscorable)
    scores = [group.score for group in found.groups]
    assert scores == sorted(scores, reverse=True)
    assert all(0 <= group.belief <= 1 for group in found.groups)
    assert all(-1e-9 <= belief <= 1 + 1e-9 for belief in found.beliefs(len(weights)))
