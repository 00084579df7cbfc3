"""The queue in front of the backend: batches, deduplication, deadlines, failures, and stopping."""

import asyncio

import pytest
from prometheus_client import CollectorRegistry

from clients.contract.scoring import ModelInfo
from services.common.problem_error import ProblemError
from services.rm.backend import ScoreResult
from services.rm.serving.batcher import Batcher
from services.rm.serving.cache import ScoreCache
from services.rm.serving.metrics import RmMetrics
from services.rm.tokens.items import ScoringItem

pytestmark = pytest.mark.anyio


class Recording:
    """A backend that scores a sequence by its sum, and records its batches."""

    concurrency = 1
    batch_tokens = 10
    info = ModelInfo(model="m", version="v", backend="b")

    def __init__(self, poison=None, gate=None):
        self.batches = []
        self.begun = asyncio.Event()
        self._poison = poison
        self._gate = gate

    async def score(self, items, deliver, is_awaited):
        self.batches.append([item.ids for item in items])
        self.begun.set()
        if self._gate:
            await self._gate.wait()
        if any(item.ids == self._poison for item in items):
            raise RuntimeError("poison")
        deliver(
            [
                (at, ScoreResult(float(sum(item.ids)), computed=len(item.ids)))
                for at, item in enumerate(items)
                if is_awaited(at)
            ]
        )


def batcher(backend, **more):
    options = {"window_s": 0.01, "max_waiting_tokens": 100} | more
    return Batcher(backend, ScoreCache(8), RmMetrics(CollectorRegistry()), **options)


async def ask(queue, *sequences, deadline_s=600.0, use_cache=True):
    """The default deadline is one that no busy machine reaches, whatever a test logs."""
    return await queue.score(
        [ScoringItem(ids) for ids in sequences], deadline_s=deadline_s, use_cache=use_cache
    )


def values(answers):
    return [answer.score.value for answer in answers]


async def test_single_samples_of_many_callers_share_one_batch():
    backend = Recording()
    async with batcher(backend) as queue:
        answers = await asyncio.gather(*(ask(queue, (n,)) for n in range(8)))
    assert [values(answer) for answer in answers] == [[float(n)] for n in range(8)]
    assert len(backend.batches) == 1


async def test_batches_keep_to_the_backends_size_and_the_oldest_go_first():
    backend = Recording()
    async with batcher(backend) as queue:
        await asyncio.gather(*(ask(queue, (n,) * 4) for n in range(5)))
    assert backend.batches == [[(0,) * 4, (1,) * 4], [(2,) * 4, (3,) * 4], [(4,) * 4]]


async def test_equal_sequences_are_computed_once_and_cached():
    backend = Recording()
    async with batcher(backend) as queue:
        first = await ask(queue, (1,), (1,), (2,))
        second = await ask(queue, (1,))
        third = await ask(queue, (1,), use_cache=False)
    assert [answer.cached for answer in first] == [False, True, False]
    assert sum(answer.score.computed for answer in first) == 2
    assert second[0].cached
    assert not third[0].cached
    assert backend.batches == [[(1,), (2,)], [(1,)]]


async def test_a_failure_affects_only_the_item_that_causes_it(caplog):
    backend = Recording(poison=(3,))
    async with batcher(backend) as queue:
        answers = await ask(queue, (1,), (2,), (3,), (4,), (5,))
    assert values(answers) == [1.0, 2.0, None, 4.0, 5.0]
    assert answers[2].score.retryable
    assert "the service's log" in answers[2].score.error


async def test_the_deadline_holds_and_an_abandoned_item_is_not_computed():
    gate = asyncio.Event()
    backend = Recording(gate=gate)
    async with batcher(backend, window_s=0.0) as queue:
        computed = asyncio.create_task(ask(queue, (1,)))
        await backend.begun.wait()
        joining, behind = ask(queue, (1,), deadline_s=0.05), ask(queue, (2,), deadline_s=0.05)
        for late in await asyncio.gather(joining, behind):
            assert late[0].score.value is None
            assert late[0].score.retryable
            assert "not scored within 0.05 s" in late[0].score.error
        gate.set()
        assert values(await computed) == [1.0]
        assert values(await ask(queue, (3,))) == [3.0]
    assert backend.batches == [[(1,)], [(3,)]]


