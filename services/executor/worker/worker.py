"""Runs the worker process: an RQ worker that owns one jail per environment for its whole life.

Unlike RQ's own workers it forks no process per item: the jail isolates programs. It does not start with a jail that
fails the self-check. SIGTERM and SIGINT end it after the current chunk; sleeping chunks are returned to the queue.

Not promised: that a chunk survives its worker. The owner of the execution notices the loss and has it judged again.
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
from services.common.settings import read
from services.executor.broker import redis_keys
from services.executor.broker.outage import describe_failure
from services.executor.broker.turns import FairQueue
from services.executor.parent_death import WORKER_NAME, follow_parent
from services.executor.sandbox import Sandbox, SandboxFault, profiles, selfcheck
from services.executor.sandbox.environment import EnvironmentSpec
from services.executor.sandbox.factory import open_sandbox
from services.executor.settings import ExecutorSettings
from services.executor.worker.chunks import ChunkRunner
from services.executor.worker.health import SandboxHealth
from services.executor.worker.heartbeat import Heartbeat
from services.executor.worker.placement import place

RQ_BEAT_S = 10
"""RQ's own heartbeat is for its dashboards only; ours is ``heartbeat``. Sent for each item, it would cost three round
trips."""
RQ_TTL_S = 30
"""RQ blocks on the queue for this time less its margin of 15 s, then polls again."""
READ_S = 40
"""Socket time-out, above the longest wait for work. With redis-py's default of 5 s, a wait would end in an error."""
MAX_RECONNECT_WAIT_S = 2
"""The longest wait of RQ between two attempts to reconnect to Redis."""


class NoDeathPenalty(BaseDeathPenalty):
    """Replaces RQ's time limit of an item by none: the sandbox enforces the limits."""

    def setup_death_penalty(self) -> None:
        """Start no timer."""

    def cancel_death_penalty(self) -> None:
        """Cancel no timer: there is none."""


class ExecutorWorker(SimpleWorker):
    """RQ's worker loop, without its bookkeeping per item: it costs round trips, and nothing here reads it."""

    death_penalty_class = NoDeathPenalty
    max_connection_wait_time = MAX_RECONNECT_WAIT_S
    log_result_lifespan = False
    is_stopping = False
    health: SandboxHealth
    runner: ChunkRunner
    takes_turns = False
    """Whether environments take turns: a full queue of one must not keep the worker from the others."""

    def execute_job(self, job: Job, queue: FairQueue) -> None:  # type: ignore[override]  # it has no others
        """Judge the chunk of an item.

        The function that the item names is not called, so that write access to Redis does not allow calling any other
        function here. RQ's registries of started and finished items are not written: they cost eight round trips per
        item. Their purpose is to find lost work, and the owner of an execution finds its lost chunks within seconds.
        """
        self.set_state(WorkerStatus.BUSY)
        began_at = time.monotonic()
        flow, units = "", 0
        try:
            payload = job.args[0]
            flow, units = payload.get("flow", ""), len(payload["units"])
            self.runner.run(payload)
        except (LookupError, TypeError, ValueError) as exc:
            self.log.error("item %s is not a chunk: %r", job.id, exc)  # noqa: TRY400 - the cause is the item
        busy_s = time.monotonic() - began_at
        self.health.recover(lambda: self.is_stopping)
        if flow:
            queue.note_price(flow, units, busy_s)
        self.set_state(WorkerStatus.IDLE)

    def reorder_queues(self, reference_queue: Queue) -> None:
        """Put the queue that was served behind the others of its priority, if environments take turns."""
        if not self.takes_turns:
            return
        others = [queue for queue in self._ordered_queues if queue != reference_queue]
        self._ordered_queues = sorted([*others, reference_queue], key=lambda queue: _rank(queue.name))

    def set_state(self, state: str, pipeline: Pipeline | None = None) -> None:
        """Keep the state here, for RQ's signal handler. Only the first one is written to Redis (a round trip)."""
        if self._state == "starting":
            super().set_state(state, pipeline)
        self._state = state

    def check_for_suspension(self, burst: bool) -> None:
        """Ignore RQ's suspension: a worker is stopped by a signal."""

    def heartbeat(self, timeout: int | None = None, pipeline: Pipeline | None = None) -> None:
        """Send RQ's heartbeat only every ``RQ_BEAT_S``. A Redis that is full or away must not end the loop."""
        last = self.last_heartbeat
        if last is None or now() - last > timedelta(seconds=RQ_BEAT_S):
            with suppress(RedisError, OSError):
                super().heartbeat(timeout, pipeline)

    def register_birth(self) -> None:
        """Register, also if an earlier loop of this process could not deregister, since Redis was away.

        RQ would refuse the name for a minute and a half. No other process has it.
        """
        self.connection.delete(self.key)
        super().register_birth()  # type: ignore[no-untyped-call]

    def handle_warm_shutdown_request(self) -> None:
        """Remember that the worker must stop: RQ forgets it when Redis is away."""
        self.is_stopping = True
        self.runner.begin_shutdown()

    def set_shutdown_requested_date(self) -> None:
        """Write nothing to Redis: this runs in a signal handler, and Redis may be away."""

    def subscribe(self) -> None:
        """Do not listen to RQ's remote commands: executions are cancelled through a key of their own."""


