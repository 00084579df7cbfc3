"""Defines the questions of a loop: those whose suites are synthesised, and those that everything is measured on.

``questions.jsonl`` in the folder of a run has one ``LoopQuestion`` per line.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from enum import StrEnum
from pathlib import Path
from typing import Annotated

from pydantic import Field, ValidationError

from clients.contract.base import RequestModel
from clients.contract.validation_errors import field_errors

MAX_FAULTS = 8
"""Faults of a file in one message: enough to see their kind."""


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
    tests: list[str] = []  # noqa: RUF012  -- pydantic copies defaults
    """True tests, each one ``assert`` statement. They only measure; a training question needs none."""


def read_questions(path: Path) -> list[LoopQuestion]:
    """Return the questions of a file.

    Raises:
        OSError: the file cannot be read.
        ValueError: a line is wrong, or two questions have the same id; the message names file, line and field.
    """
    questions, faults = [], []
    for number, line in enumerate(path.read_bytes().split(b"\n"), 1):
        if not line.strip():
            continue
        try:
            questions.append(LoopQuestion.model_validate_json(line))
        except ValidationError as error:
            faults += [f"line {number}: {one.field}: {one.message}" for one in field_errors(error)]
    faults += _repeated(questions)
    if faults:
        more = f"; and {len(faults) - MAX_FAULTS} more" if len(faults) > MAX_FAULTS else ""
        raise ValueError(f"{path}: {'; '.join(faults[:MAX_FAULTS])}{more}")
    return questions


def _repeated(questions: Sequence[LoopQuestion]) -> Iterator[str]:
    for name, count in Counter(question.id for question in questions).items():
        if count > 1:
            yield f"{count} questions have the id {name!r}; ids must differ"


def find_missing(questions: Sequence[LoopQuestion]) -> list[str]:
    """Return what keeps a loop from being run on these questions, one text for each fault."""
    faults = []
    if all(question.split is not Split.TRAIN for question in questions):
        faults.append("no question has the split 'train'; add some, they are the seeds of synthesis")
    held_out = [question for question in questions if question.split is not Split.TRAIN]
    if not held_out:
        faults.append("no question has the split 'held_out' or 'held_out_family'; add some, they measure")
    if bare := [question.id for question in held_out if not question.tests]:
        faults.append(f"held-out questions without tests: {', '.join(bare[:MAX_FAULTS])}; add true tests")
    return faults
