"""Rows go through stages in order; a run stops and resumes anywhere and ends with the same rows."""

import anyio
import pytest

from clients.contract import Seed, SynthTest
from clients.contract.error_answers import ProblemDetails
from clients.errors import CannotConnectError, UnknownEnvironmentError
from services.synth.pipeline import runner
from services.synth.pipeline.runner import RunStoppedError, run_rows
from services.synth.pipeline.stage import Backends, RowDrop, RowDroppedError
from services.synth.pipeline.store import ConfigChangedError, RowState, RunStore

NO_BACKENDS = Backends({}, None)


class Progress:
    def __init__(self):
        self.steps, self.pauses = [], []

    def stepped(self, step, stored):
        self.steps.append(step)

    def paused(self, stage, reason, pause_s):
        self.pauses.append((stage, reason))


def add_test(row, source):
    return row.model_copy(update={"tests": [*row.tests, SynthTest(source=source)]})


async def first(row, _):
    await anyio.sleep(0.001 * (hash(row.id) % 5))  # rows end in another order than they began
    return add_test(row, f"assert {row.id}")


async def second(row, _):
    if row.id == "r3":
        raise RowDroppedError(RowDrop.FEW_TESTS, "one test of four")
    return add_test(row, "assert second")


STAGES = [("first", first), ("second", second)]


@pytest.fixture
def store(tmp_path):
    with RunStore(tmp_path / "run.sqlite") as opened:
        opened.add_seeds(Seed(id=f"r{n}") for n in range(20))
        yield opened


def run(store, stages=STAGES, progress=None):
    anyio.run(lambda: run_rows(store, stages, NO_BACKENDS, progress or Progress(), at_once=4))


def contents(store):
    return [(r.position, r.row, r.reason) for state in RowState for r in store.rows(state)]


def test_rows_go_through_all_stages_and_keep_the_order_of_the_seeds(store):
    run(store)
    done = list(store.rows(RowState.DONE))
    assert [r.row.id for r in done] == [f"r{n}" for n in range(20) if n != 3]
    assert all(len(r.row.tests) == 2 for r in done)
    (dropped,) = store.rows(RowState.DROPPED)
    assert (dropped.row.id, dropped.reason, dropped.detail) == ("r3", "few_tests", "one test of four")
    assert dropped.row.tests  # what was known is kept


def test_a_stage_that_crashes_costs_its_row_only(store):
    async def crashes(row, _):
        if row.id == "r5":
            raise KeyError("x")
        return row

    run(store, [("crashes", crashes)])
    assert store.counts() == {RowState.ACTIVE: 0, RowState.DONE: 19, RowState.DROPPED: 1}
    (dropped,) = store.rows(RowState.DROPPED)
    assert (dropped.reason, dropped.detail) == ("stage_error", "KeyError: 'x'")


def test_a_run_that_is_cancelled_resumes_to_the_same_rows(store, tmp_path):
    calls = []

    async def counted(row, backends):
        calls.append(row.id)
        return await first(row, backends)

    async def stops(row, backends):
        if len(calls) >= 9:
            scope.cancel()
            await anyio.sleep_forever()
        return await second(row, backends)

    async def interrupted():
        nonlocal scope
        with anyio.CancelScope() as scope:
            await run_rows(store, [("first", counted), ("second", stops)], NO_BACKENDS, Progress(), at_once=4)

    scope = None
    anyio.run(interrupted)
    assert store.counts()[RowState.ACTIVE]
    before = len(calls)
    run(store, [("first", counted), ("second", second)])
    assert before < 20
    assert len(calls) <= 20 + 2 * 4  # only rows in progress, or about to be, are done twice
    with RunStore(tmp_path / "other.sqlite") as other:
        other.add_seeds(Seed(id=f"r{n}") for n in range(20))
        run(other)
        assert contents(store) == contents(other)


def test_a_service_that_cannot_be_reached_pauses_the_row(store, monkeypatch):
    monkeypatch.setattr(runner, "FIRST_PAUSE_S", 0.001)
    refusals = iter([True, True])

    async def needs_service(row, _):
        if row.id == "r7" and next(refusals, False):
            raise CannotConnectError("the executor does not answer")
        return row

    progress = Progress()
    run(store, [("needs", needs_service)], progress)
    assert progress.pauses == [("needs", "the executor does not answer")] * 2
    assert store.counts()[RowState.DONE] == 20


def test_a_refusal_that_every_row_would_get_stops_the_run_and_drops_no_row(store):
    async def unknown_environment(row, _):
        problem = ProblemDetails(type="x", title="Unknown", status=422, detail="No environment 'x'")
        raise UnknownEnvironmentError(problem)

    with pytest.raises(RunStoppedError, match=r"stage second: .*No environment 'x'"):
        run(store, [("first", first), ("second", unknown_environment)])
    assert store.counts()[RowState.DROPPED] == 0
    run(store)
    assert store.counts()[RowState.DONE] == 19


def test_yields_count_rows_and_tests_by_stage_and_reason(store):
    run(store)
    table = {
        (stage, reason): (rows, before, after) for stage, reason, rows, _, before, after in store.yields()
    }
    assert table == {
        ("first", ""): (20, 0, 20),
        ("second", ""): (19, 19, 38),
        ("second", "few_tests"): (1, 1, 1),
    }


def test_seeds_are_added_once(store):
    assert store.add_seeds([Seed(id="r1"), Seed(id="new")]) == 1
    assert [r.row.id for r in store.rows(RowState.ACTIVE)][-1] == "new"


def test_a_store_belongs_to_one_configuration(store):
    store.claim({"filter": "posterior", "seed": 1})
    store.claim({"filter": "posterior", "seed": 1})
    assert store.ids(2) == ["r0", "r1"]
    with pytest.raises(ConfigChangedError, match=r"other settings \(filter\)"):
        store.claim({"filter": "proxy", "seed": 1})


def test_a_store_without_rows_may_change_its_configuration(tmp_path):
    with RunStore(tmp_path / "empty.sqlite") as empty:
        empty.claim({"seeds": "wrong"})
        empty.claim({"seeds": "right"})
        empty.add_seeds([Seed(id="r")])
        with pytest.raises(ConfigChangedError):
            empty.claim({"seeds": "wrong"})


def test_rows_keep_the_version_of_the_runner_that_judged_them(store):
    store.claim_runner("11")
    store.claim_runner("12")  # no stage has ended yet
    run(store)
    store.claim_runner("12")
    with pytest.raises(ConfigChangedError, match=r"runner 12, and this one is 13.*--restart"):
        store.claim_runner("13")
    assert store.runner_version() == "12"