def _rank(queue_name: str) -> int:
    """Return the position of a queue's priority: the lowest is served first."""
    return list(Priority).index(Priority(redis_keys.priority_of(queue_name)))


def queue_names(environments: Mapping[str, EnvironmentSpec]) -> list[str]:
    """Return the queues in the first order of service: interactive work of all environments before bulk."""
    return [redis_keys.queue(name, priority) for priority in Priority for name in environments]


def open_checked(settings: ExecutorSettings, slot: int, stack: ExitStack) -> dict[str, Sandbox]:
    """Start a jail for each environment and check it.

    Raises:
        SandboxFault: what is wrong and what to do; also if the sandbox reaches only a profile that is not allowed.
    """
    sandboxes: dict[str, Sandbox] = {}
    for name, spec in settings.served().items():
        sandbox = open_sandbox(
            settings.backend, spec, slot=slot, jail_memory_bytes=settings.jail_memory_bytes
        )
        stack.callback(sandbox.close)
        sandbox.start()
        profiles.check_allowed(sandbox, settings.min_profile, settings.backend)
        for check in selfcheck.run(sandbox):
            if not check.ok:
                raise SandboxFault(f"the {name!r} sandbox fails its check '{check.name}': {check.message}")
        sandboxes[name] = sandbox
    return sandboxes


def run(settings: ExecutorSettings) -> None:
    """Take work until a signal stops the worker.

    Raises:
        SandboxFault: this machine cannot judge safely.
    """
    log = structlog.get_logger()
    redis = Redis.from_url(settings.redis_url, retry=Retry(NoBackoff(), 1), socket_timeout=READ_S)
    with ExitStack() as stack:
        name = os.environ.get(WORKER_NAME) or redis_keys.new_worker_name()
        placement = place(redis, name)
        stack.enter_context(placement.file)
        # It starts before the jails do, which takes longer than the leases last.
        heartbeat = Heartbeat(redis, name, settings.served(), placement.leases)
        heartbeat.start()
        stack.callback(heartbeat.stop)
        sandboxes = open_checked(settings, placement.slot, stack)
        health = SandboxHealth(sandboxes, heartbeat.set_available)
        runner = ChunkRunner(redis, name, sandboxes, health, heartbeat.open_chunks)
        stack.callback(heartbeat.set_available, False)
        profile = profiles.weakest(sandbox.profile for sandbox in sandboxes.values())
        heartbeat.set_profile(profile)
        heartbeat.set_available(True)
        # Runs before heartbeat.stop: a worker that deregisters while it has chunks counts as dead.
        stack.callback(runner.close)
        log.info(
            "worker ready",
            worker=name,
            version=redis_keys.VERSION,
            slot=placement.slot,
            core=placement.core,
            environments=list(sandboxes),
            profile=profile,
        )
        _loop(redis, name, settings, health, runner)
        log.info("worker stopping", worker=name)


def _loop(
    redis: Redis, name: str, settings: ExecutorSettings, health: SandboxHealth, runner: ChunkRunner
) -> None:
    """Run RQ's loop until the worker is stopped. It may end when Redis goes away; then it is started again."""
    is_stopping = False
    while not is_stopping:
        worker = None
        try:
            worker = ExecutorWorker(
                queue_names(settings.served()),
                name=name,
                queue_class=FairQueue,
                connection=redis,
                serializer=JSONSerializer,
                log_job_description=False,
                worker_ttl=RQ_TTL_S,
            )
            worker.health = health
            worker.runner = runner
            worker.takes_turns = not settings.serve
            worker.work(logging_level="WARNING")
        except StopRequested:  # stopped by a signal while Redis was away
            return
        except RedisError as exc:
            structlog.get_logger().warning(f"{describe_failure(exc)}; trying again", error=str(exc))
        except ValueError as exc:
            structlog.get_logger().warning("RQ still has a worker of this name; trying again", error=str(exc))
        is_stopping = worker is not None and worker.is_stopping
        if not is_stopping:
            # Not those in use: the heartbeat and the threads of chunks would find them closed in the middle of a reply.
            redis.connection_pool.disconnect(inuse_connections=False)
            time.sleep(1)  # a Redis that is away gains nothing from being asked more often


def main() -> int:
    """Run the worker process; exit with 1 if the settings are wrong or the sandbox cannot judge."""
    follow_parent()
    for number in (signal.SIGTERM, signal.SIGINT):  # until RQ's loop installs its own handlers
        signal.signal(number, lambda *_: sys.exit(0))
    try:
        settings = read(ExecutorSettings)
        logs.configure(json=settings.log_json, level=settings.log_level)
        run(settings)
    except (SandboxFault, RuntimeError, ValueError) as exc:
        print(f"acecoder worker: {exc}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
