"""Asks a model for programs that answer a row's question, and judges programs by the row's tests.

All stages that need programs or verdicts use it. The executor receives one suite per row; its verdicts are returned as
one outcome per test of the row.
"""

from collections.abc import Callable, Mapping, Sequence

from clients.completions import extract
from clients.contract import (
    Candidate,
    CandidateResult,
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
    TestResult,
    UnscorableReason,
    WeakTests,
)
from clients.errors import TimedOutError
from clients.executor import AsyncExecutor
from services.synth.llm.model import ChatModel, PromptRefusedError, Sampling
from services.synth.pipeline.stage import Backends, RowDrop, RowDroppedError
from services.synth.prompts import load_prompt

_NOT_REACHED = frozenset(
    {UnscorableReason.DEADLINE, UnscorableReason.CANCELLED, UnscorableReason.QUEUE_UNAVAILABLE}
)
"""Reasons that do not depend on the program. (A lost worker may: the program may have ended it.)"""


async def write_programs(
    row: SynthRow,
    model: ChatModel,
    *,
    role: ProgramRole,
    count: int,
    sampling: Sampling,
    shown: Sequence[str] = (),
    prompt: str = "",
) -> list[SynthProgram]:
    """Return ``count`` programs of ``model`` for the row's question, not judged yet.

    ``shown`` are tests that the prompt shows. ``prompt`` is the name of the prompt, or the path of its .md file; empty:
    ``solve``, or ``solve_stdin`` for a question whose programs read stdin.

    Raises:
        PromptRefusedError: the model's server refuses the prompt.
    """
    assert row.question is not None
    name = "solve_stdin" if row.question.kind is ProgramKind.STDIN else "solve"
    messages = load_prompt(prompt or name).messages(
        question=row.question.text,
        entry_point=row.question.entry_point,
        signature=row.question.signature,
        tests="\n".join(shown),
    )
    completions = await model.complete(messages, purpose=role, count=count, sampling=sampling)
    entry_point = row.question.entry_point or None
    texts = {completion.text for completion in completions}  # a model repeats itself; a text is parsed once
    programs = {text: extract(text, entry_point=entry_point).program for text in texts}
    return [
        SynthProgram(
            role=role, model=completion.model, completion=completion.text, program=programs[completion.text]
        )
        for completion in completions
    ]


async def write_solvers(
    row: SynthRow, backends: Backends, count: int, sampling: Sampling, prompt: str = ""
) -> list[SynthProgram]:
    """Return ``count`` programs of all solvers, shared out evenly, the first models getting one more.

    ``prompt`` is as in ``write_programs``.

    Raises:
        RowDroppedError: a server refuses the prompt.
    """
    models = backends.models("solver")
    programs: list[SynthProgram] = []
    for number, model in enumerate(models):
        share = count // len(models) + (number < count % len(models))
        if share:
            try:
                programs += await write_programs(
                    row, model, role=ProgramRole.SOLVER, count=share, sampling=sampling, prompt=prompt
                )
            except PromptRefusedError as refused:
                raise RowDroppedError(RowDrop.PROMPT_REFUSED, str(refused), row) from refused
    return programs


async def judge_programs(
    row: SynthRow,
    programs: Sequence[SynthProgram],
    positions: Sequence[int],
    executor: AsyncExecutor,
    *,
    limits: Limits | None = None,
    environment: str = "base",
    cache: bool = True,
) -> list[SynthProgram]:
    """Return ``programs`` with their outcomes on the row's tests at ``positions``; other outcomes stay as they are.

    A program without a verdict keeps the reason in ``unscorable``. Equal programs are sent once, unless ``cache`` is
    off: then the caller wants a run of each.

    Raises:
        AceCoderError: the executor cannot be used.
    """
    if not programs or not positions:
        return list(programs)
    texts = [program.program for program in programs]
    sent = list(dict.fromkeys(texts)) if cache else texts
    results = await execute(
        row,
        sent,
        positions,
        executor,
        limits=limits,
        environment=environment,
        cache=cache,
    )
    if cache:
        by_text = dict(zip(sent, results, strict=True))
        results = [by_text[text] for text in texts]
    return [_with_outcomes(row, *pair, positions) for pair in zip(programs, results, strict=True)]


async def execute(
    row: SynthRow,
    programs: Sequence[str],
    positions: Sequence[int],
    executor: AsyncExecutor,
    *,
    limits: Limits | None = None,
    environment: str = "base",
    weak_tests: WeakTests = WeakTests.IGNORE,
    cache: bool = True,
) -> list[CandidateResult]:
    """Return the verdicts of the executor on program texts, by the row's tests at ``positions``.

    Raises:
        AceCoderError: as ``verdicts``.
    """
    request = ExecutionRequest(
        suites=[row.suite(positions)],
        candidates=[Candidate(suite=row.id, program=program) for program in programs],
        limits=limits or Limits(),
        environment=environment,
        weak_tests=weak_tests,
        cache=cache,
        priority=Priority.BULK,
    )
    return await verdicts(request, executor)


async def read_runner_version(executor: AsyncExecutor, environment: str) -> str:
    """Return the version of the code that judges programs, by a request without a program.

    Raises:
        AceCoderError: the executor cannot be used, or does not know the environment.
    """
    suite = Suite(id="version", asserts=["assert answer() == 42"])
    request = ExecutionRequest(suites=[suite], candidates=[], environment=environment)
    return (await executor.execute_request(request)).runner_version


async def verdicts(request: ExecutionRequest, executor: AsyncExecutor) -> list[CandidateResult]:
    """Return the results of a request.

    Raises:
        TimedOutError: the service did not get to a candidate, which is no verdict on it; the row waits and asks again.
        AceCoderError: the executor cannot be used.
    """
    results = (await executor.execute_request(request)).results
    for result in results:
        if result.reason in _NOT_REACHED:
            raise TimedOutError(f"the executor has no verdict yet: {result.reason_text}")
    return results


def _with_outcomes(
    row: SynthRow, program: SynthProgram, result: CandidateResult, positions: Sequence[int]
) -> SynthProgram:
    outcomes: list[Outcome | None] = [*program.outcomes]
    outcomes += [None] * (len(row.tests) - len(outcomes))
    if result.status is not Status.JUDGED:
        return program.model_copy(update={"outcomes": outcomes, "unscorable": result.reason_text})
    judged = dict(zip(positions, result.tests, strict=True))
    for position, test in judged.items():
        outcomes[position] = _earned(test)
    marks = {
        "rests_on_program": _marked(program.rests_on_program, judged, lambda test: test.rests_on_program),
        "decided_by_program": _marked(
            program.decided_by_program, judged, lambda test: test.decided_by_program
        ),
    }
    return program.model_copy(update={"outcomes": outcomes, "unscorable": "", **marks})


def _marked(
    earlier: Sequence[int], judged: Mapping[int, TestResult], has_mark: Callable[[TestResult], bool]
) -> list[int]:
    """Return the positions of tests with a mark; those that were judged now have it by their new result."""
    kept = [position for position in earlier if position not in judged]
    return sorted([*kept, *(position for position, test in judged.items() if has_mark(test))])


def _earned(test: TestResult) -> Outcome:
    """Return the outcome; a pass that the program alone decided is none."""
    return Outcome.WRONG_ANSWER if test.decided_by_program else test.outcome
