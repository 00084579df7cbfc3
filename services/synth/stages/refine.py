"""Refines a row's tests with a model: it sees programs that the suite probably judges wrongly, and writes new tests.

Each round shows mutants of an accepted program that pass all kept tests, and solvers' programs that fail few of
them. The new tests are validated and filtered by the same code as imagined ones. The decision is made again for all
tests: more tests are more evidence, and a kept test may turn out to be wrong. Rounds end when nothing is left to
show, or when a round caught no survivor and changed no decision. A row keeps what it had if the model cannot answer.
"""

from collections.abc import Sequence
from itertools import accumulate
from typing import Annotated, Literal

from pydantic import Field, JsonValue

from clients.contract import Limits, ProgramKind, ProgramRole, SynthRow, SynthTest, TestDrop, TestOrigin
from clients.contract.base import NotBool, RequestModel
from services.synth.checks.validation import validate_tests
from services.synth.llm.model import PromptRefusedError
from services.synth.llm.options import SamplingOptions
from services.synth.mutation.strength import accepted_programs, row_mutants
from services.synth.mutation.survivors import (
    describe_refused,
    describe_survivors,
    refused_programs,
    surviving,
)
from services.synth.notes import with_not_applied
from services.synth.pipeline.stage import Backends, Stage, row_random
from services.synth.prompts import load_prompt
from services.synth.questions.replies import parse_reply
from services.synth.questions.schemas import tests_schema
from services.synth.stages.filter import FilterOptions, decide_tests
from services.synth.stages.programs import judge_programs
from services.synth.stages.strengthen import caught_programs
from services.synth.stages.validate import drop_weak_tests


class RefineOptions(RequestModel):
    """How tests are refined."""

    rounds: Annotated[int, Field(ge=1, le=20), NotBool] = 2
    """Most rounds; each is one call of the model with the role ``writer``."""
    tests: Annotated[int, Field(ge=1, le=50), NotBool] = 6
    """Tests that one round asks for, and the most that it takes. A test that the row has already does not count: small
    models begin by repeating those that the prompt shows."""
    mutants: Annotated[int, Field(ge=0, le=1000), NotBool] = 40
    """Most mutants; with the number of ``strengthen`` they are the same ones, and their verdicts are in the cache."""
    survivors_shown: Annotated[int, Field(ge=0, le=50), NotBool] = 5
    """Most survivors that one prompt shows."""
    refused_shown: Annotated[int, Field(ge=0, le=50), NotBool] = 1
    """Most refused programs that one prompt shows."""
    min_tests: Annotated[int, Field(ge=1), NotBool] = 5
    """Fewest kept tests; a round that would leave fewer is undone."""
    weak: Literal["drop", "keep"] = "drop"
    """What is done with new tests that a null program passes, as in the stage ``validate``."""
    prompt: str = "refine"
    """Name of the prompt, or the path of a .md file."""
    sampling: SamplingOptions = SamplingOptions()
    """How replies are sampled. Each round has the next seed."""
    filter: FilterOptions = FilterOptions()
    """How all tests are decided after each round. Programs are those of the filter; none are written."""
    mutant_limits: Limits = Limits(cpu_s=0.5, total_cpu_s=3.0)
    """Limits of one mutant."""


def make_refine_stage(options: RefineOptions) -> Stage:
    """Return the stage."""

    async def refine(row: SynthRow, backends: Backends) -> SynthRow:
        if row.question is None or row.question.kind is not ProgramKind.FUNCTION:
            return with_not_applied(row, "refine", "programs read stdin; the stage writes asserts")
        if not accepted_programs(row):
            row = with_not_applied(row, "refine", "no program passes all kept tests")
        done = 0
        for number in range(options.rounds):
            refined = await _round(row, number, backends, options)
            if refined is None:
                break
            row, done = refined, number + 1
        refined_tests = [test for test in row.tests if test.origin is TestOrigin.REFINED]
        notes: dict[str, JsonValue] = {
            **row.notes,
            "refine.rounds": done,
            "refine.tests": len(refined_tests),
            "refine.kept": sum(test.dropped is None for test in refined_tests),
        }
        return row.model_copy(update={"notes": notes})

    return refine


