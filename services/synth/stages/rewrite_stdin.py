"""Asks a model for a problem of stdin and stdout, inspired by the row's seed: the mode ``stdin`` of the stage rewrite.

The examples of the reply become imagined tests. Whether the model says that some input has several right outputs is
the note ``rewrite.needs_checker``, by which the stage ``generators`` asks for a checker program.
"""

from clients.contract import ProgramKind, Question, SynthRow, SynthTest, TestOrigin
from services.synth.io_problems.replies import WrittenProblem, read_problem
from services.synth.llm.model import Completion, Sampling
from services.synth.pipeline.stage import Backends, RowDrop, RowDroppedError, Stage
from services.synth.prompts import Prompt
from services.synth.stages.attempts import first_usable

NEEDS_CHECKER_NOTE = "rewrite.needs_checker"
"""Note with whether the model says that some input has several right outputs."""
_MOST_EXAMPLES = 5
"""Examples that the prompt asks for at most. They show a validator what an input is; generators make the tests."""


def make_stdin_rewrite(prompt: Prompt, *, tests: int, attempts: int, sampling: Sampling) -> Stage:
    """Return the stage; it asks again, with the next seed, until a reply holds a problem with an example."""

    async def rewrite(row: SynthRow, backends: Backends) -> SynthRow:
        messages = prompt.messages(
            program=row.seed.program,
            instruction=row.seed.instruction,
            tests=str(min(tests, _MOST_EXAMPLES)),
        )

        async def read(reply: Completion) -> SynthRow:
            problem = read_problem(reply.text)
            if problem is None or not problem.examples:
                missing = "question" if problem is None else "example"
                raise RowDroppedError(RowDrop.MALFORMED_REPLY, f"no {missing} in the reply")
            return _with_problem(row, problem)

        model = backends.model("writer")
        made, count = await first_usable(
            model, messages, read, purpose="rewrite", attempts=attempts, sampling=sampling
        )
        return made.model_copy(update={"notes": {**made.notes, "rewrite.attempts": count}})

    return rewrite


def _with_problem(row: SynthRow, problem: WrittenProblem) -> SynthRow:
    question = Question(text=problem.question, kind=ProgramKind.STDIN)
    tests = [SynthTest(io=example, origin=TestOrigin.IMAGINED) for example in problem.examples]
    notes = {
        **row.notes,
        NEEDS_CHECKER_NOTE: problem.needs_checker,
        "rewrite.checker_reason": problem.reason,
    }
    return row.model_copy(update={"question": question, "tests": [*row.tests, *tests], "notes": notes})
