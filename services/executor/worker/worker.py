"""An RQ worker that owns one jail per environment for its whole life.

Unlike RQ's own it forks nothing per item: the jail isolates. It refuses to work in a jail that fails the
self-check. SIGTERM and SIGINT end it after the current chunk; sleeping chunks are given back.

Not promised: that a chunk survives its worker. Whoever waits for it notices and has it judged again.
"""

import os
import signal
import sys
import time
from collections.abc import Mapping
from contextlib import ExitStack, suppress
from datetime import timedelta

import structlog
from redis import Redis, RedisError
from redis.backoff import NoBackoff
from redis.client import Pipeline
from redis.exceptions import ResponseError
from redis.retry import Retry
from rq.exceptions import StopRequested
from rq.job import Job
from rq.queue import Queue
from rq.serializers import JSONSerializer
from rq.timeouts import BaseDeathPenalty
from rq.utils import now
from rq.worker import SimpleWorker, WorkerStatus

from clients.contract import Priority
from services.common import logs
from services.executor.broker import redis_keys
from services.executor.broker.redis_keys import worker_name
from services.executor.parent_death import follow_parent
from services.executor.sandbox import Sandbox, SandboxFault, selfcheck
from services.executor.sandbox.environment import EnvironmentSpec
from services.executor.sandbox.factory import open_sandbox
from services.executor.settings import ExecutorSettings
from services.executor.worker import rq_entry
from services.executor.worker.chunks import ChunkRunner
from services.executor.worker.health import Fitness
from services.executor.worker.heartbeat import Heartbeat, claim_slot, pin_to_core

RQ_BEAT_S = 10
"""RQ's own heartbeat is for its dashboards; ours is ``presence``. Per item it costs three round trips."""
RQ_TTL_S = 30
"""RQ waits for work half a minute less its margin of 15 s at a time, then asks anew."""
READ_S = 40
"""Above the longest wait for work: redis-py's own 5 s would take a quiet queue for a dead one."""
MAX_RECONNECT_WAIT_S = 2
"""A worker is back within this after Redis is."""


class NoDeathPenalty(BaseDeathPenalty):
    """RQ's time limit, left out: the sandbox keeps the time."""

    def setup_death_penalty(self) -> None:
        """Start nothing."""

    def cancel_death_penalty(self) -> None:
        """End nothing."""


class ExecutorWorker(SimpleWorker):
    """RQ's loop, without what costs a round trip per item and tells nobody anything."""

    death_penalty_class = NoDeathPenalty
    max_connection_wait_time = MAX_RECONNECT_WAIT_S
    log_result_lifespan = False
    told_to_stop = False
    fitness: Fitness

    def execute_job(self, job: Job, queue: Queue) -> None:  # noqa: ARG002 - RQ's signature
        """Judge the chunk, whatever function the item names: who can write to Redis calls nothing else here.

        RQ's registries of started and finished items are left out: they cost eight round trips an item, and
        what they are for, finding lost work, is done within seconds by whoever waits for it.
        """
        self.set_state(WorkerStatus.BUSY)
        try:
            rq_entry.judge_chunk(job.args[0])
        except (LookupError, TypeError, ValueError) as exc:
            self.log.error("item %s is not a chunk: %r", job.id, exc)  # noqa: TRY400 - the cause is the item
        self.fitness.mend(lambda: self.told_to_stop)
        with suppress(RedisError):  # it expires by itself
            self.connection.delete(job.key)
        self.set_state(WorkerStatus.IDLE)

    def set_state(self, state: str, pipeline: Pipeline | None = None) -> None:
        """Remember the state, which decides how a stop signal is taken; a round trip only to begin with."""
        if self._state == "starting":
            super().set_state(state, pipeline)
        self._state = state

    def check_for_suspension(self, burst: bool) -> None:
        """Be suspended by nobody: a worker is stopped by a signal."""

    def heartbeat(self, timeout: int | None = None, pipeline: Pipeline | None = None) -> None:
        """Beat every ``RQ_BEAT_S`` only, and let no full Redis end the loop with an item in hand."""
        last = self.last_heartbeat
        if last is None or now() - last > timedelta(seconds=RQ_BEAT_S):
            with suppress(ResponseError):
                super().heartbeat(timeout, pipeline)

    def handle_warm_shutdown_request(self) -> None:
        """Remember it: Redis may be away, and then RQ forgets."""
        self.told_to_stop = True
        rq_entry.hurry()

    def set_shutdown_requested_date(self) -> None:
        """Tell nobody: this runs in a signal's handler, and Redis may be away."""

    def subscribe(self) -> None:
        """Listen to no remote commands: executions are cancelled through their own key."""


