"""Turns the tests of a row into a suite for the executor, and outcomes into pass rates. Pure.

A rate is passed tests divided by valid ones, over one set of tests: kept, and not shown in any prompt.
"""

import hashlib
from collections.abc import Sequence

from clients.contract import Outcome, ProgramKind, Suite, SynthProgram, SynthRow


def counted_tests(row: SynthRow) -> list[int]:
    """Return the positions of the tests that count in rates: kept, and not shown in any prompt."""
    return [position for position in row.kept if not row.tests[position].is_shown]


def suite_at(row: SynthRow, positions: Sequence[int]) -> Suite:
    """Return the row's tests at ``positions``, kept or not, as a suite whose id is the row's.

    Raises:
        ValueError: the row has no question, or ``positions`` is empty.
    """
    if row.question is None or not positions:
        missing = "question" if row.question is None else "test"
        raise ValueError(f"row {row.id!r} has no {missing}; it is no suite")
    tests = [row.tests[position] for position in positions]
    if row.question.kind is ProgramKind.STDIN:
        io = [test.io for test in tests if test.io is not None]
        return Suite(id=row.id, io=io, comparison=row.question.comparison)
    return Suite(
        id=row.id,
        asserts=[test.source for test in tests],
        setup=row.question.setup,
        entry_point=row.question.entry_point or None,
    )


def pass_rate(program: SynthProgram, positions: Sequence[int]) -> float | None:
    """Return passed tests divided by valid tests among ``positions``; ``None`` if none has an outcome."""
    outcomes = [program.outcomes[at] for at in positions if at < len(program.outcomes)]
    valid = [outcome for outcome in outcomes if outcome not in (None, Outcome.INVALID_TEST)]
    return sum(outcome is Outcome.PASSED for outcome in valid) / len(valid) if valid else None


def hash_tests(row: SynthRow, positions: Sequence[int]) -> list[str]:
    """Return SHA-256 (first 16 hex digits) of each test at ``positions``, with the question's setup."""
    setup = row.question.setup if row.question else ""
    texts = [row.tests[at].source or row.tests[at].model_dump_json() for at in positions]
    return [hashlib.sha256(f"{setup}\0{text}".encode()).hexdigest()[:16] for text in texts]
