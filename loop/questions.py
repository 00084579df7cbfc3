"""Defines the questions of a loop: those whose suites are synthesised, and those that everything is measured on.

``questions.jsonl`` in the folder of a run has one ``LoopQuestion`` per line.
"""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

from pydantic import Field

from clients.contract.base import RequestModel


class Split(StrEnum):
    """What a question is used for."""

    TRAIN = "train"
    """A seed of synthesis. Its true tests are never shown to any model or trainer."""
    HELD_OUT = "held_out"
    """Measured on only; training questions of the same family exist."""
    HELD_OUT_FAMILY = "held_out_family"
    """Measured on only; no training question is of its family."""


class LoopQuestion(RequestModel):
    """One question, with tests that are known to be right."""

    id: Annotated[str, Field(min_length=1)]
    family: str = ""
    """What kind of task it is; questions of a family differ in constants and operations."""
    split: Split
    text: str
    """What the policy is asked: the whole user turn."""
    entry_point: str
    """Name of the function."""
    program: str
    """A right program. It is the seed of synthesis where the split is ``train``."""
    tests: list[str]
    """True tests, each one ``assert`` statement. They only measure."""


def read_questions(path: Path) -> list[LoopQuestion]:
    """Return the questions of a file.

    Raises:
        OSError, pydantic.ValidationError: the file or a line cannot be read.
    """
    lines = path.read_text(encoding="utf-8").splitlines()
    return [LoopQuestion.model_validate_json(line) for line in lines]