async def _round(row: SynthRow, number: int, backends: Backends, options: RefineOptions) -> SynthRow | None:
    """Return the row after one round; ``None`` if the round is not made, or gained nothing."""
    accepted = accepted_programs(row)
    if not accepted or not row.kept:
        return None
    mutants = row_mutants(accepted, options.mutants, row_random(row, "strengthen.mutants"))
    survivors = await _survivors(row, mutants, backends, options)
    sources = await _ask(row, accepted[0], survivors, number, backends, options)
    first = len(row.tests)
    refined = with_new_tests(row, sources, options.tests)
    if refined.kept[-1] >= first:
        new = [at for at in refined.kept if at >= first]
        environment = options.filter.environment
        refined = await drop_weak_tests(refined, new, backends, weak=options.weak, environment=environment)
    new = [at for at in refined.kept if at >= first]
    if not new:
        return None
    refined = await _decided(refined, new, backends, options)
    if len(refined.kept) < options.min_tests:
        return None
    left = await _survivors(refined, mutants, backends, options)
    changed = any(refined.tests[at].dropped is not None for at in row.kept)
    return refined if changed or len(left) < len(survivors) else None


async def _survivors(
    row: SynthRow, mutants: Sequence[str], backends: Backends, options: RefineOptions
) -> list[str]:
    caught = await caught_programs(
        row, mutants, backends, limits=options.mutant_limits, environment=options.filter.environment
    )
    return surviving(mutants, caught)


async def _ask(
    row: SynthRow,
    program: str,
    survivors: Sequence[str],
    number: int,
    backends: Backends,
    options: RefineOptions,
) -> list[str]:
    """Return the tests of the model's reply; empty if there is nothing to show, or no reply."""
    assert row.question is not None
    shown = describe_survivors(program, survivors, options.survivors_shown)
    refused = describe_refused(row, refused_programs(row, options.refused_shown))
    if not shown and not refused:
        return []
    messages = load_prompt(options.prompt).messages(
        question=row.question.text,
        tests="\n".join(row.tests[at].source for at in row.kept),
        program=program.strip(),
        survivors=shown,
        refused=refused,
        count=str(options.tests),
        entry_point=row.question.entry_point,
    )
    # Twice as many: repeated ones do not count. Without a bound, 4 of 9 replies of a 1.5B model did not end.
    sampling = options.sampling.model_copy(update={"seed": (options.sampling.seed or 0) + number}).sampling()
    try:
        (reply,) = await backends.model("writer").complete(
            messages, purpose="refine", sampling=sampling, schema=tests_schema(2 * options.tests)
        )
    except PromptRefusedError:
        return []
    return list(parse_reply(reply.text, reply.finish_reason).tests)


def with_new_tests(row: SynthRow, sources: Sequence[str], most: int) -> SynthRow:
    """Return the row with new tests, validated: up to ``most``, and those that the row has already, as duplicates.

    A new test that contradicts a kept one is dropped, not the kept one.
    """
    assert row.question is not None
    written = [SynthTest(source=source, origin=TestOrigin.REFINED) for source in sources]
    validated = validate_tests(row.question, [*row.tests, *written])[len(row.tests) :]
    repeated = [test.dropped is TestDrop.DUPLICATE for test in validated]
    number = accumulate(not is_repeated for is_repeated in repeated)  # how many new ones there are so far
    taken = [
        test
        for test, is_repeated, at in zip(validated, repeated, number, strict=True)
        if is_repeated or at <= most
    ]
    return row.model_copy(update={"tests": [*row.tests, *taken]})


async def _decided(row: SynthRow, new: Sequence[int], backends: Backends, options: RefineOptions) -> SynthRow:
    """Return the row after the solvers' programs were judged by the new tests, and all tests decided again."""
    solvers = [program for program in row.programs if program.role is ProgramRole.SOLVER]
    judged = await judge_programs(
        row,
        solvers,
        new,
        backends.executor,
        limits=options.filter.limits,
        environment=options.filter.environment,
    )
    by_solver = iter(judged)
    programs = [next(by_solver) if p.role is ProgramRole.SOLVER else p for p in row.programs]
    return await decide_tests(row.model_copy(update={"programs": programs}), judged, backends, options.filter)
