"""Reads the saved matrices of real programs and real imagined tests, and draws samples from them.

Four pairs of a writer of programs and a writer of tests, for the same 82 HumanEval problems: the matrix of
``benchmarks.consensus`` (100 programs and all tests of CodeGen-16B) and the one of ``benchmarks.filter_quality``
(programs of Qwen2.5-Coder-0.5B, tests of Qwen2.5-Coder-1.5B, and both mixed with CodeGen's).
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks import filter_matrix, imagined_tests
from clients.selection.consensus import MatrixRow
from clients.selection.values import ValueCell, ValueRow

PAIRS = {
    "CodeGen programs, CodeGen tests": (100, 32, 16, 8, 4),
    "CodeGen programs, Qwen tests": (32, 16, 8, 4),
    "Qwen programs, CodeGen tests": (8, 4),
    "Qwen programs, Qwen tests": (8, 4),
}
"""Writers → the numbers of samples that are drawn. There are 8 samples of Qwen for 71 problems, 13 to 16 for 11."""
_FILTER_PAIRS = {
    "CodeGen programs, Qwen tests": ("codegen", "qwen"),
    "Qwen programs, CodeGen tests": ("qwen", "codegen"),
    "Qwen programs, Qwen tests": ("qwen", "qwen"),
}


@dataclass(frozen=True, slots=True)
class Samples:
    """Samples of one problem. Equal programs have equal numbers in ``programs``."""

    task: str
    programs: Sequence[int]
    right: Sequence[bool]
    passed: Sequence[MatrixRow]
    values: Sequence[ValueRow]
    weights: Sequence[float]
    packs: bool = True
    """Whether the tests compile as CodeT runs them."""

    def at(self, positions: Sequence[int]) -> "Samples":
        """Return some of the samples."""
        taken = [[column[at] for at in positions] for column in (self.programs, self.right, self.passed)]
        values = [self.values[at] for at in positions]
        return Samples(self.task, *taken, values, self.weights, self.packs)  # type: ignore[arg-type]

    def draws(self, n: int, count: int) -> list["Samples"]:
        """Return ``count`` draws of ``n`` samples without replacement; one, of all samples, if there are no more."""
        size = len(self.programs)
        if n >= size:
            return [self]
        chooser = random.Random(f"{self.task} {n}")
        return [self.at(sorted(chooser.sample(range(size), n))) for _ in range(count)]

    def distinct(self) -> "Samples":
        """Return each program once."""
        first = {program: at for at, program in reversed(list(enumerate(self.programs)))}
        return self.at(sorted(first.values()))


def load_pairs(consensus: Path, filters: Path | None) -> dict[str, list[Samples]]:
    """Return the problems of each pair of writers, in the order of the data; without ``filters`` of CodeGen alone."""
    pairs = {"CodeGen programs, CodeGen tests": [_from_consensus(p) for p in imagined_tests.load(consensus)]}
    problems = filter_matrix.load(filters) if filters else []
    for name, (programs, tests) in _FILTER_PAIRS.items():
        if problems:
            pairs[name] = [_from_filter(problem, programs, tests) for problem in problems]
    return pairs


def _from_consensus(problem: imagined_tests.JudgedProblem) -> Samples:
    values = [
        None if letters is None else [_cell(*both) for both in zip(letters, row or (), strict=True)]
        for letters, row in zip(problem.outcomes, problem.values, strict=True)
    ]
    return Samples(
        problem.task,
        problem.per_sample(range(len(problem.copies))),
        problem.per_sample(problem.right),
        problem.rows(),
        problem.per_sample(values),
        problem.weights,
        problem.packs,
    )


def _cell(letter: str, number: int | None) -> ValueCell:
    if letter == "?":
        return None
    return (letter == "p", letter) if number is None else (letter != "r", str(number))


def _from_filter(problem: filter_matrix.FilterProblem, programs: str, tests: str) -> Samples:
    positions = problem.samples[programs]
    passed: list[Any] = problem.rows(tests, positions)
    values = [_values(row, problem.values[tests][at]) for row, at in zip(passed, positions, strict=True)]
    right = [problem.right[at] for at in positions]
    return Samples(problem.task, positions, right, passed, values, [1.0] * len(problem.tests[tests]))


def _values(passed: MatrixRow, numbers: Sequence[int | None] | None) -> ValueRow:
    if passed is None or numbers is None:
        return None
    return [
        None
        if cell is None
        else (True, str(number))
        if number is not None
        else (cell, "passed" if cell else "")
        for cell, number in zip(passed, numbers, strict=True)
    ]
