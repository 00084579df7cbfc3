"""Selects the tests that count, turns outcomes into pass rates, and tests into text. Pure.

A rate is passed tests divided by valid ones, over one set of tests: kept, and not shown in any prompt.
"""

import hashlib
from collections.abc import Sequence

from clients.contract import Comparison, Outcome, SynthProgram, SynthRow, SynthTest


def counted_tests(row: SynthRow) -> list[int]:
    """Return the positions of the tests that count in rates: kept, and not shown in any prompt."""
    return [position for position in row.kept if not row.tests[position].is_shown]


def pass_rate(program: SynthProgram, positions: Sequence[int]) -> float | None:
    """Return passed tests divided by valid tests among ``positions``; ``None`` if none has an outcome."""
    outcomes = [program.outcomes[at] for at in positions if at < len(program.outcomes)]
    valid = [outcome for outcome in outcomes if outcome not in (None, Outcome.INVALID_TEST)]
    return sum(outcome is Outcome.PASSED for outcome in valid) / len(valid) if valid else None


def hash_tests(row: SynthRow, positions: Sequence[int]) -> list[str]:
    """Return SHA-256 (first 16 hex digits) of each test at ``positions``, with the setup and the rule for outputs."""
    context = ""
    if question := row.question:
        comparison = question.comparison
        rule = question.checker or ("" if comparison == Comparison() else comparison.model_dump_json())
        context = question.setup + (f"\0{rule}" if rule else "")
    texts = [test_text(row.tests[at]) for at in positions]
    return [hashlib.sha256(f"{context}\0{text}".encode()).hexdigest()[:16] for text in texts]


def test_text(test: SynthTest) -> str:
    """Return the test as one text for files and hashes: its source; of a test of a script, JSON of input and output."""
    return test.source if test.io is None else test.io.model_dump_json(exclude_defaults=True)


def shown_test(test: SynthTest) -> str:
    """Return the test as a prompt shows it: its source; of a test of a script, its input and output."""
    io = test.io
    return test.source if io is None else f"Input:\n{io.stdin}\nOutput:\n{io.stdout}"
