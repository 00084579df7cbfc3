"""Selects the tests that count, and turns outcomes into pass rates. Pure.

A rate is passed tests divided by valid ones, over one set of tests: kept, and not shown in any prompt.
"""

import hashlib
from collections.abc import Sequence

from clients.contract import Outcome, SynthProgram, SynthRow


def counted_tests(row: SynthRow) -> list[int]:
    """Return the positions of the tests that count in rates: kept, and not shown in any prompt."""
    return [position for position in row.kept if not row.tests[position].is_shown]


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
