"""Runs a model's validators, generators, solvers and checker programs in the executor, as any user's programs.

Each is a suite of stdin/stdout tests. Where only the printed text matters, no output is expected, and the executor
returns it (``TestResult.printed``).
"""

from collections.abc import Sequence
from dataclasses import dataclass

from clients.contract import (
    Candidate,
    ExecutionRequest,
    IoTest,
    Limits,
    Outcome,
    Priority,
    Status,
    Suite,
    TestResult,
)
from clients.errors import TimedOutError
from clients.executor import AsyncExecutor
from services.synth.checks.executed import service_fault
from services.synth.io_problems.gates import Cell
from services.synth.io_problems.generators import GeneratorCall
from services.synth.io_problems.scripts import VALID, call_line, generator_script, validator_script


@dataclass(frozen=True, slots=True)
class JailRuns:
    """The executor with the limits and the environment that untrusted programs of one stage get."""

    executor: AsyncExecutor
    limits: Limits
    environment: str

    async def run_validator(self, source: str, inputs: Sequence[str]) -> list[Cell]:
        """Return per input whether the validator accepts it; ``None`` where its process failed."""
        (outputs,) = await self.run_scripts([validator_script(source)], inputs)
        return [None if output is None else output == VALID for output in outputs]

    async def run_generators(self, source: str, calls: Sequence[GeneratorCall]) -> list[str | None]:
        """Return the input that each call makes; ``None`` where it failed, or a second run made another one."""
        script, lines = generator_script(source), [call_line(call) for call in calls]
        (first,) = await self.run_scripts([script], lines)
        (second,) = await self.run_scripts([script], lines, cache=False)
        return [text if text == again else None for text, again in zip(first, second, strict=True)]

    async def run_scripts(
        self, programs: Sequence[str], inputs: Sequence[str], *, cache: bool = True
    ) -> list[list[str | None]]:
        """Return per program and input what the program prints; ``None`` where it does not end without an error."""
        suite = Suite(id="runs", io=[IoTest(stdin=text, stdout=None) for text in inputs])
        results_N_T = await self._execute(suite, programs, cache=cache)
        return [[_printed(result) for result in results] for results in results_N_T]

    async def run_checker(
        self, checker: str, programs: Sequence[str], inputs: Sequence[str], expected: Sequence[str]
    ) -> list[list[Cell]]:
        """Return per program and input whether the checker program accepts what the program prints.

        ``None``: there is no answer, for instance because it does not accept the expected output.
        """
        io = [IoTest(stdin=text, stdout=output) for text, output in zip(inputs, expected, strict=True)]
        results_N_T = await self._execute(Suite(id="checked", io=io, checker=checker), programs, cache=True)
        return [[_accepted(result) for result in results] for results in results_N_T]

    async def _execute(
        self, suite: Suite, programs: Sequence[str], *, cache: bool
    ) -> list[list[TestResult | None]]:
        """Return the results of each program; ``None`` for every test of a program without a verdict.

        Raises:
            TimedOutError: the executor has no verdict now, so that the row waits.
            InvalidSuiteError: the executor refuses the suite: its checker program is at fault.
        """
        request = ExecutionRequest(
            suites=[suite],
            candidates=[Candidate(suite=suite.id, program=program) for program in programs],
            limits=self.limits,
            environment=self.environment,
            cache=cache,
            priority=Priority.BULK,
        )
        answer = await self.executor.execute_request(request)
        if reason := service_fault(answer):
            raise TimedOutError(f"the executor could not judge the problem's programs: {reason}")
        return [
            list(result.tests) if result.status is Status.JUDGED else [None] * suite.size
            for result in answer.results
        ]


def _printed(result: TestResult | None) -> str | None:
    if result is None or result.outcome is not Outcome.PASSED or result.printed is None:
        return None
    return result.printed.stdout


def _accepted(result: TestResult | None) -> Cell:
    if result is None or result.outcome in (Outcome.INVALID_TEST, Outcome.NOT_RUN):
        return None
    return result.outcome is Outcome.PASSED and not result.decided_by_program
