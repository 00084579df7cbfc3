"""Strengthens a row's tests without a model: new inputs, mutants, the smallest suite, and a mutation score.

1. Programs of solvers that pass all kept tests are *accepted*.
2. Mutants of accepted programs are judged by the kept tests.
3. Inputs of kept tests are changed. What the accepted programs agree on for a new input becomes the expected value of
   a new test.
4. New tests that catch a mutant or a solver's program that no kept test catches are kept, and ``spare`` others; the
   rest is redundant. With ``minimize``, kept tests that catch nothing of their own become redundant too.

A row without two accepted programs keeps its tests as they are, since one program is no agreement. A row whose inputs
cannot be changed, as those of programs that read stdin, gets no new tests and only its mutation score. A note says so,
and the card counts such rows.
The executor spends at most (``mutants`` + programs) × ``limits.total_cpu_s`` seconds, twice, and programs × ``inputs``
× ``limits.cpu_s`` for the values.
"""

from collections.abc import Sequence
from typing import Annotated, Literal

from pydantic import Field

from clients.contract import (
    Candidate,
    ExecutionRequest,
    Limits,
    Outcome,
    Priority,
    ProgramKind,
    ProgramRole,
    Status,
    Suite,
    SynthProgram,
    SynthRow,
    SynthTest,
    TestDrop,
    TestOrigin,
    TestResult,
)
from clients.contract.base import NotBool, RequestModel
from services.synth.filtering.ambiguity import flaky_tests
from services.synth.filtering.matrix import TestDecision
from services.synth.filtering.verdicts import certain_cells, mark, mark_invalid
from services.synth.mutation.inputs import mutate_inputs
from services.synth.mutation.labels import NoValueError, agreed_value, observing_script, observing_test
from services.synth.mutation.literals import NotPlainError
from services.synth.mutation.observations import Observation, observe
from services.synth.mutation.strength import (
    accepted_programs,
    caught_solvers,
    row_mutants,
    settle,
    with_notes,
)
from services.synth.notes import with_not_applied
from services.synth.pipeline.stage import Backends, Stage, row_random
from services.synth.stages.programs import execute, judge_programs, verdicts
from services.synth.stages.validate import drop_weak_tests


class StrengthenOptions(RequestModel):
    """How tests are strengthened."""

    mutants: Annotated[int, Field(ge=0, le=1000)] = 40
    """Most mutants of a row."""
    inputs: Annotated[int, Field(ge=0, le=1000)] = 40
    """Most new inputs of a row."""
    accepted: Annotated[int, Field(ge=2, le=100)] = 8
    """Most accepted programs that label new inputs."""
    agreement: Annotated[float, Field(gt=0.5, le=1), NotBool] = 1.0
    """Share of these that must have the same value. Below 1, a program that passes all kept tests can be found wrong,
    and a value on which most of them err can become a test."""
    min_accepted: Annotated[int, Field(ge=1)] = 2
    """Fewest different accepted programs; with fewer the row stays as it is."""
    within_shape: bool = True
    """Whether new inputs keep the rules that hold for all inputs of kept tests (not empty, not negative, sorted …),
    since the question may demand them. Without, more wrong programs are caught, and a right one may be refused."""
    spare: Annotated[int, Field(ge=0)] = 15
    """New tests that are kept although they catch no program more: mutants are few, and mistakes are many. Those that
    catch most come first."""
    minimize: bool = False
    """Whether kept tests that catch nothing of their own are dropped as well, down to ``min_tests``."""
    min_tests: Annotated[int, Field(ge=1)] = 5
    """Fewest tests that ``minimize`` leaves."""
    weak: Literal["drop", "keep"] = "drop"
    """What is done with new tests that a null program passes, as in the stage ``validate``."""
    limits: Limits = Limits(cpu_s=0.5, total_cpu_s=3.0)
    """Limits of one program or mutant. Endless loops are typical mutants, so they are lower than the filter's."""
    environment: str = "base"
    """The executor's environment."""
    second_environment: str = ""
    """Environment with another ``hash_seed``, in which accepted programs must pass the new tests too; empty: none."""


def make_strengthen_stage(options: StrengthenOptions) -> Stage:
    """Return the stage."""

    async def strengthen(row: SynthRow, backends: Backends) -> SynthRow:
        accepted = accepted_programs(row)[: options.accepted]
        if len(accepted) < options.min_accepted or not row.kept:
            reason = f"fewer than {options.min_accepted} different programs pass all kept tests"
            return with_not_applied(with_notes(row, {"accepted": len(accepted)}), "strengthen", reason)
        given = row.kept
        observations = _new_observations(row, options)
        if not observations:
            row = with_not_applied(row, "strengthen", _no_inputs_reason(row))
        row = await _add_tests(row, observations, accepted, backends, options)
        mutants = row_mutants(accepted, options.mutants, row_random(row, "strengthen.mutants"))
        caught = await caught_programs(
            row, mutants, backends, limits=options.limits, environment=options.environment
        )
        return settle(
            row,
            given,
            caught,
            mutants=len(mutants),
            min_tests=options.min_tests,
            minimize=options.minimize,
            spare=options.spare,
        )

    return strengthen


def _no_inputs_reason(row: SynthRow) -> str:
    """Return why no input of a kept test could be changed. Mutants are made and the suite is measured nevertheless."""
    if row.question is not None and row.question.kind is ProgramKind.STDIN:
        return "no new inputs: programs read stdin, so the stage 'generators' makes the tests"
    return "no new inputs: no kept test is one call with constants that can be changed within their shape"


