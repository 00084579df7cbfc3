"""The stage that strengthens, with a real executor and recorded programs."""

import anyio
import pytest

from clients import AsyncExecutor
from clients.contract import TestDrop, TestOrigin
from services.synth.pipeline.stage import Backends
from services.synth.stages.filter import FilterOptions, make_filter_stage
from services.synth.stages.strengthen import StrengthenOptions, make_strengthen_stage
from tests.support.recorded_model import RecordedModel


def strengthened(url, row, texts, **options):
    async def run():
        async with AsyncExecutor(url) as executor:
            backends = Backends({"solver": [RecordedModel(texts)]}, executor)
            filtered = await make_filter_stage(FilterOptions(programs=len(texts)))(row, backends)
            stage = make_strengthen_stage(StrengthenOptions(**options))
            return filtered, await stage(filtered, backends), await stage(filtered, backends)

    return anyio.run(run)


def test_new_tests_catch_more_and_refuse_no_accepted_program(url, row, recorded):
    texts = [program["reply"] for program in recorded["programs"]]
    before, after, again = strengthened(url, row, texts, second_environment="reseeded")
    assert after == again  # the same tests each time
    new = [test for test in after.tests if test.origin is TestOrigin.MUTATED]
    assert new
    names = {"xs": None}
    exec(recorded["solution"], names)
    for test in new:
        exec(test.source, names)  # the question's own solution passes each of them
        assert test.probability > 0.7
    assert after.mutation.caught >= after.notes["strengthen.caught_before"] > 0
    assert after.mutation.caught == after.mutation.mutants
    assert after.mutation.mutants < after.notes["strengthen.mutants"] <= 40
    assert set(before.kept) <= set(after.kept)


def test_fewer_tests_keep_the_kill_rate(url, row, recorded):
    texts = [program["reply"] for program in recorded["programs"]]
    _, all_kept, _ = strengthened(url, row, texts)
    _, fewest, _ = strengthened(url, row, texts, minimize=True, min_tests=1)
    assert len(fewest.kept) < len(all_kept.kept)
    assert fewest.mutation == all_kept.mutation


@pytest.mark.parametrize("weak", ["drop", "keep"])
def test_new_tests_that_a_null_program_passes_are_dropped_unless_they_are_wanted(url, row, recorded, weak):
    """Inputs of one item have the derivative ``[]``, which a program that returns ``[]`` has too."""
    tests = [
        row.tests[0].model_copy(update={"source": f"assert derivative([{n}]) == []"}) for n in range(5, 11)
    ]
    texts = [program["reply"] for program in recorded["programs"]]
    _, after, _ = strengthened(url, row.model_copy(update={"tests": tests}), texts, weak=weak)
    new = [test for test in after.tests if test.origin is TestOrigin.MUTATED]
    weak_ones = [test for test in new if test.source.endswith("== []")]
    assert weak_ones
    if weak == "drop":
        assert {test.dropped for test in weak_ones} == {TestDrop.WEAK}
    else:
        assert TestDrop.WEAK not in {test.dropped for test in new}


def test_one_accepted_program_is_no_agreement(url, row, recorded):
    texts = [recorded["programs"][0]["reply"]] * 3
    before, after, _ = strengthened(url, row, texts)
    assert after.tests == before.tests
    assert after.notes["strengthen.accepted"] == 1
    assert after.mutation is None
