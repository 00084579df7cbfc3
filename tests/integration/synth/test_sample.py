"""The sampling stage with a real executor and recorded programs: rates over the tests that count, canaries that hold."""

import random

import anyio
import pytest

from clients import AsyncExecutor, Executor
from clients.contract import Outcome, ProgramRole, SynthTest, TestDrop
from clients.pairs import AnswerForm
from services.synth.curation.canary import canary_of
from services.synth.curation.rows import judged_question
from services.synth.curation.statistics import RunStatistics
from services.synth.pipeline.stage import Backends, RowDrop, RowDroppedError
from services.synth.stages.sample import SampleOptions, make_sample_stage
from tests.support.recorded_model import RecordedModel


def sampled(url, row, texts, **options):
    model = RecordedModel(texts)

    async def run():
        async with AsyncExecutor(url) as executor:
            stage = make_sample_stage(SampleOptions(count=len(texts), **options))
            return await stage(row, Backends({"sampler": [model]}, executor))

    return anyio.run(run), model


@pytest.fixture
def filtered(row):
    """The row as a filter leaves it: wrong tests are dropped."""
    tests = [SynthTest(source="assert derivative([3, 1, 2, 4, 5]) == [1, 4, 12, 20]"),
             SynthTest(source="assert derivative([1, 2, 3]) == [9]", dropped=TestDrop.REJECTED),
             SynthTest(source="assert derivative([7]) == []"),
             SynthTest(source="assert derivative([0, 0]) == [0]")]  # fmt: skip
    return row.model_copy(update={"tests": tests})


RIGHT = "```python\ndef derivative(xs):\n    return [i * x for i, x in enumerate(xs)][1:]\n```"
HALF = "```python\ndef derivative(xs):\n    return [1, 4, 12, 20] if len(xs) == 5 else [0] if xs == [0, 0] else None\n```"
WRONG = "I cannot do that."


def test_rates_are_over_kept_tests(url, filtered):
    row, _ = sampled(url, filtered, [RIGHT, HALF, WRONG])
    assert [program.pass_rate for program in row.programs] == [1.0, pytest.approx(2 / 3), 0.0]
    assert {program.role for program in row.programs} == {ProgramRole.SAMPLE}
    assert all(program.outcomes[1] is None for program in row.programs)  # the dropped test was not judged


def test_tests_in_the_prompt_do_not_count(url, filtered):
    row, model = sampled(url, filtered, [RIGHT, HALF], tests_shown=1)
    assert "assert derivative([3, 1, 2, 4, 5])" in str(model.asked[0])
    assert [program.pass_rate for program in row.programs] == [1.0, 0.5]
    row, _ = sampled(url, filtered, [RIGHT, HALF], tests_shown=1, count_shown_tests=True)
    assert row.programs[1].pass_rate == pytest.approx(2 / 3)


DECIDES = """```python
class Yes:
    def __bool__(self):
        return True

def derivative(xs):
    return Yes()
```"""
SPEAKS = """```python
class Same(list):
    def __eq__(self, other):
        return True

def derivative(xs):
    return Same([1])
```"""


def test_marks_of_tests_stay_in_the_row_and_decided_passes_count_as_not_passed(url, filtered):
    tests = [SynthTest(source="assert derivative([5, 6])"), *filtered.tests[2:]]
    row, _ = sampled(url, filtered.model_copy(update={"tests": tests}), [DECIDES, RIGHT, SPEAKS])
    decides, right, _ = row.programs
    assert decides.decided_by_program == [0]
    assert 0 in decides.rests_on_program
    assert decides.outcomes[0] is Outcome.WRONG_ANSWER
    assert decides.pass_rate == 0.0
    assert right.decided_by_program == right.rests_on_program == []
    assert right.pass_rate == 1.0
    judged = judged_question(row, AnswerForm.FENCED).results
    assert [result.tests[0].rests_on_program for result in judged[:2]] == [True, False]
    counts = RunStatistics()
    counts.add_done(row)
    assert counts.passes_decided_by_program == 1


def test_no_honest_program_passes_a_canary(url, filtered):
    row, _ = sampled(url, filtered, [RIGHT, HALF])
    with Executor(url) as executor:
        for seed in range(8):
            canary = canary_of(row, random.Random(seed))
            results = executor.execute([one.program for one in row.programs], canary).results
            assert all(result.pass_rate < 1 for result in results)


def test_a_row_without_a_counted_test_is_dropped(url, filtered):
    with pytest.raises(RowDroppedError) as dropped:
        sampled(url, filtered, [RIGHT], tests_shown=3)
    assert dropped.value.reason is RowDrop.NO_SAMPLE
    assert dropped.value.row.programs
