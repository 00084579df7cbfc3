"""Samples programs for the row's question and scores them by the kept tests: pass rates, outcomes.

Tests that the prompt shows are not counted in rates: a model can copy their expected values.
"""

from typing import Annotated

from pydantic import Field

from clients.contract import Limits, ProgramRole, SynthProgram, SynthRow
from clients.contract.base import RequestModel
from services.synth.llm.model import PromptRefusedError, Sampling
from services.synth.pipeline.stage import Backends, RowDrop, RowDroppedError, Stage
from services.synth.stages.programs import judge_programs, write_programs
from services.synth.suites import counted_tests, pass_rate, shown_test

_FIRST_SEED = 1 << 20
"""Seed of the first sample; solvers have seeds from 0. Samples of a model that is also a solver, with an equal prompt,
are other programs than those that voted on the tests."""


class SampleOptions(RequestModel):
    """How programs are sampled."""

    count: Annotated[int, Field(ge=1, le=1000)] = 16
    """Programs a question."""
    temperature: Annotated[float, Field(ge=0, le=2)] = 0.7
    """Temperature of the samples; 0.7 is AceCoder's."""
    top_p: Annotated[float, Field(gt=0, le=1)] = 1.0
    max_tokens: Annotated[int, Field(ge=1)] = 1024
    """Most tokens of one program."""
    prompt: str = ""
    """Prompt: a name, or the path of a .md file; empty: ``solve``, or ``solve_stdin`` for programs that read stdin."""
    tests_shown: Annotated[int, Field(ge=0)] = 0
    """Kept tests that the prompt shows; they are not counted in rates. AceCoder shows two, and counts them."""
    count_shown_tests: bool = False
    """Whether tests that the prompt shows count in rates nevertheless, as in the paper."""
    limits: Limits = Limits()
    """Limits of one program."""
    environment: str = "base"
    """The executor's environment."""


def make_sample_stage(options: SampleOptions) -> Stage:
    """Return the stage."""

    async def sample(row: SynthRow, backends: Backends) -> SynthRow:
        row = _mark_shown(row, options)
        shown = [shown_test(row.tests[position]) for position in row.kept[: options.tests_shown]]
        sampling = Sampling(options.temperature, options.top_p, options.max_tokens, seed=_FIRST_SEED)
        try:
            written = await write_programs(
                row,
                backends.model("sampler"),
                role=ProgramRole.SAMPLE,
                count=options.count,
                sampling=sampling,
                shown=shown,
                prompt=options.prompt,
            )
        except PromptRefusedError as refused:
            raise RowDroppedError(RowDrop.PROMPT_REFUSED, str(refused)) from refused
        judged = await judge_programs(
            row, written, row.kept, backends.executor, limits=options.limits, environment=options.environment
        )
        positions = counted_tests(row)
        rated = [_rated(program, positions) for program in judged]
        row = row.model_copy(update={"programs": [*row.programs, *rated]})
        if all(program.pass_rate is None for program in rated):
            reasons = ", ".join(sorted({program.unscorable for program in rated}))
            raise RowDroppedError(RowDrop.NO_SAMPLE, reasons or "no test counts", row)
        return row

    return sample


def _mark_shown(row: SynthRow, options: SampleOptions) -> SynthRow:
    if options.count_shown_tests or not options.tests_shown:
        return row
    shown = set(row.kept[: options.tests_shown])
    tests = [
        test.model_copy(update={"is_shown": True}) if position in shown else test
        for position, test in enumerate(row.tests)
    ]
    return row.model_copy(update={"tests": tests})


def _rated(program: SynthProgram, positions: list[int]) -> SynthProgram:
    rate = None if program.unscorable else pass_rate(program, positions)
    return program.model_copy(update={"pass_rate": rate})
