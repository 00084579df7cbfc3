"""Asks a model for the expected values of the calls that ``rewrite`` asked for in the mode ``separate``.

The prompt shows the question and the calls, and not the seed's program: a program that may be wrong leads a model to
its results. A row without such calls passes through unchanged.
"""

from typing import Annotated

from pydantic import Field

from clients.contract import SynthRow, SynthTest, TestDrop, TestOrigin
from clients.contract.base import NotBool, RequestModel
from services.synth.llm.model import PromptRefusedError
from services.synth.llm.options import SamplingOptions
from services.synth.pipeline.stage import Backends, RowDrop, RowDroppedError, Stage
from services.synth.prompts import load_prompt
from services.synth.questions.labels import label_test, labels_of, majority
from services.synth.stages.rewrite import CALLS_NOTE


class LabelOptions(RequestModel):
    """How expected values are asked for."""

    prompt: str = "label"
    """Name of the prompt, or the path of a .md file."""
    votes: Annotated[int, Field(ge=1, le=50), NotBool] = 1
    """Replies that are asked for. A call gets the value that more than half of them give."""
    sampling: SamplingOptions = SamplingOptions(temperature=0.0)
    """How replies are sampled. With several votes the temperature should be above 0."""


def make_label_stage(options: LabelOptions) -> Stage:
    """Return the stage."""
    prompt = load_prompt(options.prompt)

    async def label(row: SynthRow, backends: Backends) -> SynthRow:
        noted = row.notes.get(CALLS_NOTE)
        if row.question is None or not isinstance(noted, list):
            return row
        calls = [str(call) for call in noted]
        numbered = "\n".join(f"{number}. {call}" for number, call in enumerate(calls, 1))
        messages = prompt.messages(
            question=row.question.text, calls=numbered, entry_point=row.question.entry_point
        )
        try:
            completions = await backends.model("writer").complete(
                messages, purpose="label", count=options.votes, sampling=options.sampling.sampling()
            )
        except PromptRefusedError as refused:
            raise RowDroppedError(RowDrop.PROMPT_REFUSED, str(refused)) from refused
        values = majority([labels_of(completion.text, len(calls)) for completion in completions])
        tests = [_labelled(call, value) for call, value in zip(calls, values, strict=True)]
        row = row.model_copy(update={"tests": [*row.tests, *tests]})
        if all(value is None for value in values):
            raise RowDroppedError(RowDrop.MALFORMED_REPLY, "no expected value in the reply", row)
        return row

    return label


def _labelled(call: str, value: str | None) -> SynthTest:
    if value is None:
        return SynthTest(
            source=call,
            origin=TestOrigin.LABELLED,
            dropped=TestDrop.UNDECIDED,
            detail="the model gave no expected value, or its replies differ",
        )
    return SynthTest(source=label_test(call, value), origin=TestOrigin.LABELLED)
