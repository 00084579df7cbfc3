"""Turns solvers' outcomes into a matrix, and a policy's decisions into marks on the row's tests. Pure."""

from collections.abc import Mapping, Sequence

from clients.contract import Outcome, SynthProgram, SynthRow, TestDrop
from clients.selection.consensus import MatrixRow
from services.synth.filtering.matrix import FilterMatrix, TestDecision

_CERTAIN = {Outcome.PASSED, Outcome.WRONG_ANSWER, Outcome.RUNTIME_ERROR}
"""Outcomes that the values alone decide. A limit may be reached in one run and not in the next."""


def matrix_of(programs: Sequence[SynthProgram], positions: Sequence[int]) -> FilterMatrix:
    """Return the matrix of the programs and the row's tests at ``positions``. An invalid test is unknown."""
    return FilterMatrix([_cells(program, positions) for program in programs])


def _cells(program: SynthProgram, positions: Sequence[int]) -> MatrixRow:
    outcomes = _outcomes_at(program, positions)
    if program.unscorable or all(outcome is None for outcome in outcomes):
        return None
    return [
        None if outcome in (None, Outcome.INVALID_TEST) else outcome is Outcome.PASSED for outcome in outcomes
    ]


def certain_cells(programs: Sequence[SynthProgram], positions: Sequence[int]) -> list[MatrixRow]:
    """Return the same cells, where an outcome that a limit decided is unknown: for comparing two runs."""
    return [
        None
        if program.unscorable
        else [
            outcome is Outcome.PASSED if outcome in _CERTAIN else None
            for outcome in _outcomes_at(program, positions)
        ]
        for program in programs
    ]


def _outcomes_at(program: SynthProgram, positions: Sequence[int]) -> list[Outcome | None]:
    return [program.outcomes[at] if at < len(program.outcomes) else None for at in positions]


def mark_invalid(row: SynthRow, programs: Sequence[SynthProgram], positions: Sequence[int]) -> SynthRow:
    """Drop the tests that the executor calls invalid for any program: no program could fail them."""
    detail = "the executor calls it invalid: it asserts nothing about the program"
    invalid = TestDecision(TestDrop.INVALID, None, detail)
    return mark(
        row,
        {
            at: invalid
            for program in programs
            for at, outcome in zip(positions, _outcomes_at(program, positions), strict=True)
            if outcome is Outcome.INVALID_TEST
        },
    )


def mark(row: SynthRow, decisions: Mapping[int, TestDecision]) -> SynthRow:
    """Return the row with the decisions at their positions."""
    if not decisions:
        return row
    tests = [
        test.model_copy(
            update={
                "dropped": decisions[at].dropped,
                "probability": decisions[at].probability,
                "detail": decisions[at].detail,
            }
        )
        if at in decisions
        else test
        for at, test in enumerate(row.tests)
    ]
    return row.model_copy(update={"tests": tests})
