"""Filters the row's tests: programs of solvers run against them, and a policy decides which tests are right.

Solvers see the question and no test. ``services.synth.filtering`` decides; this module calls models and the executor.
The programs stay in the row with the role ``solver`` and their outcomes.
"""

from collections.abc import Sequence
from typing import Annotated

from pydantic import Field

from clients.contract import Limits, SynthProgram, SynthRow, TestDrop
from clients.contract.base import NotBool, RequestModel
from services.synth.filtering.ambiguity import ambiguity, flaky_tests, stable_rows
from services.synth.filtering.arbitration import arbitrate, read_verdict
from services.synth.filtering.matrix import FilterMatrix, TestDecision
from services.synth.filtering.posterior import TestPrior
from services.synth.filtering.registry import PolicyName, policy_of
from services.synth.filtering.verdicts import certain_cells, mark, mark_invalid, matrix_of
from services.synth.llm.model import PromptRefusedError, Sampling
from services.synth.pipeline.stage import Backends, RowDrop, RowDroppedError, Stage
from services.synth.prompts import load_prompt
from services.synth.stages.programs import judge_programs, write_solvers
from services.synth.suites import shown_test


class FilterOptions(RequestModel):
    """How tests are filtered."""

    policy: PolicyName = PolicyName.POSTERIOR
    """How it is decided which tests are right."""
    programs: Annotated[int, Field(ge=1, le=1000)] = 8
    """Programs of solvers for each question, shared out among the models that have the role ``solver``. AceCoder's
    proxy is one program at temperature 0."""
    temperature: Annotated[float, Field(ge=0, le=2)] = 0.7
    """Temperature of the solvers; above 0, since equal programs are no second opinion."""
    top_p: Annotated[float, Field(gt=0, le=1)] = 1.0
    max_tokens: Annotated[int, Field(ge=1)] = 1024
    """Most tokens of one program."""
    prompt: str = ""
    """Prompt: a name, or the path of a .md file; empty: ``solve``, or ``solve_stdin`` for programs that read stdin."""
    keep_from: Annotated[float, Field(gt=0, lt=1), NotBool] = 0.7
    """Policy ``posterior``: probability from which a test is kept."""
    reject_below: Annotated[float, Field(ge=0, lt=1), NotBool] = 0.2
    """Policy ``posterior``: probability below which a test is rejected; between the two it is undecided."""
    min_tests: Annotated[int, Field(ge=1)] = 5
    """Fewest kept tests; a row with fewer is dropped. AceCoder's number."""
    max_ambiguity: Annotated[float, Field(ge=0, le=1), NotBool] = 1.0
    """Highest ambiguity; a row above it is dropped. 1: none is. Weak solvers raise it as well as unclear questions."""
    find_flaky: bool = True
    """Whether programs run a second time, to find tests whose outcome changes."""
    second_environment: str = ""
    """Environment of the second run, whose ``hash_seed`` differs, so that an outcome that depends on the order of a set
    changes. Empty: the same environment again, which finds random and time-dependent outcomes only."""
    arbitrations: Annotated[int, Field(ge=0)] = 0
    """Most undecided tests of a row that the model with the role ``judge`` is asked about, the most probable first."""
    arbitration_votes: Annotated[int, Field(ge=1)] = 1
    """Answers of the judge for each of these tests; they must agree."""
    limits: Limits = Limits()
    """Limits of one program."""
    environment: str = "base"
    """The executor's environment."""


