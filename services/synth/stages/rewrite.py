"""Asks a model for a question and tests, inspired by the row's seed.

Modes: ``together`` asks for both at once; ``separate`` asks for the question, then for calls of its function, and
leaves the expected values to the stage ``label``, which does not show the seed's program; ``acecoder-paper`` is one
call in the way of the AceCoder paper, whose question need not name the function. ``stdin`` asks for a problem of stdin
and stdout (``rewrite_stdin``).

A reply without a question or tests is asked for again with other seeds, ``attempts`` times in all. Each reply is read
by the rules of ``questions.repairs``; the notes ``rewrite.repair`` and ``rewrite.attempts`` say what it took.
"""

from collections.abc import Callable
from enum import StrEnum
from typing import Annotated

from pydantic import Field, JsonValue

from clients.contract import Question, SynthRow, SynthTest, TestOrigin
from clients.contract.base import NotBool, RequestModel
from services.synth.llm.model import ChatMessage, ChatModel, Completion
from services.synth.llm.options import SamplingOptions
from services.synth.pipeline.stage import Backends, RowDrop, RowDroppedError, Stage
from services.synth.prompts import load_prompt
from services.synth.questions.labels import call_in
from services.synth.questions.repairs import Repair
from services.synth.questions.replies import ParsedReply, parse_reply
from services.synth.questions.schemas import QUESTION_SCHEMA, JsonSchema, inputs_schema, rewrite_schema
from services.synth.questions.signatures import NoEntryPointError, settle
from services.synth.stages.attempts import first_usable
from services.synth.stages.rewrite_stdin import make_stdin_rewrite

CALLS_NOTE = "rewrite.calls"
"""Note with the calls that ``separate`` asked for; the stage ``label`` makes tests of them."""


class RewriteMode(StrEnum):
    """How question and tests are asked for."""

    TOGETHER = "together"
    """The question, its signature and tests in one call."""
    SEPARATE = "separate"
    """The question, then inputs; the stage ``label`` asks for the expected values."""
    ACECODER_PAPER = "acecoder-paper"
    """In one call, as the paper does; the question's text stays as the model wrote it."""
    STDIN = "stdin"
    """A problem whose programs read stdin and print, with a few examples; the stage ``generators`` makes its tests."""


class RewriteOptions(RequestModel):
    """How questions and tests are written."""

    mode: RewriteMode = RewriteMode.TOGETHER
    """How they are asked for."""
    tests: Annotated[int, Field(ge=1, le=100), NotBool] = 20
    """Tests that the prompt asks for. The paper's prompt asks for about 20 whatever this says."""
    prompt: str = ""
    """Prompt: a name, or the path of a .md file; empty: that of the mode, see ``PROMPTS``."""
    inputs_prompt: str = "inputs"
    """Prompt of the inputs, in ``separate``."""
    attempts: Annotated[int, Field(ge=1, le=20), NotBool] = 2
    """Replies that are asked for, one after the other, until one can be read."""
    sampling: SamplingOptions = SamplingOptions()
    """How replies are sampled. Each further attempt has the next seed."""
    repair: bool = True
    """Whether replies that are not the JSON of the prompt, bare or in a fence, are repaired. Off, they are dropped."""


PROMPTS = {
    RewriteMode.TOGETHER: "rewrite",
    RewriteMode.SEPARATE: "question",
    RewriteMode.ACECODER_PAPER: "acecoder_paper",
    RewriteMode.STDIN: "rewrite_stdin",
}


def _schema(options: RewriteOptions) -> JsonSchema | None:
    match options.mode:
        case RewriteMode.TOGETHER:
            return rewrite_schema(options.tests)
        case RewriteMode.SEPARATE:
            return QUESTION_SCHEMA
        case RewriteMode.ACECODER_PAPER | RewriteMode.STDIN:
            return None


