"""Makes tests for a problem of stdin and stdout: generators write inputs, and solvers that agree give the outputs.

A model writes an input validator, generators and, where an input has several right outputs, a checker program. All of
it is untrusted and runs in the executor. The validator must accept the row's own inputs and refuse mutated ones; the
checker program must accept what agreeing solvers print and refuse empty, meaningless and wrong outputs, otherwise
outputs are compared. An input on which solvers do not agree stays in the row as an undecided test.

Questions that ask for a function pass unchanged. ``services.synth.io_problems`` decides; this module calls models and
the executor.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated

from pydantic import Field, JsonValue

from clients.contract import (
    IoTest,
    Limits,
    ProgramKind,
    SynthRow,
    SynthTest,
    TestDrop,
    TestOrigin,
)
from clients.contract.base import NotBool, RequestModel
from services.synth.io_problems.gates import GateDecision, decide_validator
from services.synth.io_problems.generators import Generator, find_generators, plan_calls
from services.synth.io_problems.mutations import mutated_inputs
from services.synth.io_problems.replies import WrittenPrograms, read_programs
from services.synth.llm.model import Completion, Sampling
from services.synth.llm.options import SamplingOptions
from services.synth.pipeline.stage import Backends, RowDrop, RowDroppedError, Stage, row_random
from services.synth.prompts import load_prompt
from services.synth.stages.attempts import first_usable
from services.synth.stages.io_runs import JailRuns
from services.synth.stages.output_labels import Agreement, Labelled, OutputLabels
from services.synth.stages.programs import write_solvers
from services.synth.stages.rewrite_stdin import NEEDS_CHECKER_NOTE


class GeneratorOptions(RequestModel):
    """How tests of problems of stdin and stdout are made."""

    calls: Annotated[int, Field(ge=1, le=1000)] = 32
    """Calls of generators for each question, shared out among its generators, each with a seed of its own."""
    max_inputs: Annotated[int, Field(ge=1, le=1000)] = 24
    """Most inputs that become tests, in the order of the calls."""
    max_input_chars: Annotated[int, Field(ge=1)] = 2**16
    """Longest input; a longer one is left out."""
    programs: Annotated[int, Field(ge=2, le=1000)] = 8
    """Programs of solvers, shared out among the models that have the role ``solver``. With the sampling of the filter
    the model's cache gives the filter the same programs."""
    temperature: Annotated[float, Field(ge=0, le=2)] = 0.7
    """Temperature of the solvers."""
    top_p: Annotated[float, Field(gt=0, le=1)] = 1.0
    max_tokens: Annotated[int, Field(ge=1)] = 1024
    """Most tokens of one program of a solver."""
    min_agreeing: Annotated[int, Field(ge=2)] = 2
    """Fewest solvers that must agree on an output."""
    min_agreeing_share: Annotated[float, Field(gt=0, le=1), NotBool] = 0.6
    """Smallest share of the solvers with an output that must agree on it."""
    gate_share: Annotated[float, Field(gt=0, le=1), NotBool] = 0.5
    """Smallest share of the mutated inputs that a validator must refuse, of the imagined ones that it must accept, and
    of the wrong outputs that a checker program must refuse."""
    attempts: Annotated[int, Field(ge=1, le=20)] = 2
    """Replies with programs that are asked for, until a validator and a generator work."""
    sampling: SamplingOptions = SamplingOptions()
    """How these replies are sampled. Each further attempt has the next seed."""
    prompt: str = "io_programs"
    """Prompt: a name, or the path of a .md file."""
    limits: Limits = Limits(total_cpu_s=60, total_wall_s=120)
    """Limits of each untrusted program. Its totals hold for all inputs together."""
    environment: str = "base"
    """The executor's environment."""


@dataclass(frozen=True, slots=True)
class _Inputs:
    """The programs of one reply that work, and the inputs that they made."""

    written: WrittenPrograms
    texts: tuple[str, ...]
    refused_tests: tuple[int, ...]
    """Positions of tests of the row whose input the validator refuses."""
    counts: Mapping[str, JsonValue]


def make_generators_stage(options: GeneratorOptions) -> Stage:
    """Return the stage."""
    prompt = load_prompt(options.prompt)

    async def generate(row: SynthRow, backends: Backends) -> SynthRow:
        if row.question is None or row.question.kind is not ProgramKind.STDIN:
            return row
        runs = JailRuns(backends.executor, options.limits, options.environment)
        messages = prompt.messages(question=row.question.text, checker=_checker_request(row))

        async def read(reply: Completion) -> _Inputs:
            made = await _make_inputs(row, read_programs(reply.text), runs, options)
            if isinstance(made, str):
                raise RowDroppedError(RowDrop.NO_VALIDATOR, made, row)
            return made

        inputs, _ = await first_usable(
            backends.model("writer"),
            messages,
            read,
            purpose="generators",
            attempts=options.attempts,
            sampling=options.sampling.sampling(),
        )
        return await _add_tests(row, inputs, backends, runs, options)

    return generate


def _checker_request(row: SynthRow) -> str:
    """Return what asks the model for a checker program; empty where outputs are unique."""
    return "yes" if row.notes.get(NEEDS_CHECKER_NOTE, True) else ""


