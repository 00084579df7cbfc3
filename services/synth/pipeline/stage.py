"""Defines a stage: a function that turns one row into a further one, or drops it with a reason."""

import hashlib
import random
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from clients.contract.synthesis import SynthRow
from clients.executor import AsyncExecutor
from services.synth.llm.model import ChatModel


class RowDrop(StrEnum):
    """Why a stage dropped a row."""

    CONTAMINATED = "contaminated"
    """It resembles a problem of a benchmark."""
    PROMPT_REFUSED = "prompt_refused"
    """The model's server refuses the prompt."""
    MALFORMED_REPLY = "malformed_reply"
    """No repair rule makes a question and tests of the model's reply."""
    NO_ENTRY_POINT = "no_entry_point"
    """The question and the tests do not settle on a function."""
    FEW_TESTS = "few_tests"
    """Fewer tests are left than the configuration asks for."""
    NO_SOLVER = "no_solver"
    """No solver's program could be judged, so the tests cannot be filtered."""
    AMBIGUOUS = "ambiguous"
    """Solvers disagree about what the question asks."""
    NO_VALIDATOR = "no_validator"
    """No input validator or generator that works could be had."""
    NO_SAMPLE = "no_sample"
    """No sampled program has a verdict."""
    STAGE_ERROR = "stage_error"
    """The stage failed with an unexpected error; it is in the log and in the row's detail."""


class RowDroppedError(Exception):
    """Raised by a stage to drop its row."""

    def __init__(self, reason: RowDrop, detail: str = "", row: SynthRow | None = None) -> None:
        super().__init__(f"{reason}: {detail}" if detail else str(reason))
        self.reason = reason
        self.detail = detail
        self.row = row
        """The row as far as the stage got, to be kept; ``None``: as it came."""


class MissingRoleError(ValueError):
    """A stage needs a model for a role that the configuration gives to none."""


@dataclass(frozen=True, slots=True)
class Backends:
    """The services that stages call."""

    roles: Mapping[str, Sequence[ChatModel]]
    """Role (``writer``, ``solver``, ``sampler``, ``judge``) → the models that have it; several for solvers."""
    executor: AsyncExecutor

    def model(self, role: str) -> ChatModel:
        """Return the model of a role that one model has: the first.

        Raises:
            MissingRoleError: no model has the role.
        """
        return self.models(role)[0]

    def models(self, role: str) -> Sequence[ChatModel]:
        """Return all models of a role.

        Raises:
            MissingRoleError: no model has the role.
        """
        if not self.roles.get(role):
            raise MissingRoleError(
                f"no model has the role {role!r}; name one under 'roles' in the configuration"
            )
        return self.roles[role]


Stage = Callable[[SynthRow, Backends], Awaitable[SynthRow]]
"""Returns the row with what the stage adds, or raises ``RowDroppedError``.

A stage is a function of its row, its options and the answers of ``Backends``: it keeps no state between rows, and
takes randomness from ``row_random`` alone, so that a resumed run makes the same data set.
"""


def row_random(row: SynthRow, purpose: str) -> random.Random:
    """Return a generator of random numbers that depends on the row's id and ``purpose`` only."""
    digest = hashlib.sha256(f"{purpose}\0{row.id}".encode()).digest()
    return random.Random(digest)  # noqa: S311 - reproducible on purpose
