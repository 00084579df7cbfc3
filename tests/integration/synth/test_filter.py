"""The filter stage with a real executor and recorded programs."""

import subprocess
import sys

import anyio
import pytest

from clients import AsyncExecutor
from clients.contract import Outcome, ProgramRole, Question, Seed, SynthRow, SynthTest, TestDrop
from services.synth.pipeline.stage import Backends, RowDrop, RowDroppedError
from services.synth.stages.filter import FilterOptions, make_filter_stage
from tests.support.recorded_model import RecordedModel


def filtered(url, row, texts, judge=(), **options):
    """The row after the stage, with the models."""
    models = {"solver": [RecordedModel(replies) for replies in texts], "judge": [RecordedModel(judge)]}

    async def run():
        async with AsyncExecutor(url) as executor:
            stage = make_filter_stage(FilterOptions(**options))
            return await stage(row, Backends(models, executor))

    return anyio.run(run), models


@pytest.fixture
def replies(recorded):
    return [program["reply"] for program in recorded["programs"]]


def test_the_right_tests_are_kept_and_the_wrong_ones_named(url, row, replies):
    result, models = filtered(url, row, [replies], second_environment="reseeded")
    kept = [row.tests[at].source for at in result.kept]
    assert kept == [
        "assert derivative([1, 2, 3]) == [2, 6]",
        "assert derivative([0, 1, 2]) == [1, 4]",
        "assert derivative([1, 0, 0, 0]) == [0, 0, 0]",
        "assert derivative([0, 0, 2, 4, 6]) == [0, 4, 12, 24]",
        "assert derivative([1, 2, 3, 4]) == [2, 6, 12]",
        "assert derivative([1, 2, 3, 4, 5]) == [2, 6, 12, 20]",
    ]
    wrong = result.tests[2]
    assert (wrong.dropped, wrong.detail) == (TestDrop.REJECTED, "0 of 8 programs pass it")
    assert wrong.probability < 0.2 < 0.7 < result.tests[0].probability
    (call,) = models["solver"][0].asked
    assert call[0] == "solver"
    assert "assert" not in call[1][-1]["content"]  # solvers see no test


def test_the_programs_stay_in_the_row_with_their_outcomes(url, row, replies):
    result, _ = filtered(url, row, [replies[:5], replies[5:]], programs=7)
    assert [program.role for program in result.programs] == [ProgramRole.SOLVER] * 7
    assert [program.completion for program in result.programs] == [*replies[:4], *replies[5:]]
    assert result.programs[0].outcomes[0] is Outcome.PASSED
    assert all(len(program.outcomes) == len(row.tests) for program in result.programs)
    assert 0 < result.question.ambiguity < 1


def test_the_papers_policy_drops_what_its_one_program_fails(url, row, replies):
    options = {"policy": "proxy", "programs": 1, "find_flaky": False}
    result, _ = filtered(url, row, [replies], **options)
    assert [test.dropped for test in result.tests].count(TestDrop.REJECTED) == 4
    with pytest.raises(RowDroppedError) as caught:
        filtered(url, row, [replies[3:]], **options)  # a wrong program as the proxy loses the question
    assert caught.value.reason is RowDrop.FEW_TESTS
    assert caught.value.row.tests[0].detail == "the proxy program fails it"


def test_a_row_whose_solvers_disagree_too_much_is_dropped(url, row, replies):
    with pytest.raises(RowDroppedError) as caught:
        filtered(url, row, [replies], max_ambiguity=0.1)
    assert caught.value.reason is RowDrop.AMBIGUOUS
    assert caught.value.row.question.ambiguity > 0.1


WORDS = "def words(text):\n    return list(set(text.split()))\n"
MANY = " ".join(f"w{n}" for n in range(40))


def test_a_test_of_the_order_of_a_set_is_flaky(url):
    """Hand-written: no recording has an order that depends on the hash seed."""
    show = f"print(list(set('{MANY}'.split())))"
    command = [sys.executable, "-c", show]
    order = subprocess.run(
        command, env={"PYTHONHASHSEED": "0"}, capture_output=True, check=True, text=True
    ).stdout
    tests = [
        f"assert sorted(words('{MANY}')) == sorted('{MANY}'.split())",
        "assert words('one') == ['one']",
        f"assert words('{MANY}') == {order.strip()}",
    ]
    row = SynthRow(
        seed=Seed(id="words"),
        question=Question(text="Return the distinct words.", entry_point="words"),
        tests=[SynthTest(source=source) for source in tests],
    )
    flaky = {}
    for second in ("", "reseeded"):
        result, _ = filtered(url, row, [[WORDS]], programs=2, min_tests=1, second_environment=second)
        flaky[second] = [at for at, test in enumerate(result.tests) if test.dropped is TestDrop.FLAKY]
    assert flaky[""] == []
    assert flaky["reseeded"] == [2]


def test_a_judge_decides_what_solvers_leave_undecided(url, row, replies):
    """Two programs of each behaviour; the judge's replies are hand-written."""
    programs = [replies[0], replies[1], replies[2], replies[2]]
    undecided, _ = filtered(url, row, [programs], programs=4, min_tests=1)
    open_tests = [at for at, test in enumerate(undecided.tests) if test.dropped is TestDrop.UNDECIDED]
    assert open_tests
    judged, models = filtered(
        url, row, [programs], judge=["... so it is\nVERDICT: right"], programs=4, min_tests=1, arbitrations=1
    )
    settled = [at for at in open_tests if judged.tests[at].dropped is None]
    assert len(settled) == len(models["judge"][0].asked) == 1
    assert judged.tests[settled[0]].detail.endswith("; the judge calls it right")
    probabilities = [undecided.tests[at].probability for at in open_tests]
    assert undecided.tests[settled[0]].probability == max(probabilities)
