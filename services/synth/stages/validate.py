"""Validates the tests of a row: by their text, then by running null programs against them in one request.

What is wrong with a test is decided in ``checks``. A row with too few tests left is dropped.
"""

from typing import Annotated, Literal

from pydantic import Field

from clients.contract import (
    Candidate,
    ExecutionRequest,
    ProgramKind,
    SynthRow,
    TestDrop,
    WeakTests,
)
from clients.contract.base import RequestModel
from clients.contract.execution import Priority
from clients.errors import InvalidSuiteError, TimedOutError
from services.synth.checks.executed import (
    NULL_PROGRAM,
    NULL_SCRIPT,
    faults_when_run,
    service_fault,
)
from services.synth.checks.rules import Fault
from services.synth.checks.validation import MAX_TEST_CHARS, mark_dropped, validate_tests
from services.synth.pipeline.stage import Backends, RowDrop, RowDroppedError, Stage


class ValidateOptions(RequestModel):
    """Which tests are valid, and how many a row needs."""

    tests_at_least: Annotated[int, Field(ge=1)] = 5
    """Valid tests that a row needs; with fewer it is dropped. 5 is what AceCoder's export asks for."""
    max_test_chars: Annotated[int, Field(ge=10)] = MAX_TEST_CHARS
    """Characters of the longest test."""
    weak: Literal["drop", "keep"] = "drop"
    """What is done with tests that a null program passes. They are right as often as others, and catch a program that
    fails on an edge case (``f([]) == []``), but they also give a part of the pass rate to a program that solves
    nothing. ``keep`` is for rewards that need every test passed."""
    environment: str = "base"
    """The executor's environment."""


def make_validate_stage(options: ValidateOptions) -> Stage:
    """Return the stage."""

    async def validate(row: SynthRow, backends: Backends) -> SynthRow:
        if row.question is None:
            raise RowDroppedError(RowDrop.NO_ENTRY_POINT, "the row has no question")
        if row.question.kind is ProgramKind.FUNCTION and not row.question.entry_point.isidentifier():
            raise RowDroppedError(
                RowDrop.NO_ENTRY_POINT, f"{row.question.entry_point!r} is no name of a function"
            )
        tests = validate_tests(row.question, row.tests, max_chars=options.max_test_chars)
        row = row.model_copy(update={"tests": tests})
        _check_count(row, options)
        row = await drop_weak_tests(
            row, row.kept, backends, weak=options.weak, environment=options.environment
        )
        _check_count(row, options)
        return row

    return validate


def _check_count(row: SynthRow, options: ValidateOptions) -> None:
    """Drop a row that has too few tests left.

    Raises:
        RowDroppedError: it has.
    """
    if len(row.kept) < options.tests_at_least:
        detail = f"{len(row.kept)} of {len(row.tests)} tests are valid, fewer than {options.tests_at_least}"
        raise RowDroppedError(RowDrop.FEW_TESTS, detail, row)


async def drop_weak_tests(
    row: SynthRow,
    positions: list[int],
    backends: Backends,
    *,
    weak: Literal["drop", "keep"],
    environment: str,
) -> SynthRow:
    """Return the row with those of the tests marked that the executor calls invalid, or that a null program passes.

    Raises:
        TimedOutError: the executor has no verdict now, so that the row waits.
        NoAnswerError: the tests break the jail, time after time.
    """
    try:
        response = await backends.executor.execute_request(_request(row, positions, environment))
    except InvalidSuiteError as error:
        faults = {at: Fault(TestDrop.INVALID, str(error)[:500]) for at in positions}
        return row.model_copy(update={"tests": mark_dropped(row.tests, faults)})
    if reason := service_fault(response):
        raise TimedOutError(f"the executor could not judge the null programs: {reason}")
    faults = faults_when_run(response, positions, drop_weak=weak == "drop")
    return row.model_copy(update={"tests": mark_dropped(row.tests, faults)})


def _request(row: SynthRow, positions: list[int], environment: str) -> ExecutionRequest:
    assert row.question is not None
    is_script = row.question.kind is ProgramKind.STDIN
    program = NULL_SCRIPT if is_script else NULL_PROGRAM.format(entry_point=row.question.entry_point)
    return ExecutionRequest(
        suites=[row.suite(positions)],
        candidates=[Candidate(suite=row.id, program=program)],
        environment=environment,
        weak_tests=WeakTests.REPORT,
        priority=Priority.BULK,
    )
