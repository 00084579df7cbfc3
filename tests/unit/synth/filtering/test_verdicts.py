"""Marks on tests from the outcomes of programs."""

from clients.contract import Outcome, ProgramRole, Seed, SynthProgram, SynthRow, SynthTest, TestDrop
from services.synth.filtering.verdicts import mark, mark_invalid

PASSED, INVALID = Outcome.PASSED, Outcome.INVALID_TEST
ROW = SynthRow(seed=Seed(id="q"), tests=[SynthTest(source=f"assert f({n}) == {n}") for n in range(4)])


def program(*outcomes):
    return SynthProgram(
        role=ProgramRole.SOLVER, model="m", completion="", program="", outcomes=list(outcomes)
    )


def test_a_test_that_is_invalid_for_any_program_is_dropped_if_it_is_asked_about():
    programs = [program(PASSED, INVALID, PASSED, INVALID), program(PASSED, PASSED, INVALID), program()]
    marked = mark_invalid(ROW, programs, [0, 1, 2])
    assert [test.dropped for test in marked.tests] == [None, TestDrop.INVALID, TestDrop.INVALID, None]


def test_without_decisions_the_row_stays_as_it_is():
    assert mark(ROW, {}) is ROW
    assert mark_invalid(ROW, [program(PASSED, PASSED)], [0, 1]) is ROW
