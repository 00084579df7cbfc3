"""Smallest covers, and what becomes of the tests of a strengthened row."""

from hypothesis import given
from hypothesis import strategies as st

from clients.contract import (
    MutationScore,
    Outcome,
    ProgramRole,
    Seed,
    SynthProgram,
    SynthRow,
    SynthTest,
    TestDrop,
    TestOrigin,
)
from services.synth.mutation.cover import smallest_cover
from services.synth.mutation.strength import accepted_programs, caught_solvers, settle


def test_the_cover_takes_the_test_that_catches_most_first():
    assert smallest_cover([{1}, {1, 2, 3}, {3, 4}, {4}]) == [1, 2]
    assert smallest_cover([{1}, {1, 2, 3}, {3, 4}, {4}], always=[0]) == [0, 1, 2]
    assert smallest_cover([set(), set()]) == []


@given(st.lists(st.sets(st.integers(0, 9)), max_size=8))
def test_a_cover_catches_what_all_tests_catch(caught):
    chosen = smallest_cover(caught)
    assert set().union(*(caught[at] for at in chosen)) == set().union(*caught)


def row(*outcomes, tests=3):
    letters = {"p": Outcome.PASSED, "w": Outcome.WRONG_ANSWER, "-": None}
    programs = [
        SynthProgram(
            role=ProgramRole.SOLVER,
            model="m",
            completion="",
            program=f"# {number}",
            outcomes=[letters[letter] for letter in text],
        )
        for number, text in enumerate(outcomes)
    ]
    made = [SynthTest(source=f"assert f({n}) == {n}") for n in range(tests)]
    made[-1] = made[-1].model_copy(update={"origin": TestOrigin.MUTATED})
    return SynthRow(seed=Seed(id="r"), tests=made, programs=programs)


def test_accepted_programs_pass_all_kept_tests():
    assert accepted_programs(row("ppp", "ppw", "pp", "pp-", "ppp")) == ["# 0", "# 4"]


def test_solvers_are_caught_by_the_tests_they_fail():
    assert caught_solvers(row("ppp", "pww")) == {0: set(), 1: {-2}, 2: {-2}}


CAUGHT = {0: {0}, 1: {0}, 2: {0, 1, -2}}


def settled(**options):
    defaults = {"mutants": 5, "min_tests": 1, "minimize": False, "spare": 0}
    return settle(row("ppp"), [0, 1], CAUGHT, **{**defaults, **options})


def test_a_new_test_that_catches_more_is_kept_and_the_score_counts_mutants_alone():
    result = settled()
    assert result.kept == [0, 1, 2]
    assert result.mutation == MutationScore(mutants=2, caught=2)
    assert result.notes == {
        "strengthen.mutants": 5,
        "strengthen.equivalent": 3,
        "strengthen.caught_before": 1,
        "strengthen.added": 1,
    }


def test_minimizing_drops_what_catches_nothing_of_its_own_but_leaves_enough_tests():
    assert settled(minimize=True).kept == [2]
    assert settled(minimize=True).tests[0].dropped is TestDrop.REDUNDANT
    assert settled(minimize=True, min_tests=2).kept == [0, 2]


def test_spare_tests_are_those_that_catch_most():
    caught = {0: {0}, 1: {1}, 2: set(), 3: {0, 1}}
    result = settle(row("pppp", tests=4), [0], caught, mutants=2, min_tests=1, minimize=False, spare=1)
    assert result.kept == [0, 1, 3]


def test_a_new_test_that_catches_nothing_more_is_redundant():
    result = settle(
        row("ppp"),
        [0, 1],
        {0: {0}, 1: {1}, 2: {0}},
        mutants=2,
        min_tests=1,
        minimize=False,
        spare=0,
    )
    assert result.kept == [0, 1]
    assert result.tests[2].dropped is TestDrop.REDUNDANT
