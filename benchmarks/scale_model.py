"""Simulates a stack of any size: clients, API processes, Redis servers and workers, as queues in front of processes.

Inputs are the measured costs of a request, a chunk and a program in each process (``scale_costs.json``). A process
does one thing at a time, in order of arrival. Half of the cost of a chunk in Redis and in the API is spent before a
worker judges it, half after that. A request in progress looks through the whole queue once a second, as the service
does to find lost chunks, and once when it is admitted.

Not modelled: faults, retries, cached results, priorities and turns, the network beyond a fixed time for each round
trip, memory, other work on the machines, and what caches of processors do when many cores are busy.
"""

import itertools
import json
import random
from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import simpy

from services.executor.planning.plan import Backlog

COSTS = Path(__file__).with_name("scale_costs.json")
QUANTUM_S = 0.003
"""How long a process keeps a core that others wait for; about what Linux gives."""
BEAT_S = 1.0
"""How often a worker renews its heartbeat, and a request in progress looks for lost chunks."""
HEARTBEAT_BATCH_S = 0.05
"""Heartbeats of all workers are charged to Redis in steps of this length."""
KEYS_PER_WORKER = 3
"""Values that a look for lost chunks reads for each worker that took one."""
Steps = Generator[simpy.Event, Any, None]


@dataclass(frozen=True, slots=True)
class StackShape:
    """How many processes a stack has, and on what."""

    workers: int
    apis: int = 1
    redis: int = 1
    """Redis servers. Each has its part of the requests and of the workers, as stacks of their own would."""
    cores: int = 0
    """Cores that all processes and clients share; 0: each process has its own, and clients are elsewhere."""
    taken_cores: float = 0.0
    """How many of the shared cores other work takes."""
    round_trip_s: float = 0.0
    """Between a worker and Redis, beyond what both compute."""


@dataclass(frozen=True, slots=True)
class RequestShape:
    """What clients send."""

    chunk_sizes: Sequence[int]
    """Of a request on an idle stack."""
    clients: int = 0
    """Clients that each send a request when the last one is answered; 0: requests arrive at ``rate_per_s``."""
    rate_per_s: float = 0.0
    """Requests a second, at random moments."""
    cut: Callable[[Backlog], Sequence[int]] | None = None
    """Returns the sizes for what waits before the request; ``None``: they are those of an idle stack."""

    @property
    def programs(self) -> int:
        """Programs in one request."""
        return sum(self.chunk_sizes)


@dataclass(slots=True)
class Prediction:
    """What was seen in the simulated time, after the warm-up."""

    seconds: float
    programs: int = 0
    request_s: list[float] = field(default_factory=list)
    queue_s: list[float] = field(default_factory=list)
    """Of each chunk: from its queue entry to the worker that takes it."""
    result_wait_s: list[float] = field(default_factory=list)
    """Of each chunk: from the arrival of its request to its results, without the time of one program."""
    busy_s: dict[str, float] = field(default_factory=dict)
    """Seconds of work of all processes of a kind."""

    @property
    def programs_per_s(self) -> float:
        """Programs that were answered in a second."""
        return self.programs / self.seconds

    @property
    def mean_chunk(self) -> float:
        """Programs in a chunk."""
        return self.programs / max(len(self.queue_s), 1)


class Process:
    """One process: it computes for one caller at a time, on a core of its own or on a shared one."""

    def __init__(self, model: "StackModel", kind: str) -> None:
        self._model = model
        self._kind = kind
        self._free_at = 0.0
        self._turn = simpy.Resource(model.env, 1)

    def compute(self, cost_s: float) -> Steps:
        """Compute for ``cost_s`` once the earlier callers are served."""
        self._model.charge(self._kind, cost_s)
        if self._model.cores is not None:
            yield from self._compute_on_shared(self._model.cores, cost_s)
            return
        now = self._model.env.now
        self._free_at = max(self._free_at, now) + cost_s
        yield self._model.env.timeout(self._free_at - now)

    def _compute_on_shared(self, cores: simpy.Resource, cost_s: float) -> Steps:
        with self._turn.request() as turn:
            yield turn
            while cost_s > 0:
                part_s = min(cost_s, QUANTUM_S)
                cost_s -= part_s
                with cores.request() as core:
                    yield core
                    yield self._model.env.timeout(part_s * self._model.stretch)


@dataclass(slots=True)
class SimulatedChunk:
    """One chunk in the queue."""

    size: int
    queued_at: float
    taken_at: float = 0.0
    done: Any = None