async def test_a_request_above_the_queues_limit_is_refused_as_a_whole_and_may_be_retried():
    gate = asyncio.Event()
    backend = Recording(gate=gate)
    async with batcher(backend, window_s=0.0, max_waiting_tokens=5) as queue:
        running = asyncio.create_task(ask(queue, (1,)))
        await backend.begun.wait()
        waiting = asyncio.create_task(ask(queue, (2, 2, 2)))
        await asyncio.sleep(0)
        with pytest.raises(ProblemError) as refused:
            await ask(queue, (3, 3, 3))
        assert refused.value.retry_after_s
        gate.set()
        assert values(await running) == [1.0]
        assert values(await waiting) == [6.0]
        assert values(await ask(queue, (3, 3, 3))) == [9.0]


async def test_a_caller_that_hangs_up_does_not_affect_another_that_waits_for_the_same_item():
    gate = asyncio.Event()
    backend = Recording(gate=gate)
    async with batcher(backend, window_s=0.0) as queue:
        stays = asyncio.create_task(ask(queue, (1,)))
        await backend.begun.wait()
        both = [asyncio.create_task(ask(queue, (2,))) for _ in range(2)]
        await asyncio.sleep(0)  # both have asked
        both[0].cancel()
        gate.set()
        assert values(await both[1]) == [2.0]
        assert values(await stays) == [1.0]


async def test_a_caller_that_joins_what_another_gave_up_is_charged_for_it():
    gate = asyncio.Event()
    backend = Recording(gate=gate)
    async with batcher(backend) as queue:
        (late,) = await ask(queue, (1, 2), deadline_s=0.05)
        assert late.score.retryable
        joining = asyncio.create_task(ask(queue, (1, 2)))
        joining_too = asyncio.create_task(ask(queue, (1, 2)))
        await asyncio.sleep(0)
        gate.set()
        ((charged,), (free,)) = await joining, await joining_too
    assert [(answer.cached, answer.score.computed) for answer in (charged, free)] == [(False, 2), (True, 0)]


async def test_the_metrics_show_the_queue_the_cache_and_what_was_late():
    gate, registry = asyncio.Event(), CollectorRegistry()
    backend = Recording(gate=gate)
    queue = Batcher(backend, ScoreCache(8), RmMetrics(registry), window_s=0.01, max_waiting_tokens=8)
    async with queue:
        running = asyncio.create_task(ask(queue, (1, 2, 3)))
        await backend.begun.wait()
        waiting = asyncio.create_task(ask(queue, (4, 5), (6, 7, 8)))
        await asyncio.sleep(0)
        seen = [registry.get_sample_value(f"rm_waiting_{unit}") for unit in ("candidates", "tokens")]
        assert seen == [2, 5]
        with pytest.raises(ProblemError):
            await ask(queue, (9,) * 7)
        await ask(queue, (4, 4), deadline_s=0.01)
        gate.set()
        await running, await waiting
        await ask(queue, (1, 2, 3))
    names = ("rm_candidates_cached_total", "rm_candidates_late_total", "rm_candidates_refused_total")
    assert [registry.get_sample_value(name) for name in names] == [1, 1, 1]
    labels = {"model": "m", "version": "v", "dtype": "", "sharing": ""}
    assert registry.get_sample_value("rm_model", labels) == 1


async def test_stopping_answers_every_caller():
    gate = asyncio.Event()
    backend = Recording(gate=gate)
    async with batcher(backend, window_s=0.0) as queue:
        requests = [asyncio.create_task(ask(queue, (1,)))]
        await backend.begun.wait()
        requests.append(asyncio.create_task(ask(queue, (2,))))
        await asyncio.sleep(0)  # it has asked: one item is computed, one waits
    for request in requests:
        (answer,) = await request
        assert answer.score.value is None
        assert answer.score.retryable


async def test_an_item_with_an_error_is_answered_at_once():
    backend = Recording()
    async with batcher(backend) as queue:
        (answer,) = await queue.score([ScoringItem((), error="too long")], deadline_s=1, use_cache=True)
    assert answer.score.error == "too long"
    assert backend.batches == []