def queue_names(environments: Mapping[str, EnvironmentSpec]) -> list[str]:
    """Queues in the order they are served: interactive work of any environment before bulk."""
    return [redis_keys.queue(name, priority) for priority in Priority for name in environments]


def open_checked(settings: ExecutorSettings, slot: int, stack: ExitStack) -> dict[str, Sandbox]:
    """Start a jail per environment and check each.

    Raises:
        SandboxFault: one sentence on what is wrong and what to do.
    """
    sandboxes: dict[str, Sandbox] = {}
    for name, spec in settings.served().items():
        sandbox = open_sandbox(
            settings.backend, spec, slot=slot, jail_memory_bytes=settings.jail_memory_bytes
        )
        stack.callback(sandbox.close)
        sandbox.start()
        for check in selfcheck.run(sandbox):
            if not check.ok:
                raise SandboxFault(f"the {name!r} sandbox fails its check '{check.name}': {check.message}")
        sandboxes[name] = sandbox
    return sandboxes


def run(settings: ExecutorSettings) -> None:
    """Work until told to stop.

    Raises:
        SandboxFault: the machine cannot judge safely.
    """
    log = structlog.get_logger()
    redis = Redis.from_url(settings.redis_url, retry=Retry(NoBackoff(), 1), socket_timeout=READ_S)
    with ExitStack() as stack:
        slot, file = claim_slot()
        stack.enter_context(file)
        core = pin_to_core(slot)
        sandboxes = open_checked(settings, slot, stack)
        name = worker_name(os.getpid())
        heartbeat = Heartbeat(redis, name, sandboxes)
        fitness = Fitness(sandboxes, heartbeat.say_fit)
        runner = ChunkRunner(redis, name, sandboxes, fitness)
        rq_entry.bind(runner)
        heartbeat.start()
        stack.callback(heartbeat.stop)
        stack.callback(runner.close)  # first: who says goodbye with work in hand is taken for dead
        log.info("worker ready", worker=name, slot=slot, core=core, environments=list(sandboxes))
        _loop(redis, name, settings, fitness)
        log.info("worker stopping", worker=name)


def _loop(redis: Redis, name: str, settings: ExecutorSettings, fitness: Fitness) -> None:
    """RQ's loop ends when Redis goes away at a bad moment; ours begins it again."""
    told_to_stop = False
    while not told_to_stop:
        worker = None
        try:
            worker = ExecutorWorker(
                queue_names(settings.served()),
                name=name,
                connection=redis,
                serializer=JSONSerializer,
                log_job_description=False,
                worker_ttl=RQ_TTL_S,
            )
            worker.fitness = fitness
            worker.work(logging_level="WARNING")
        except StopRequested:  # told to stop while Redis was away
            return
        except (RedisError, ValueError) as exc:  # ValueError: RQ still remembers us under this name
            structlog.get_logger().warning("the queue is away", error=str(exc))
        told_to_stop = worker is not None and worker.told_to_stop
        if not told_to_stop:
            redis.connection_pool.disconnect()
            time.sleep(1)  # Redis is away: asking more often would not bring it back


def main() -> int:
    """Process entry point; the exit status says whether the sandbox was fit to work."""
    follow_parent()
    for number in (signal.SIGTERM, signal.SIGINT):  # until RQ's loop takes them over
        signal.signal(number, lambda *_: sys.exit(0))
    settings = ExecutorSettings()
    logs.configure(json=settings.log_json, level=settings.log_level)
    try:
        run(settings)
    except (SandboxFault, RuntimeError, ValueError) as exc:
        print(f"acecoder worker: {exc}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
