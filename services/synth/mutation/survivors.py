"""Chooses the programs that a suite probably judges wrongly, and describes them for a prompt. Pure.

*Survivors* are mutants of an accepted program that pass all kept tests: equivalent ones, and wrong ones that the tests
miss. *Refused* programs are solvers' that fail few kept tests: wrong ones, and right ones that fail a wrong test.
"""

import ast
import difflib
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from clients.contract import Outcome, ProgramRole, SynthRow

_MOST_PROGRAM_CHARS = 3000
"""Longest program that a prompt shows: about 1,000 tokens."""


@dataclass(frozen=True, slots=True)
class RefusedProgram:
    """A solver's program that fails some kept tests."""

    program: str
    tests: list[int]
    """Positions of the kept tests that it fails."""


def surviving(mutants: Sequence[str], caught: Mapping[int, AbstractSet[int]]) -> list[str]:
    """Return the mutants that no test catches; ``caught`` has, per kept test, the numbers of those that it catches."""
    dead = set[int]().union(*caught.values()) if caught else set[int]()
    return [mutant for number, mutant in enumerate(mutants) if number not in dead]


def refused_programs(row: SynthRow, limit: int) -> list[RefusedProgram]:
    """Return up to ``limit`` different programs that fail a kept test and pass most; those that fail fewest first."""
    refused: dict[str, RefusedProgram] = {}
    for program in row.programs:
        if program.role is ProgramRole.SOLVER and not program.unscorable:
            passed = {at for at, outcome in enumerate(program.outcomes) if outcome is Outcome.PASSED}
            failed = [at for at in row.kept if at not in passed]
            if 0 < len(failed) < len(row.kept) / 2 and len(program.program) <= _MOST_PROGRAM_CHARS:
                refused.setdefault(program.program, RefusedProgram(program.program, failed))
    return sorted(refused.values(), key=lambda one: len(one.tests))[:limit]


def describe_survivors(program: str, survivors: Sequence[str], limit: int) -> str:
    """Return the changed lines of up to ``limit`` survivors of ``program``, those of other programs left out."""
    original = _lines(program)
    described = [_changes(original, _lines(survivor)) for survivor in survivors]
    few = [text for text in dict.fromkeys(described) if text.count("\n") < 4]  # more: of another program
    return "\n\n".join(f"Change {number}:\n{text}" for number, text in enumerate(few[:limit], 1))


def describe_refused(row: SynthRow, refused: Sequence[RefusedProgram]) -> str:
    """Return each refused program with the first test that it fails."""
    return "\n\n".join(
        f"```python\n{one.program.strip()}\n```\nfails `{row.tests[one.tests[0]].source}`" for one in refused
    )


def _lines(program: str) -> list[str]:
    """Return the lines of the program as mutants are written, so that only what was changed differs."""
    try:
        return ast.unparse(ast.parse(program)).splitlines()
    except (SyntaxError, ValueError, MemoryError, RecursionError):
        return program.splitlines()


def _changes(before: Sequence[str], after: Sequence[str]) -> str:
    compared = difflib.ndiff(before, after)
    return "\n".join(line for line in compared if line.startswith(("- ", "+ ")))
