"""Keeps the held-out measurements of a run, and computes pass@1, lifts and differences from them.

A measurement keeps a rate for each question, so that two of them are compared by question: the interval of a lift is
that of the mean of the questions' differences.
"""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Annotated

from pydantic import Field

from clients.contract.base import ResponseModel
from loop.questions import LoopQuestion
from loop.results import Share, TrainingPoint
from loop.shares import share_of

Rates = dict[str, float]
"""Question → share of its answers that pass all true tests."""


class Measurement(ResponseModel):
    """One measurement of the policy during training; a line of ``points.jsonl``."""

    step: Annotated[int, Field(ge=0)]
    sampled: Rates
    """At the temperature of the training, over several answers."""
    greedy: Rates
    """At temperature 0: 1 or 0."""
    training_reward: float | None = None
    """Mean reward of the steps since the measurement before."""
    reward_wait_s: float = 0.0
    """Seconds in which the trainer waited for rewards, so far."""
    measure_s: float = 0.0
    """Seconds of measurements, so far."""
    wall_s: float = 0.0
    """Seconds of the training, so far."""


class MeasurementFile:
    """The measurements of a run, one a line."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def read(self) -> list[Measurement]:
        """Return the measurements so far."""
        if not self._path.exists():
            return []
        lines = self._path.read_text(encoding="utf-8").splitlines()
        return [Measurement.model_validate_json(line) for line in lines]

    def append(self, measurement: Measurement) -> None:
        """Add a measurement."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        with self._path.open("a", encoding="utf-8") as file:
            file.write(measurement.model_dump_json() + "\n")

    def drop_after(self, step: int) -> None:
        """Remove measurements of later steps: a training that resumes at ``step`` makes them again."""
        kept = [measurement for measurement in self.read() if measurement.step <= step]
        if self._path.exists():
            self._path.write_text("".join(one.model_dump_json() + "\n" for one in kept), encoding="utf-8")


def by_split(rates: Mapping[str, float], questions: Iterable[LoopQuestion]) -> dict[str, Share]:
    """Return split → mean rate of its questions."""
    values: dict[str, list[float]] = {}
    for question in questions:
        if question.id in rates:
            values.setdefault(question.split, []).append(rates[question.id])
    return {split: share_of(split_values) for split, split_values in values.items()}


def difference(first: Rates, second: Rates, questions: Iterable[LoopQuestion]) -> dict[str, Share]:
    """Return split → ``first`` less ``second``, paired by question; a question that lacks a rate is left out."""
    return by_split({name: first[name] - second[name] for name in first.keys() & second.keys()}, questions)


def point(measurement: Measurement, questions: Sequence[LoopQuestion]) -> TrainingPoint:
    """Return a measurement as the report shows it."""
    return TrainingPoint(
        step=measurement.step,
        pass_at_1=by_split(measurement.sampled, questions),
        greedy=by_split(measurement.greedy, questions),
        training_reward=measurement.training_reward,
    )
