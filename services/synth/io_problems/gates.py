"""Decides whether a validator and a checker program may be used, from what they did in the jail. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

Cell = bool | None
"""Whether an output was accepted, or an input was; ``None``: there is no answer."""


@dataclass(frozen=True, slots=True)
class GateDecision:
    """Whether something may be used, and why not."""

    is_open: bool
    detail: str = ""


def decide_validator(
    given: Sequence[Cell], imagined: Sequence[Cell], mutated: Sequence[Cell], *, min_share: float
) -> GateDecision:
    """Decide about a validator by its answers for three sorts of inputs.

    It must accept every ``given`` input, which came with the seed; a share of the ``imagined`` ones, which a model
    wrote and may have got wrong; and refuse a share of the ``mutated`` ones. Without an input that it accepts, nothing
    shows that it accepts a right one.
    """
    refused = sum(cell is not True for cell in given)
    if refused:
        return GateDecision(False, f"the validator refuses {refused} of {len(given)} given inputs")
    accepted = sum(cell is True for cell in imagined)
    if not given and (not accepted or accepted < min_share * len(imagined)):
        return GateDecision(
            False, f"the validator accepts only {accepted} of {len(imagined)} imagined inputs"
        )
    caught = sum(cell is False for cell in mutated)
    if not mutated or caught < min_share * len(mutated):
        return GateDecision(False, f"the validator refuses only {caught} of {len(mutated)} mutated inputs")
    return GateDecision(True)


@dataclass(frozen=True, slots=True)
class CheckerEvidence:
    """What a checker program said, each time one cell per input."""

    agreeing: Sequence[Sequence[Cell]]
    """Outputs that several solvers agree on; where none is agreed on, outputs of single solvers that it accepts."""
    empty: Sequence[Cell]
    garbage: Sequence[Cell]
    wrong: Sequence[Sequence[Cell]]
    """Outputs that should be wrong, and can be right by chance: swapped, with another number, cut."""


def decide_checker(evidence: CheckerEvidence, *, min_share: float) -> GateDecision:
    """Decide about a checker program.

    It must accept every output that solvers agree on, refuse empty output and garbage for every input, and refuse a
    share of the wrong outputs.
    """
    accepted = [cell for column in evidence.agreeing for cell in column]
    if not accepted:
        return GateDecision(False, "the checker accepts no solver's output")
    if not all(cell is True for cell in accepted):
        wrong = sum(cell is not True for cell in accepted)
        return GateDecision(
            False, f"the checker refuses {wrong} of {len(accepted)} outputs of agreeing solvers"
        )
    for name, cells in (("empty", evidence.empty), ("garbage", evidence.garbage)):
        if any(cell is True for cell in cells):
            return GateDecision(False, f"the checker accepts {name} output")
    changed = [cell for column in evidence.wrong for cell in column if cell is not None]
    caught = sum(cell is False for cell in changed)
    if not changed or caught < min_share * len(changed):
        return GateDecision(False, f"the checker refuses only {caught} of {len(changed)} wrong outputs")
    return GateDecision(True)
