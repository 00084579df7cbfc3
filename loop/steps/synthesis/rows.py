"""Reads the rows of a synthesis, and finds out which imagined tests are truly right: the right programs pass them."""

import gzip
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from clients.contract import Outcome, SynthRow, SynthTest, TestDrop, TestOrigin
from clients.executor import AsyncExecutor
from loop.questions import LoopQuestion
from loop.steps.context import StepProgress
from loop.steps.held_out.judging import ProgramsToJudge, judge_groups
from loop.steps.row_file import RowFile
from loop.steps.synthesis.config import SynthFolder

FILTER_DROPS = frozenset({TestDrop.REJECTED, TestDrop.UNDECIDED, TestDrop.FLAKY})
"""Reasons of the filter. The others are faults of a test's text, or that it cannot fail."""
WRITTEN = frozenset({TestOrigin.IMAGINED, TestOrigin.LABELLED})
"""Origins of tests that a model wrote with the question. Others are made later, from programs."""
NO_TESTS = frozenset({TestDrop.SYNTAX, TestDrop.NOT_AN_ASSERT, TestDrop.TOO_LARGE})
"""Reasons of texts that are no test at all: no program can pass or fail them."""


@dataclass(frozen=True, slots=True)
class ReadRow:
    """One row of a synthesis."""

    row: SynthRow
    is_done: bool
    """Whether it is in the data set."""
    stage: str = ""
    """Stage that dropped it."""
    reason: str = ""
    """Why."""

    @property
    def usable(self) -> list[int]:
        """Positions of the tests that are there without the filter."""
        return [
            at
            for at, test in enumerate(self.row.tests)
            if test.dropped is None or (test.dropped in FILTER_DROPS and _is_test(test))
        ]

    @property
    def judgeable(self) -> list[int]:
        """Positions of the tests that a program can be judged by, kept or dropped."""
        return [
            at for at, test in enumerate(self.row.tests) if test.dropped not in NO_TESTS and _is_test(test)
        ]


def _is_test(test: SynthTest) -> bool:
    """Return whether it is an ``assert``; a call for which a model gave no expected value is none."""
    return test.source.startswith("assert")


def read_rows(folder: SynthFolder) -> Iterator[ReadRow]:
    """Yield all rows: those of the data set, then those that were dropped."""
    with gzip.open(folder.rows, "rt", encoding="utf-8") as lines:
        for line in lines:
            value = json.loads(line)
            row = SynthRow.model_validate(value["row"])
            yield ReadRow(row, value["state"] == "done", value.get("stage", ""), value.get("reason", ""))


async def find_truth(
    executor: AsyncExecutor,
    folder: SynthFolder,
    rows: Iterable[ReadRow],
    questions: Sequence[LoopQuestion],
    progress: StepProgress,
    *,
    is_held_out: bool = False,
) -> dict[str, list[bool | None]]:
    """Return row → for each of its tests, whether the question's right program passes it.

    ``None``: the test does not count. A row is left out if the model rewrote the question, so that its tests are about
    another one. Tests of a held-out question judge answers to that question, whatever the model made of its text: they
    are left out only if they call another function.

    Raises:
        AceCoderError: the executor cannot be used.
    """
    by_id = {question.id: question for question in questions}
    groups, positions = [], {}
    for one in rows:
        question = by_id[one.row.id]
        tests = one.judgeable
        if one.row.question is None or not tests:
            continue
        is_same = (
            one.row.question.entry_point == question.entry_point
            if is_held_out
            else one.row.question.text == question.text
        )
        if not is_same:
            continue
        sources = [one.row.tests[at].source for at in tests]
        groups.append(ProgramsToJudge(one.row.id, question.entry_point, [question.program], sources))
        positions[one.row.id] = tests
    verdicts = await judge_groups(executor, groups, RowFile(folder.truth), progress)
    truth = {}
    for row_id, tests in positions.items():
        outcomes = [test.outcome for test in verdicts[row_id][0].tests]
        if outcomes:  # there are none without a verdict
            truth[row_id] = _by_position(tests, outcomes)
    return truth


def _by_position(tests: Sequence[int], outcomes: Sequence[Outcome]) -> list[bool | None]:
    values: list[bool | None] = [None] * (max(tests) + 1)
    for at, outcome in zip(tests, outcomes, strict=True):
        values[at] = None if outcome is Outcome.INVALID_TEST else outcome is Outcome.PASSED
    return values


def count_wrong(
    rows: Sequence[ReadRow], truth: Mapping[str, Sequence[bool | None]], *, kept: bool
) -> int | None:
    """Return how many imagined tests the right programs fail, of all or of the kept ones; ``None`` if not known.

    It is not known where a model rewrote a question: the right program is that of another question then. If only some
    were rewritten, the tests of the others are no fair sample.
    """
    if not truth or any(one.judgeable and one.row.id not in truth for one in rows):
        return None
    wrong = 0
    for one in rows:
        if kept and not one.is_done:
            continue
        for at, right in enumerate(truth.get(one.row.id, ())):
            test = one.row.tests[at]
            wrong += right is False and test.origin in WRITTEN and not (kept and test.dropped is not None)
    return wrong
