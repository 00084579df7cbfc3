"""Counts and prints what strengthened suites catch and what they lose, for ``benchmarks.strengthening``."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from clients.evaluation import bootstrap


@dataclass(frozen=True, slots=True)
class Caught:
    """What the suites of one problem catch. Each pair: by the given tests, by the strengthened suite."""

    added: int
    """New tests that the stage kept."""
    seen: tuple[int, int, int]
    """Mutants that the stage saw and that some test tells apart: all, caught by given tests, by all kept tests."""
    held_out: tuple[int, int, int]
    """The same for mutants that it did not see."""


@dataclass(frozen=True, slots=True)
class Evaluated:
    """Programs of one HumanEval problem that pass the given tests and labelled nothing."""

    accepted: int
    """Different accepted programs that labelled inputs."""
    added: int
    wrong: int
    wrong_caught: int
    right: int
    right_lost: int
    solution_passes: bool
    lost_by: list[str]
    """New tests that refuse a right program."""


def report_mbpp(rows: Sequence[Caught]) -> dict[str, Any]:
    """Print what suites of MBPP catch, and return the numbers."""
    print(f"\nMBPP: {len(rows)} problems; {sum(row.added for row in rows)} tests added")
    numbers: dict[str, Any] = {"problems": len(rows), "added": sum(row.added for row in rows)}
    for label, counts in (
        ("mutants that the stage saw", [row.seen for row in rows]),
        ("mutants held out", [row.held_out for row in rows]),
    ):
        usable = [one for one in counts if one[0]]
        scores = [bootstrap([one[at] / one[0] for one in usable]) for at in (1, 2)]
        totals = [sum(one[at] for one in usable) for at in range(3)]
        print(f"{label}: {totals[0]}; given tests catch {totals[1]}, strengthened suites {totals[2]}")
        print(f"  mutation score, mean of problems: given {scores[0]}; strengthened {scores[1]}")
        numbers[label] = {"totals": totals, "given": str(scores[0]), "strengthened": str(scores[1])}
    return numbers


def evaluated(accepted: int, new: set[str], fails: dict[int, set[str]], right: Sequence[bool]) -> Evaluated:
    """Count the wrong programs that new tests catch, and the right ones that they refuse."""
    others = [at for at in fails if at]
    return Evaluated(
        accepted=accepted,
        added=len(new),
        wrong=sum(not right[at] for at in others),
        wrong_caught=sum(bool(fails[at] & new) for at in others if not right[at]),
        right=sum(right[at] for at in others),
        right_lost=sum(bool(fails[at] & new) for at in others if right[at]),
        solution_passes=not fails[0] & new,
        lost_by=sorted({test for at in fails if right[at] for test in fails[at] & new}),
    )


def report_humaneval(name: str, rows: Sequence[Evaluated]) -> dict[str, Any]:
    """Print what suites of HumanEval catch and lose, and return the numbers."""
    strengthened = [row for row in rows if row.added]
    totals = {
        field: sum(getattr(row, field) for row in rows)
        for field in ("added", "wrong", "wrong_caught", "right", "right_lost", "solution_passes")
    }
    print(f"\nHumanEval, {name}: {len(rows)} problems, {len(strengthened)} with new tests; {totals}")
    shares = [row.wrong_caught / row.wrong for row in rows if row.wrong]
    in_strengthened = [row.wrong_caught / row.wrong for row in strengthened if row.wrong]
    print(f"  wrong programs caught, mean of problems: {bootstrap(shares)}")
    if in_strengthened:
        print(f"  the same where there are new tests: {bootstrap(in_strengthened)}")
    lost_by = [test for row in rows for test in row.lost_by]
    for test in lost_by:
        print(f"  refuses a right program: {test[:160]}")
    return {"problems": len(rows), **totals, "caught": str(bootstrap(shares)), "lost_by": lost_by}
