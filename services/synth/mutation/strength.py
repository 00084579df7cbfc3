"""Decides which tests of a strengthened row are kept, and how strong these are. Pure."""

import random
from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet

from clients.contract import MutationScore, Outcome, ProgramRole, SynthProgram, SynthRow, TestDrop, TestOrigin
from services.synth.filtering.matrix import TestDecision
from services.synth.filtering.verdicts import mark
from services.synth.mutation.cover import smallest_cover
from services.synth.mutation.mutants import mutants_of

Caught = Mapping[int, AbstractSet[int]]
"""Position of a kept test → what it catches: mutants by their number, wrong programs of solvers by a negative one."""


def accepted_programs(row: SynthRow) -> list[str]:
    """Return the different programs of solvers that pass all kept tests, in order."""
    accepted = [program.program for program in _solvers(row) if not _failed(program, row.kept)]
    return list(dict.fromkeys(accepted))


def row_mutants(programs: Sequence[str], limit: int, chooser: random.Random) -> list[str]:
    """Return up to ``limit`` mutants of the first two programs, half of each: their mistakes are different ones."""
    sources = programs[:2]
    made = []
    for number, source in enumerate(sources):
        share = limit // len(sources) + (number < limit % len(sources))
        made += [mutant.program for mutant in mutants_of(source, share, chooser)]
    return list(dict.fromkeys(made))


def caught_solvers(row: SynthRow) -> dict[int, set[int]]:
    """Return, per kept test, the solvers' programs that fail it, as negative numbers."""
    caught: dict[int, set[int]] = {at: set() for at in row.kept}
    for number, program in enumerate(_solvers(row), 1):
        if not program.unscorable:
            for at in _failed(program, row.kept):
                caught[at].add(-number)
    return caught


def _solvers(row: SynthRow) -> list[SynthProgram]:
    return [program for program in row.programs if program.role is ProgramRole.SOLVER]


def _failed(program: SynthProgram, positions: Sequence[int]) -> list[int]:
    """Return the positions of the tests that a program does not pass; one that was not judged passes none."""
    return [
        at for at in positions if at >= len(program.outcomes) or program.outcomes[at] is not Outcome.PASSED
    ]


def settle(
    row: SynthRow,
    given: Sequence[int],
    caught: Caught,
    *,
    mutants: int,
    min_tests: int,
    minimize: bool,
    spare: int,
) -> SynthRow:
    """Return the row with redundant tests marked, its mutation score, and the numbers behind it in the notes.

    ``given`` are the tests that were kept before; they stay unless ``minimize``. ``spare`` new tests stay although they
    catch nothing more, those that catch most first; with ``minimize`` none does. A mutant that no test catches is
    counted as equivalent to the program: there is no evidence that it is not.
    """
    kept = row.kept
    always = [] if minimize else [kept.index(at) for at in given]
    chosen = {kept[at] for at in smallest_cover([caught[at] for at in kept], always)}
    others = sorted((at for at in kept if at not in chosen), key=lambda at: (-len(caught[at]), at))
    chosen.update(others[: max(min_tests - len(chosen), 0 if minimize else spare)])
    detail = "it catches no program that the other tests do not catch"
    row_after = mark(
        row,
        {
            at: TestDecision(TestDrop.REDUNDANT, row.tests[at].probability, detail)
            for at in kept
            if at not in chosen
        },
    )
    told_apart = _mutants_in(caught[at] for at in kept)
    numbers = {
        "mutants": mutants,
        "equivalent": mutants - told_apart,
        "caught_before": _mutants_in(caught[at] for at in given),
        "added": sum(row.tests[at].origin is TestOrigin.MUTATED for at in chosen),
    }
    score = MutationScore(mutants=told_apart, caught=_mutants_in(caught[at] for at in chosen))
    return with_notes(row_after.model_copy(update={"mutation": score}), numbers)


def with_notes(row: SynthRow, numbers: Mapping[str, int]) -> SynthRow:
    """Return the row with the numbers in its notes, under ``strengthen.<name>``."""
    notes = {f"strengthen.{name}": value for name, value in numbers.items()}
    return row.model_copy(update={"notes": {**row.notes, **notes}})


def _mutants_in(sets: Iterable[AbstractSet[int]]) -> int:
    return len({number for caught in sets for number in caught if number >= 0})
