"""Rows go through ``rewrite`` against recorded replies of real models; faults of the server change no row."""

import anyio
import pytest

from clients.contract import Seed
from services.synth.llm import endpoint as endpoint_module
from services.synth.llm.cache import ReplyCache
from services.synth.llm.options import EndpointOptions, ModelOptions
from services.synth.llm.pool import ModelPool
from services.synth.pipeline.runner import run_rows
from services.synth.pipeline.stage import Backends, RowDrop
from services.synth.pipeline.store import RowState, RunStore
from services.synth.stages.rewrite import RewriteOptions, make_rewrite_stage
from tests.support.replay.personalities import LlamaCpp, Vllm
from tests.support.replay.recordings import Recordings, load
from tests.support.replay_llm import replaying

RECORDINGS = Recordings(load())
SEEDS = [Seed(id=f"seed-{n}", program=f"def f{n}(x):\n    return x + {n}") for n in range(40)]


class Progress:
    def __init__(self):
        self.pauses = []

    def stepped(self, step, stored):
        pass

    def paused(self, stage, reason, pause_s):
        self.pauses.append(reason)


@pytest.fixture(autouse=True)
def short_pauses(monkeypatch):
    monkeypatch.setattr(endpoint_module, "FIRST_PAUSE_S", 0.01)
    monkeypatch.setattr(endpoint_module, "LONGEST_PAUSE_S", 0.05)


def run(folder, urls, progress):
    """Run all seeds through ``rewrite``; return the rows by state with reasons."""

    async def main(store, cache):
        chosen = ModelOptions(model="m", endpoints=[EndpointOptions(url=url) for url in urls])
        paused = lambda reason, pause_s: progress.paused("models", reason, pause_s)  # noqa: E731
        async with ModelPool(chosen, cache=cache, on_pause=paused) as pool:
            stages = [("rewrite", make_rewrite_stage(RewriteOptions(tests=12)))]
            await run_rows(store, stages, Backends({"writer": [pool]}, None), progress, at_once=16)

    with RunStore(folder / "run.sqlite") as store, ReplyCache(folder / "replies.sqlite") as cache:
        store.add_seeds(SEEDS)
        anyio.run(main, store, cache)
        assert not list(store.rows(RowState.ACTIVE))
        return [(r.state, r.reason, r.row) for state in RowState for r in store.rows(state)]


def test_every_row_ends_with_a_question_or_a_reason(tmp_path):
    with replaying(RECORDINGS, LlamaCpp("m", context=1 << 20)) as (_, url):
        rows = run(tmp_path, [url], Progress())
    assert len(rows) == len(SEEDS)
    for state, reason, row in rows:
        if state is RowState.DONE:
            assert row.question.entry_point in row.question.text
            assert row.tests
            assert row.notes["rewrite.repair"]
        else:
            assert reason in {RowDrop.MALFORMED_REPLY, RowDrop.NO_ENTRY_POINT}
    assert any(state is RowState.DONE for state, *_ in rows)


@pytest.mark.parametrize("fault", ["429", "500", "close", "cut"])
def test_a_server_with_faults_gives_the_same_rows(tmp_path, fault):
    with replaying(RECORDINGS, LlamaCpp("m", context=1 << 20)) as (_, url):
        expected = run(tmp_path / "calm", [url], Progress())
    progress = Progress()
    with replaying(RECORDINGS, LlamaCpp("m", context=1 << 20), every=5, fault=fault) as (server, url):
        assert run(tmp_path / "faulty", [url], progress) == expected
    assert server.counts[fault] > 5
    assert progress.pauses


def test_a_run_over_two_kinds_of_servers_gives_the_same_rows_and_a_rerun_asks_no_model(tmp_path):
    with (
        replaying(RECORDINGS, LlamaCpp("m", context=1 << 20)) as (one, url),
        replaying(RECORDINGS, Vllm("m", context=1 << 20)) as (other, second_url),
    ):
        expected = run(tmp_path / "one", [url], Progress())
        assert run(tmp_path / "both", [url, second_url], Progress()) == expected
        assert other.counts["ok"] > 10
        requests = one.counts["all"] + other.counts["all"]
        (tmp_path / "both" / "run.sqlite").unlink()
        assert run(tmp_path / "both", [url, second_url], Progress()) == expected
        assert one.counts["all"] + other.counts["all"] == requests