def make_filter_stage(options: FilterOptions) -> Stage:
    """Return the stage."""

    async def filter_tests(row: SynthRow, backends: Backends) -> SynthRow:
        _check_tests(row, options)
        sampling = Sampling(options.temperature, options.top_p, options.max_tokens, seed=0)
        written = await write_solvers(row, backends, options.programs, sampling, options.prompt)
        solvers = await judge_programs(
            row,
            written,
            row.kept,
            backends.executor,
            limits=options.limits,
            environment=options.environment,
        )
        row = row.model_copy(update={"programs": [*row.programs, *solvers]})
        if all(program.unscorable for program in solvers):
            reasons = ", ".join(sorted({program.unscorable for program in solvers}))
            raise RowDroppedError(RowDrop.NO_SOLVER, reasons, row)
        row = await decide_tests(row, solvers, backends, options)
        _check_ambiguity(row, options)
        _check_tests(row, options)
        return row

    return filter_tests


async def decide_tests(
    row: SynthRow, solvers: Sequence[SynthProgram], backends: Backends, options: FilterOptions
) -> SynthRow:
    """Return the row with a decision on each test that is kept so far, from the solvers' outcomes on them."""
    row = mark_invalid(row, solvers, row.kept)
    row, matrix = await _find_flaky(row, solvers, backends, options)
    row = await _decide(row, matrix, backends, options)
    assert row.question is not None
    question = row.question.model_copy(update={"ambiguity": ambiguity(matrix.rows)})
    return row.model_copy(update={"question": question})


async def _find_flaky(
    row: SynthRow, solvers: Sequence[SynthProgram], backends: Backends, options: FilterOptions
) -> tuple[SynthRow, FilterMatrix]:
    """Return the row with its flaky tests marked, and the matrix of what is left."""
    if not options.find_flaky or not row.kept:
        return row, matrix_of(solvers, row.kept)
    positions = row.kept
    second_run = await judge_programs(
        row,
        solvers,
        positions,
        backends.executor,
        limits=options.limits,
        environment=options.second_environment or options.environment,
        cache=bool(options.second_environment),
    )
    flaky = flaky_tests(certain_cells(solvers, positions), certain_cells(second_run, positions))
    row = mark(
        row, {positions[at]: TestDecision(TestDrop.FLAKY, None, reason) for at, reason in flaky.items()}
    )
    first, second = matrix_of(solvers, row.kept), certain_cells(second_run, row.kept)
    return row, FilterMatrix(stable_rows(first.rows, second))


async def _decide(
    row: SynthRow, matrix: FilterMatrix, backends: Backends, options: FilterOptions
) -> SynthRow:
    if not row.kept or not matrix.judged:
        return row
    prior = TestPrior(keep_from=options.keep_from, reject_below=options.reject_below)
    decisions = dict(zip(row.kept, policy_of(options.policy, prior)(matrix), strict=True))
    undecided = [at for at, decision in decisions.items() if decision.dropped is TestDrop.UNDECIDED]
    undecided.sort(key=lambda at: -(decisions[at].probability or 0))
    for at in undecided[: options.arbitrations]:
        decisions[at] = arbitrate(decisions[at], await _ask_judge(row, at, backends, options))
    return mark(row, decisions)


async def _ask_judge(row: SynthRow, at: int, backends: Backends, options: FilterOptions) -> list[bool | None]:
    assert row.question is not None
    messages = load_prompt("arbitrate").messages(question=row.question.text, case=shown_test(row.tests[at]))
    try:
        replies = await backends.model("judge").complete(
            messages, purpose="arbitrate", count=options.arbitration_votes
        )
    except PromptRefusedError:
        return []
    return [read_verdict(reply.text) for reply in replies]


def _check_ambiguity(row: SynthRow, options: FilterOptions) -> None:
    value = row.question.ambiguity if row.question else None
    if value is not None and value > options.max_ambiguity:
        raise RowDroppedError(
            RowDrop.AMBIGUOUS, f"ambiguity {value:.2f} is above {options.max_ambiguity}", row
        )


def _check_tests(row: SynthRow, options: FilterOptions) -> None:
    if row.question is None or len(row.kept) < options.min_tests:
        detail = f"{len(row.kept)} tests are left; {options.min_tests} are needed"
        raise RowDroppedError(RowDrop.FEW_TESTS, detail, row)
