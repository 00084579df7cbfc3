"""Collects requests that wait for a policy, and samples them together, in a thread of their own.

While one batch is sampled, the requests that arrive wait for the next; so a loaded server works in full batches, and an
idle one answers at once.
"""

import asyncio
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass

from loop.policy.sampling import MOST_ROWS, Policy, SampledAnswer, SampleRequest, sample_requests

GATHER_S = 0.005
"""How long the first request of an idle server waits for others: clients send several at the same moment."""


@dataclass(frozen=True, slots=True)
class _Waiting:
    model: str
    request: SampleRequest
    result: asyncio.Future[list[SampledAnswer]]


class Batcher:
    """Samples requests of several policies, those of one policy together, in the order of their arrival."""

    def __init__(self, policies: Mapping[str, Policy]) -> None:
        self._policies = policies
        self._waiting: deque[_Waiting] = deque()
        self._has_work = asyncio.Event()

    async def sample(self, model: str, request: SampleRequest) -> list[SampledAnswer]:
        """Return the answers of one request."""
        waiting = _Waiting(model, request, asyncio.get_running_loop().create_future())
        self._waiting.append(waiting)
        self._has_work.set()
        return await waiting.result

    async def run(self) -> None:
        """Sample until cancelled."""
        while True:
            await self._has_work.wait()
            await asyncio.sleep(GATHER_S)
            self._has_work.clear()
            while batch := self._next_batch():
                await self._sample(batch)

    def _next_batch(self) -> list[_Waiting]:
        """Remove and return requests of the policy that was asked first; requests whose client has left are dropped."""
        batch: list[_Waiting] = []
        rest: deque[_Waiting] = deque()
        rows = 0
        for waiting in self._waiting:
            if waiting.result.cancelled():
                continue
            is_alike = not batch or waiting.model == batch[0].model
            if is_alike and (not batch or rows + waiting.request.count <= MOST_ROWS):
                batch.append(waiting)
                rows += waiting.request.count
            else:
                rest.append(waiting)
        self._waiting = rest
        return batch

    async def _sample(self, batch: list[_Waiting]) -> None:
        policy = self._policies[batch[0].model]
        requests = [waiting.request for waiting in batch]
        try:
            results = await asyncio.to_thread(sample_requests, policy, requests)
        except Exception as error:  # noqa: BLE001 - each client is told, and the server goes on
            for waiting in batch:
                if not waiting.result.cancelled():
                    waiting.result.set_exception(error)
            return
        for waiting, answers in zip(batch, results, strict=True):
            if not waiting.result.cancelled():
                waiting.result.set_result(answers)
