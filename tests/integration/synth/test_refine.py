"""The stage that refines, with a real executor and recorded programs. The writer's replies are hand-written."""

import json

import anyio
import pytest

from clients import AsyncExecutor
from clients.contract import TestDrop, TestOrigin
from services.synth.pipeline.stage import Backends
from services.synth.stages.filter import FilterOptions, make_filter_stage
from services.synth.stages.refine import RefineOptions, make_refine_stage
from tests.support.recorded_model import RecordedModel

RIGHT, WRONG = "assert derivative([1, 2, 3, 4]) == [2, 6, 12]", "assert derivative([3, 2, 1]) == [2, 6]"
KEPT = "assert derivative([1, 0, 0, 0]) == [0, 0, 0]"


@pytest.fixture
def weak_row(row):
    """The question with tests of zeros only, which many mutants pass."""
    sources = [KEPT, "assert derivative([7, 0]) == [0]", "assert derivative([0, 0, 0]) == [0, 0]"]
    tests = [row.tests[0].model_copy(update={"source": source}) for source in sources]
    return row.model_copy(update={"tests": tests})


def refined(url, row, recorded, replies, **options):
    writer = RecordedModel(replies)
    solver = RecordedModel([program["reply"] for program in recorded["programs"]])

    async def run():
        async with AsyncExecutor(url) as executor:
            backends = Backends({"solver": [solver], "writer": [writer]}, executor)
            filtering = FilterOptions(min_tests=1, find_flaky=False)
            filtered = await make_filter_stage(filtering)(row, backends)
            stage = make_refine_stage(RefineOptions(min_tests=1, filter=filtering, **options))
            return filtered, await stage(filtered, backends)

    before, after = anyio.run(run)
    return before, after, writer.asked


def test_new_tests_are_validated_and_filtered_and_rounds_stop_without_gain(url, weak_row, recorded):
    reply = json.dumps({"tests": [RIGHT, WRONG, KEPT, "derivative([1])"]})
    before, after, asked = refined(url, weak_row, recorded, [reply], rounds=5)
    assert len(before.kept) == 3
    fates = {test.source: test.dropped for test in after.tests if test.origin is TestOrigin.REFINED}
    assert fates == {
        RIGHT: None,
        WRONG: TestDrop.REJECTED,
        KEPT: TestDrop.DUPLICATE,
        "derivative([1])": TestDrop.NOT_AN_ASSERT,
    }
    assert after.notes["refine.rounds"] == 1
    assert after.notes["refine.kept"] == 1
    assert len(asked) == 2  # the second round has nothing new
    purpose, messages = asked[0]
    assert purpose == "refine"
    assert "Change 1:" in messages[-1]["content"]
    assert KEPT in messages[-1]["content"]
    assert all(len(program.outcomes) == len(after.tests) for program in after.programs)


@pytest.mark.parametrize("weak", ["drop", "keep"])
def test_new_tests_that_a_null_program_passes_are_dropped_unless_they_are_wanted(
    url, weak_row, recorded, weak
):
    """A program that returns ``[]`` passes the second of the new tests."""
    reply = json.dumps({"tests": [RIGHT, "assert derivative([7]) == []"]})
    _, after, _ = refined(url, weak_row, recorded, [reply], rounds=1, weak=weak)
    fates = [test.dropped for test in after.tests if test.origin is TestOrigin.REFINED]
    assert fates == [None, TestDrop.WEAK if weak == "drop" else None]


@pytest.mark.parametrize(
    "reply", ["I cannot help with that.", '{"tests": []}', json.dumps({"tests": [WRONG]})]
)
def test_a_round_without_gain_leaves_the_row_as_it_was(url, weak_row, recorded, reply):
    before, after, _ = refined(url, weak_row, recorded, [reply])
    assert after.tests == before.tests
    assert after.notes["refine.rounds"] == 0