def make_rewrite_stage(options: RewriteOptions) -> Stage:
    """Return the stage."""
    prompt = load_prompt(options.prompt or PROMPTS[options.mode])
    if options.mode is RewriteMode.STDIN:
        sampling = options.sampling.sampling()
        return make_stdin_rewrite(prompt, tests=options.tests, attempts=options.attempts, sampling=sampling)

    async def rewrite(row: SynthRow, backends: Backends) -> SynthRow:
        model = backends.model("writer")
        messages = prompt.messages(
            program=row.seed.program, instruction=row.seed.instruction, tests=str(options.tests)
        )
        return await _ask(
            model,
            messages,
            options,
            _schema(options),
            lambda reply: _with_question(row, reply, options),
        )

    async def rewrite_and_inputs(row: SynthRow, backends: Backends) -> SynthRow:
        row = await rewrite(row, backends)
        assert row.question is not None
        messages = load_prompt(options.inputs_prompt).messages(
            question=row.question.text, entry_point=row.question.entry_point, tests=str(options.tests)
        )
        model = backends.model("writer")
        return await _ask(
            model,
            messages,
            options,
            inputs_schema(options.tests),
            lambda reply: _with_calls(row, reply),
            purpose="inputs",
        )

    return rewrite_and_inputs if options.mode is RewriteMode.SEPARATE else rewrite


async def _ask(
    model: ChatModel,
    messages: list[ChatMessage],
    options: RewriteOptions,
    schema: JsonSchema | None,
    use: Callable[[ParsedReply], SynthRow],
    *,
    purpose: str = "rewrite",
) -> SynthRow:
    """Return the row that ``use`` makes of the first reply that it can use, with notes on what it took."""

    async def read(completion: Completion) -> SynthRow:
        reply = parse_reply(completion.text, completion.finish_reason)
        row = use(reply)
        return row.model_copy(update={"notes": {**row.notes, f"{purpose}.repair": reply.label}})

    row, attempts = await first_usable(
        model,
        messages,
        read,
        purpose=purpose,
        attempts=options.attempts,
        sampling=options.sampling.sampling(),
        schema=schema,
    )
    return row.model_copy(update={"notes": {**row.notes, f"{purpose}.attempts": attempts}})


def _with_question(row: SynthRow, reply: ParsedReply, options: RewriteOptions) -> SynthRow:
    """Return the row with the question and the tests of a reply."""
    _check_readable(reply, options)
    if not reply.question:
        raise RowDroppedError(RowDrop.MALFORMED_REPLY, f"no question in the reply ({reply.label})")
    if not reply.tests and options.mode is not RewriteMode.SEPARATE:
        raise RowDroppedError(RowDrop.MALFORMED_REPLY, f"no test in the reply ({reply.label})")
    try:
        settled = settle(reply.question, reply.signature, reply.tests)
    except NoEntryPointError as error:
        raise RowDroppedError(RowDrop.NO_ENTRY_POINT, str(error)) from error
    text = reply.question if options.mode is RewriteMode.ACECODER_PAPER else settled.text
    question = Question(text=text, entry_point=settled.entry_point, signature=settled.signature)
    tests = [SynthTest(source=source, origin=TestOrigin.IMAGINED) for source in reply.tests]
    notes: dict[str, JsonValue] = {**row.notes, "rewrite.signature": "+".join(settled.changes) or "given"}
    return row.model_copy(update={"question": question, "tests": [*row.tests, *tests], "notes": notes})


def _with_calls(row: SynthRow, reply: ParsedReply) -> SynthRow:
    """Return the row with the distinct calls of a reply in its notes."""
    assert row.question is not None
    parsed = [call_in(item, row.question.entry_point) for item in reply.tests]
    calls: list[JsonValue] = list(dict.fromkeys(call for call in parsed if call))
    if not calls:
        raise RowDroppedError(
            RowDrop.MALFORMED_REPLY, f"no call of the function in the reply ({reply.label})", row
        )
    return row.model_copy(update={"notes": {**row.notes, CALLS_NOTE: calls}})


def _check_readable(reply: ParsedReply, options: RewriteOptions) -> None:
    if not options.repair and not reply.repairs <= {Repair.FENCED}:
        raise RowDroppedError(RowDrop.MALFORMED_REPLY, f"repairs are off: {reply.label}")