async def _make_inputs(
    row: SynthRow, written: WrittenPrograms, runs: JailRuns, options: GeneratorOptions
) -> _Inputs | str:
    """Return the inputs that a reply's generators make and its validator accepts, or why the reply is of no use."""
    generators = find_generators(written.generators)
    if not written.validator or not generators:
        return f"the reply has no {'generator' if written.validator else 'validate_input'}"
    decision, refused = await _examine_validator(row, written.validator, runs, options)
    if not decision.is_open:
        return decision.detail
    calls = plan_calls(generators, options.calls, first_seed=1)
    if not calls:
        return f"no generator can be run: {generators[0].name}: {generators[0].fault}"
    made = await runs.run_generators(written.generators, calls)
    known = {row.tests[at].io.stdin for at in row.kept if row.tests[at].io is not None}  # type: ignore[union-attr]
    texts = [text for text in made if text is not None and len(text) <= options.max_input_chars]
    texts = [text for text in dict.fromkeys(texts) if text.strip() and text not in known]
    accepted = await runs.run_validator(written.validator, texts) if texts else []
    valid = [text for text, cell in zip(texts, accepted, strict=True) if cell is True]
    if not valid:
        return f"no generator made a valid input: {len(calls)} calls, {len(texts)} new inputs, 0 valid"
    counts = _counts(generators, len(calls), made, texts, valid)
    return _Inputs(written, tuple(valid[: options.max_inputs]), refused, counts)


async def _examine_validator(
    row: SynthRow, validator: str, runs: JailRuns, options: GeneratorOptions
) -> tuple[GateDecision, tuple[int, ...]]:
    """Return the decision about a validator, and the positions of the imagined tests whose input it refuses."""
    own = {at: test.io.stdin for at in row.kept if (test := row.tests[at]).io is not None}
    rng = row_random(row, "generators.mutations")
    mutated = [text for stdin in list(own.values())[:3] for text in mutated_inputs(stdin, rng)]
    mutated = [text for text in dict.fromkeys(mutated) if text not in own.values()]
    if not own:
        return GateDecision(False, "the row has no input that shows what a right one is"), ()
    cells = await runs.run_validator(validator, [*own.values(), *mutated])
    cell_of = dict(zip(own, cells[: len(own)], strict=True))
    given = [cell for at, cell in cell_of.items() if row.tests[at].origin is TestOrigin.GIVEN]
    imagined = [cell for at, cell in cell_of.items() if row.tests[at].origin is not TestOrigin.GIVEN]
    decision = decide_validator(given, imagined, cells[len(own) :], min_share=options.gate_share)
    return decision, tuple(at for at, cell in cell_of.items() if cell is not True)


def _counts(
    generators: Sequence[Generator],
    calls: int,
    made: Sequence[str | None],
    texts: Sequence[str],
    valid: Sequence[str],
) -> dict[str, JsonValue]:
    return {
        "generators.calls": calls,
        "generators.failed": sum(text is None for text in made),
        "generators.new": len(texts),
        "generators.valid": len(valid),
        "generators.refused": {
            generator.name: generator.fault for generator in generators if generator.fault
        },
    }


async def _add_tests(
    row: SynthRow, made: _Inputs, backends: Backends, runs: JailRuns, options: GeneratorOptions
) -> SynthRow:
    """Return the row with a test for each input, and the rule that judges outputs."""
    assert row.question is not None
    sampling = Sampling(options.temperature, options.top_p, options.max_tokens, seed=0)
    solvers = await write_solvers(row, backends, options.programs, sampling)
    outputs_N_T = await runs.run_scripts([solver.program for solver in solvers], made.texts)
    agreement = Agreement(options.min_agreeing, options.min_agreeing_share, options.gate_share)
    labels = OutputLabels(row, made.texts, outputs_N_T, agreement)
    labelled = await labels.decide(made.written.checker, runs)
    tests = [_test(text, at, labelled, agreement) for at, text in enumerate(made.texts)]
    marked = [
        test.model_copy(
            update={"dropped": TestDrop.INVALID_INPUT, "detail": "the input validator refuses its input"}
        )
        if at in made.refused_tests
        else test
        for at, test in enumerate(row.tests)
    ]
    question = row.question.model_copy(
        update={"comparison": labelled.comparison, "checker": labelled.checker}
    )
    notes: dict[str, JsonValue] = {
        **row.notes,
        **made.counts,
        "generators.rule": "checker" if labelled.checker else labelled.comparison.mode.value,
        "generators.checker": labelled.detail,
        "generators.validator": made.written.validator,
        "generators.source": made.written.generators,
    }
    row = row.model_copy(update={"question": question, "tests": [*marked, *tests], "notes": notes})
    if all(test.dropped for test in tests):
        detail = f"solvers agree on none of {len(tests)} inputs; {labelled.detail}".removesuffix("; ")
        raise RowDroppedError(RowDrop.AMBIGUOUS, detail, row)
    return row


def _test(text: str, at: int, labelled: Labelled, agreement: Agreement) -> SynthTest:
    """Return the test of one input: kept if solvers agree on its output, otherwise undecided."""
    label, supporters = labelled.labels[at], labelled.supporters[at]
    is_settled = agreement.settles(supporters, label.answering) and label.output is not None
    return SynthTest(
        io=IoTest(stdin=text, stdout=label.output),
        origin=TestOrigin.GENERATED,
        dropped=None if is_settled else TestDrop.UNDECIDED,
        detail=f"{supporters} of {label.answering} solvers with an output agree",
    )
