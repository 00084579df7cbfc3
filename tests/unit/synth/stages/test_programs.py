"""Which programs the stages send to the executor, and how its results come back to the row's programs."""

import anyio
import pytest

from clients.contract import (
    CandidateResult,
    ExecutionResponse,
    Outcome,
    ProgramRole,
    Question,
    Seed,
    Status,
    SuiteInfo,
    SynthProgram,
    SynthRow,
    SynthTest,
    TestResult,
)
from services.synth.llm.model import Completion, Sampling
from services.synth.stages.programs import judge_programs, write_programs

ROW = SynthRow(
    seed=Seed(id="q"),
    question=Question(text="Return it.", entry_point="f"),
    tests=[SynthTest(source=f"assert f({n}) == {n}") for n in range(2)],
)
RIGHT, WRONG = "def f(x):\n    return x\n", "def f(x):\n    return 0\n"


class RecordingExecutor:
    """Takes the executor's place: notes the programs of a request. Its results are made up."""

    def __init__(self):
        self.programs = []

    async def execute_request(self, request):
        self.programs = [candidate.program for candidate in request.candidates]
        results = []
        for at, program in enumerate(self.programs):
            outcomes = [Outcome.PASSED, Outcome.PASSED if program == RIGHT else Outcome.WRONG_ANSWER]
            tests = [TestResult(outcome=outcome) for outcome in outcomes]
            results.append(
                CandidateResult(id=str(at), index=at, suite="q", status=Status.JUDGED, tests=tests)
            )
        suites = [SuiteInfo(id="q", test_hashes=["a", "b"])]
        return ExecutionResponse(id="r", results=results, suites=suites, runner_version="1")


def programs(*texts):
    return [SynthProgram(role=ProgramRole.SAMPLE, model="m", completion="", program=text) for text in texts]


@pytest.mark.parametrize("cache", [True, False])
def test_equal_programs_are_sent_once_unless_each_is_to_run(cache):
    executor = RecordingExecutor()
    texts = [RIGHT, WRONG, RIGHT, RIGHT, WRONG]

    async def judge():
        return await judge_programs(ROW, programs(*texts), [0, 1], executor, cache=cache)

    judged = anyio.run(judge)
    assert executor.programs == ([RIGHT, WRONG] if cache else texts)
    assert [program.program for program in judged] == texts
    assert [program.outcomes[1] is Outcome.PASSED for program in judged] == [text == RIGHT for text in texts]


class RecordedModel:
    """Takes a model's place: its completions are given."""

    def __init__(self, texts):
        self.texts = texts

    async def complete(self, messages, **options):
        return [Completion(text, "stop", "m", 1, 1, 0.0, False) for text in self.texts]


def test_repeated_completions_are_repeated_programs_in_their_order():
    texts = [f"```python\n{RIGHT}```", "I do not know.", f"```python\n{RIGHT}```", f"Sure!\n{WRONG}"]

    async def write():
        return await write_programs(
            ROW, RecordedModel(texts), role=ProgramRole.SAMPLE, count=4, sampling=Sampling()
        )

    written = anyio.run(write)
    assert [program.completion for program in written] == texts
    assert [program.program.strip() for program in written] == [
        RIGHT.strip(),
        "",
        RIGHT.strip(),
        WRONG.strip(),
    ]