async def _add_tests(
    row: SynthRow,
    observations: Sequence[Observation],
    accepted: Sequence[str],
    backends: Backends,
    options: StrengthenOptions,
) -> SynthRow:
    """Return the row with the new tests, kept if all accepted programs pass them, and judged by all solvers."""
    new = await _label(row, observations, accepted, backends, options)
    if not new:
        return row
    first = len(row.tests)
    row = row.model_copy(update={"tests": [*row.tests, *new]})
    positions = list(range(first, len(row.tests)))
    solvers = [program for program in row.programs if program.role is ProgramRole.SOLVER]
    judged = await judge_programs(
        row, solvers, positions, backends.executor, limits=options.limits, environment=options.environment
    )
    by_solver = iter(judged)
    programs = [next(by_solver) if p.role is ProgramRole.SOLVER else p for p in row.programs]
    row = mark_invalid(row.model_copy(update={"programs": programs}), judged, positions)
    trusted = list({program.program: program for program in judged if program.program in accepted}.values())
    row = _drop_failed(row, trusted, positions, options.agreement)
    row = await _drop_flaky(row, trusted, positions, backends, options)
    left = [at for at in positions if row.tests[at].dropped is None]
    if not left:
        return row
    return await drop_weak_tests(row, left, backends, weak=options.weak, environment=options.environment)


def _new_observations(row: SynthRow, options: StrengthenOptions) -> list[Observation]:
    if row.question is None or row.question.kind is not ProgramKind.FUNCTION:
        return []
    name = row.question.entry_point
    observed = [found for at in row.kept if (found := observe(row.tests[at].source, name))]
    by_width: dict[tuple[int, tuple[str, ...]], list[Observation]] = {}
    for one in observed:  # calls with other parameters are inputs of another shape
        by_width.setdefault((len(one.arguments), tuple(key for key, _ in one.keywords)), []).append(one)
    if not by_width:
        return []
    alike = max(by_width.values(), key=len)
    made = mutate_inputs(
        [one.values for one in alike],
        options.inputs,
        row_random(row, "strengthen.inputs"),
        strict=options.within_shape,
    )
    return [alike[position].with_values(values) for position, values in made]


async def _label(
    row: SynthRow,
    observations: Sequence[Observation],
    accepted: Sequence[str],
    backends: Backends,
    options: StrengthenOptions,
) -> list[SynthTest]:
    if not observations:
        return []
    assert row.question is not None
    setup = row.question.setup
    request = ExecutionRequest(
        suites=[Suite(id=row.id, io=[observing_test(one) for one in observations])],
        candidates=[
            Candidate(suite=row.id, program=observing_script(program, setup)) for program in accepted
        ],
        limits=options.limits.model_copy(update={"total_cpu_s": options.limits.total_cpu_s * 4}),
        environment=options.environment,
        priority=Priority.BULK,
    )
    results = await verdicts(request, backends.executor)
    judged = [result.tests for result in results if result.status is Status.JUDGED]
    if len(judged) < options.min_accepted:
        return []
    columns = zip(*judged, strict=True)
    return [
        test
        for observation, column in zip(observations, columns, strict=True)
        if (test := _test(observation, column, options.agreement))
    ]


def _test(observation: Observation, results: Sequence[TestResult], share: float) -> SynthTest | None:
    try:
        agreed = agreed_value(results, share)
        source = observation.test(agreed.value)
    except (NoValueError, NotPlainError):
        return None
    probability = (agreed.programs + 0.5) / (len(results) + 1.5)  # as the filter's, by the share of programs
    detail = f"{agreed.programs} of {len(results)} accepted programs agree"
    return SynthTest(source=source, origin=TestOrigin.MUTATED, probability=probability, detail=detail)


def _drop_failed(
    row: SynthRow, trusted: Sequence[SynthProgram], positions: Sequence[int], share: float
) -> SynthRow:
    """Drop the new tests that fewer programs pass, when judged, than agreed on the value."""
    failed = {}
    for at in positions:
        passes = sum(program.outcomes[at] is Outcome.PASSED for program in trusted)
        if row.tests[at].dropped is None and passes < share * len(trusted):
            detail = f"{passes} of {len(trusted)} accepted programs pass it when judged"
            failed[at] = TestDecision(TestDrop.REJECTED, row.tests[at].probability, detail)
    return mark(row, failed)


async def _drop_flaky(
    row: SynthRow,
    trusted: Sequence[SynthProgram],
    positions: Sequence[int],
    backends: Backends,
    options: StrengthenOptions,
) -> SynthRow:
    left = [at for at in positions if row.tests[at].dropped is None]
    if not options.second_environment or not left:
        return row
    second_run = await judge_programs(
        row, trusted, left, backends.executor, limits=options.limits, environment=options.second_environment
    )
    flaky = flaky_tests(certain_cells(trusted, left), certain_cells(second_run, left))
    return mark(row, {left[at]: TestDecision(TestDrop.FLAKY, None, reason) for at, reason in flaky.items()})


async def caught_programs(
    row: SynthRow, mutants: Sequence[str], backends: Backends, *, limits: Limits, environment: str
) -> dict[int, set[int]]:
    """Return, per kept test, the mutants and the solvers' programs that it catches (``strength.Caught``)."""
    caught = caught_solvers(row)
    if not mutants:
        return caught
    results = await execute(row, mutants, row.kept, backends.executor, limits=limits, environment=environment)
    kept = row.kept
    for number, result in enumerate(results):
        if result.status is Status.JUDGED:
            for at, test in zip(kept, result.tests, strict=True):
                if test.outcome is not Outcome.PASSED or test.decided_by_program:
                    caught[at].add(number)
    return caught
