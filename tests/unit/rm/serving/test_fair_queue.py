"""The fair queue with callers that hang up, many callers at once, and faulty backends."""

import asyncio

import pytest

from services.rm.backend import ScoreResult
from services.rm.tokens.items import ScoringItem
from tests.unit.rm.serving.test_batcher import Recording, ask, batcher, values

pytestmark = pytest.mark.anyio


class Skipping(Recording):
    """Starts a batch, then checks which callers still wait, then computes, as the engine does with its steps."""

    def __init__(self):
        super().__init__()
        self.checks, self.checked, self.computes = (asyncio.Event() for _ in range(3))

    async def score(self, items, deliver, is_awaited):
        self.batches.append([item.ids for item in items])
        self.begun.set()
        await self.checks.wait()
        chosen = [at for at in range(len(items)) if is_awaited(at)]
        self.checked.set()
        await self.computes.wait()
        deliver([(at, ScoreResult(float(sum(items[at].ids)), computed=1)) for at in chosen])


async def test_a_caller_that_joins_an_item_which_the_batch_left_out_is_answered():
    """The batch has left the item out; its next caller joins it before the batch ends."""
    backend = Skipping()
    async with batcher(backend) as queue:
        stays, leaves = (asyncio.create_task(ask(queue, (n,))) for n in (1, 2))
        await backend.begun.wait()
        leaves.cancel()
        await asyncio.sleep(0)
        backend.checks.set()
        await backend.checked.wait()
        joins = asyncio.create_task(ask(queue, (2,)))
        await asyncio.sleep(0)
        backend.computes.set()
        assert values(await joins) == [2.0]
        assert values(await stays) == [1.0]
    assert backend.batches == [[(1,), (2,)], [(2,)]]


class Faulty(Recording):
    """Delivers results with a function of the test."""

    def __init__(self, deliver_results):
        super().__init__()
        self._deliver_results = deliver_results

    async def score(self, items, deliver, is_awaited):
        self.batches.append([item.ids for item in items])
        self._deliver_results(items, deliver)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf")])
async def test_a_score_that_is_not_finite_becomes_an_error(value):
    backend = Faulty(lambda items, deliver: deliver([(at, ScoreResult(value)) for at in range(len(items))]))
    async with batcher(backend) as queue:
        first, second = await ask(queue, (1,)), await ask(queue, (1,))
    assert values(first + second) == [None, None]
    assert "cannot be ranked" in first[0].score.error
    assert len(backend.batches) == 2, "it is not cached either"


async def test_an_item_that_is_delivered_twice_keeps_its_first_score():
    def deliver_results(items, deliver):
        for value in (1.0, 2.0):
            deliver([(at, ScoreResult(value)) for at in range(len(items))])

    async with batcher(Faulty(deliver_results)) as queue:
        assert values(await ask(queue, (1,), (2,))) == [1.0, 1.0]


async def test_a_negative_token_count_changes_no_score():
    def deliver_results(items, deliver):
        deliver([(at, ScoreResult(1.0, computed=-5.0)) for at in range(len(items))])

    async with batcher(Faulty(deliver_results)) as queue:
        assert values(await ask(queue, (1,))) == [1.0]


async def test_an_item_that_the_backend_forgets_is_an_error_before_the_deadline():
    backend = Faulty(lambda _items, _deliver: None)
    async with batcher(backend) as queue:
        (answer,) = await asyncio.wait_for(ask(queue, (1,), deadline_s=1000), 60)
    assert (answer.score.value, answer.score.retryable) == (None, True)
    assert len(backend.batches) == 2, "requeued once, and no more"


async def test_the_queue_continues_after_an_exception_inside_it(caplog):
    class Once(Recording):
        faults = iter([RuntimeError("no size")])

        @property
        def batch_tokens(self):
            for fault in self.faults:
                raise fault
            return 10

    async with batcher(Once()) as queue:
        assert values(await ask(queue, (1,))) == [1.0]


async def test_one_sample_does_not_wait_for_the_end_of_a_large_request():
    gate = asyncio.Event()
    backend = Recording(gate=gate)
    async with batcher(backend, window_s=0.0, max_waiting_tokens=10**6) as queue:
        large = asyncio.create_task(ask(queue, *((n,) * 5 for n in range(100)), deadline_s=60))
        await backend.begun.wait()
        small = asyncio.create_task(ask(queue, (7, 8), deadline_s=60))
        await asyncio.sleep(0)  # it has asked
        gate.set()
        assert values(await small) == [15.0]
        assert values(await large) == [5.0 * n for n in range(100)]
    assert next(at for at, batch in enumerate(backend.batches) if (7, 8) in batch) <= 3


async def test_single_samples_without_end_do_not_hold_a_large_request_up():
    """Two callers that send the next request at once, each as large as a batch; the large request still progresses."""
    backend = Recording()
    async with batcher(backend, window_s=0.0, max_waiting_tokens=10**6) as queue:
        done = asyncio.Event()
        sent = 0

        async def crowd(own):
            nonlocal sent
            while not done.is_set():
                sent += 1
                await ask(queue, (own, sent) * 4, use_cache=False, deadline_s=60)

        crowds = [asyncio.create_task(crowd(own)) for own in (1, 2)]
        await asyncio.sleep(0.05)
        before = sent
        assert len(await ask(queue, *((n,) * 5 for n in range(40)), deadline_s=60)) == 40
        between = sent - before
        done.set()
        await asyncio.gather(*crowds)
    assert between <= 120, "40 items of five tokens are 20 batches of ten"


async def test_a_caller_that_hangs_up_frees_its_room_in_the_queue_at_once():
    gate = asyncio.Event()
    backend = Recording(gate=gate)
    async with batcher(backend, window_s=0.0, max_waiting_tokens=10) as queue:
        running = asyncio.create_task(ask(queue, (1,)))
        await backend.begun.wait()
        storm = [asyncio.create_task(ask(queue, (n, n, n))) for n in (2, 3, 4)]
        await asyncio.sleep(0)  # they have asked
        for request in storm:
            request.cancel()
        await asyncio.gather(*storm, return_exceptions=True)
        next_one = asyncio.create_task(ask(queue, (5,) * 9))
        await asyncio.sleep(0)
        gate.set()
        assert values(await next_one) == [45.0]
        assert values(await running) == [1.0]


async def test_a_score_requested_without_the_cache_is_not_stored():
    backend = Recording()
    async with batcher(backend) as queue:
        await ask(queue, (1,), use_cache=False)
        (answer,) = await ask(queue, (1,))
    assert not answer.cached
    assert len(backend.batches) == 2


async def test_time_before_the_call_counts_against_the_deadline():
    backend = Recording(gate=asyncio.Event())
    async with batcher(backend) as queue:
        since = asyncio.get_running_loop().time() - 5
        (answer,) = await queue.score([ScoringItem((1,))], deadline_s=5, use_cache=True, since=since)
    assert "not scored within 5 s" in answer.score.error