class StackModel:
    """A stack under a load."""

    def __init__(
        self, costs: Mapping[str, Any], shape: StackShape, load: RequestShape, *, seed: int = 0
    ) -> None:
        self.env = simpy.Environment()
        self.cores = simpy.Resource(self.env, shape.cores) if shape.cores else None
        self.stretch = shape.cores / (shape.cores - shape.taken_cores) if shape.cores else 1.0
        """How much longer a computation takes on a core that other work uses, too."""
        self._per, self._idle, self._scan = costs["per"], costs["idle_per_s"], costs["scan"]
        self._quantiles = costs["run_quantiles"]
        self._shape, self._load = shape, load
        self._random = random.Random(seed)
        self._apis = [Process(self, "api") for _ in range(shape.apis)]
        self._redis = [Process(self, "redis") for _ in range(shape.redis)]
        self._queues = [simpy.Store(self.env) for _ in range(shape.redis)]
        self._client = Process(self, "client")
        self._numbers = itertools.count()
        self._announced = [0] * shape.apis
        """Programs that each API process has cut into chunks and not yet put into the queue."""
        self._unit_s: float | None = None
        """Worker seconds of a program in the latest chunk."""
        self._seen = Prediction(0.0)
        for number in range(shape.workers):
            self.env.process(self._worker(number % shape.redis))
        for redis in self._redis:
            self.env.process(self._heartbeats(redis))

    def run(self, seconds: float, warm_up_s: float) -> Prediction:
        """Simulate, and return what was seen in the ``seconds`` after the warm-up."""
        for _ in range(self._load.clients):
            self.env.process(self._client_loop())
        if self._load.rate_per_s:
            self.env.process(self._arrivals())
        self.env.run(warm_up_s)
        self._seen = Prediction(seconds)
        self.env.run(warm_up_s + seconds)
        return self._seen

    def run_batch(self, requests: int) -> float:
        """Send so many requests at once; return the seconds until all are answered."""
        sent = [self.env.process(self._request()) for _ in range(requests)]
        self.env.run(simpy.AllOf(self.env, sent))
        return float(self.env.now)

    def charge(self, kind: str, cost_s: float) -> None:
        """Note that a process of a kind computes."""
        self._seen.busy_s[kind] = self._seen.busy_s.get(kind, 0.0) + cost_s

    def _cost(self, name: str, *, requests: float = 0, chunks: float = 0, programs: float = 0) -> float:
        per = self._per[name]
        return float(requests * per["request"] + chunks * per["chunk"] + programs * per["program"])

    # -- clients and API -----------------------------------------------------------------------------

    def _client_loop(self) -> Steps:
        while True:
            yield from self._request()

    def _arrivals(self) -> Steps:
        while True:
            yield self.env.timeout(self._random.expovariate(self._load.rate_per_s))
            self.env.process(self._request())

    def _request(self) -> Steps:
        """Send one request and wait for its answer."""
        number, began_at = next(self._numbers), self.env.now
        api, at = self._apis[number % len(self._apis)], number % len(self._redis)
        redis, queue, total = self._redis[at], self._queues[at], self._load.programs
        if self.cores is not None:
            yield from self._client.compute(self._cost("client_cpu_s", requests=1, programs=total))
        yield from self._look_through_queue(api, redis, queue)
        yield from api.compute(self._cost("api_cpu_s", requests=1, programs=total / 2))
        sizes = self._cut(number % len(self._apis))
        self._announced[number % len(self._apis)] += total
        yield from api.compute(self._cost("api_cpu_s", chunks=len(sizes) / 2))
        yield from redis.compute(
            self._cost("redis_cpu_s", requests=1, chunks=len(sizes) / 2, programs=total / 2)
        )
        self._announced[number % len(self._apis)] -= total
        chunks = [SimulatedChunk(size, self.env.now, done=self.env.event()) for size in sizes]
        answered = [self.env.process(self._read_results(api, chunk, began_at)) for chunk in chunks]
        for chunk in chunks:
            queue.put(chunk)
        beats = self.env.process(self._beats(api, redis, queue, answered))
        yield simpy.AllOf(self.env, answered)
        if beats.is_alive:
            beats.interrupt()
        self._seen.request_s.append(self.env.now - began_at)

    def _cut(self, api: int) -> Sequence[int]:
        """Return the sizes of the chunks of a request that an API process is about to send."""
        if self._load.cut is None:
            return self._load.chunk_sizes
        waiting = sum(chunk.size for queue in self._queues for chunk in queue.items)
        return self._load.cut(Backlog(waiting + self._announced[api], self._unit_s))

    def _read_results(self, api: Process, chunk: SimulatedChunk, began_at: float) -> Steps:
        yield chunk.done
        yield from api.compute(self._cost("api_cpu_s", chunks=0.5, programs=chunk.size / 2))
        self._seen.programs += chunk.size
        self._seen.queue_s.append(chunk.taken_at - chunk.queued_at)
        self._seen.result_wait_s.append(self.env.now - began_at - self._cost("worker_cpu_s", programs=1))

    def _beats(self, api: Process, redis: Process, queue: simpy.Store, answered: Sequence[Any]) -> Steps:
        try:
            while True:
                yield self.env.timeout(BEAT_S)
                taken = sum(1 for process in answered if not process.is_alive)
                yield from self._look_through_queue(
                    api, redis, queue, KEYS_PER_WORKER * min(taken, self._shape.workers)
                )
        except simpy.Interrupt:
            return

    def _look_through_queue(
        self, api: Process, redis: Process, queue: simpy.Store, more_values: int = 0
    ) -> Steps:
        values = len(queue.items) + more_values
        yield from redis.compute(values * self._scan["redis_cpu_s"])
        yield from api.compute(values * self._scan["api_cpu_s"])

    # -- workers and Redis ---------------------------------------------------------------------------

    def _worker(self, at: int) -> Steps:
        process, redis, queue = Process(self, "worker"), self._redis[at], self._queues[at]
        away_s = self._per["redis_reads"]["chunk"] * self._shape.round_trip_s
        while True:
            chunk = yield queue.get()
            chunk.taken_at = self.env.now
            half = self._cost("redis_cpu_s", chunks=0.25, programs=chunk.size / 4)
            yield from redis.compute(half)
            yield self.env.timeout(away_s)
            weight = sum(self._random.choices(self._quantiles, k=chunk.size))
            yield from process.compute(self._cost("worker_cpu_s", chunks=1, programs=weight))
            self._unit_s = (self.env.now - chunk.taken_at) / chunk.size
            yield from redis.compute(half)
            chunk.done.succeed()

    def _heartbeats(self, redis: Process) -> Steps:
        share = self._shape.workers / len(self._redis) * HEARTBEAT_BATCH_S
        while True:
            yield self.env.timeout(HEARTBEAT_BATCH_S)
            yield from redis.compute(share * self._idle["redis_cpu_s"])


def recorded_costs() -> dict[str, Any]:
    """Return the measured costs."""
    return dict(json.loads(COSTS.read_text(encoding="utf-8")))
