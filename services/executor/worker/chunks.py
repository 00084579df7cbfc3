"""Judges the chunks of executions in the worker's sandboxes, and puts the records into an outbox.

Decides the order of the steps of a chunk, when the worker may take the next one, and how long results are kept for a
Redis that is away. The sandbox decides verdicts. The owner of the execution (``execution``) decides what to do with a
chunk that is returned.
"""

import math
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, TypeVar

import structlog
from redis import Redis, RedisError

from clients.completions import extract
from clients.contract import Extraction, ExtractionMethod, Outcome, Suite, TestResult
from clients.testspecs import entry_point_of
from services.executor.broker import redis_keys
from services.executor.broker.outage import RETRY_S, describe_failure, retry_blocking
from services.executor.broker.queue import rules_of
from services.executor.broker.redis_keys import RESULTS_TTL_S
from services.executor.planning.lost_chunks import FailureWeight
from services.executor.results.records import verdict_of
from services.executor.sandbox import Sandbox, SandboxFault
from services.executor.worker.health import SandboxHealth
from services.executor.worker.heartbeat import OpenChunks
from services.executor.worker.hints import no_code, with_fence_hint
from services.executor.worker.outbox import Outbox, OutboxFlusher
from services.executor.worker.sharing import Sharing

T = TypeVar("T")
MAX_PARKED = 128
"""Sleeping chunks a worker may have beside the one being judged. Each needs a thread and a descriptor. With two more
descriptors for every session that may sleep in a jail, a worker stays below the usual limit of 1024 descriptors."""
CANCEL_POLL_S = 0.5
"""How often Redis is asked whether the execution was cancelled."""
KEPT_SUITES = 64
"""Parsed suites a worker caches: as many as usually alternate in the queue."""
SHUTDOWN_S = 3
"""How long a stopping worker tries a Redis that is away: process supervisors kill after ten seconds."""


_BEGIN = """
redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])
redis.call('EXPIRE', KEYS[1], ARGV[4])
redis.call('SET', KEYS[2], ARGV[3], 'EX', ARGV[4])
return {redis.call('EXISTS', KEYS[3]), KEYS[4] and redis.call('GET', KEYS[4])}
"""


class SuiteGoneError(Exception):
    """The suite is not in Redis any more. The owner sends it again with the chunk."""


@dataclass(slots=True)
class RunningChunk:
    """One chunk that is being judged."""

    payload: dict[str, Any]
    outbox: Outbox
    deadline: float
    """When its owner stops waiting for it, by the monotonic clock."""
    yielded: threading.Event = field(default_factory=threading.Event)
    """Set when the chunk is done or asleep: the worker may take the next one."""
    done: threading.Event = field(default_factory=threading.Event)


class ChunkRunner:
    """Judges chunks, each in a thread. One is awake; others may sleep beside it."""

    def __init__(
        self,
        redis: Redis,
        worker: str,
        sandboxes: Mapping[str, Sandbox],
        health: SandboxHealth,
        open_chunks: OpenChunks,
    ) -> None:
        self._open_chunks = open_chunks
        self._redis = redis
        self._begin_script = redis.register_script(_BEGIN)
        self._worker = worker
        self._sandboxes = sandboxes
        self._health = health
        self._suites: dict[str, Suite] = {}
        self._parked: list[RunningChunk] = []
        self._chunk_ended = threading.Event()
        self._shutdown_deadline = math.inf
        self._sharing = Sharing(redis, sandboxes)
        self._flusher = OutboxFlusher()
        self._flusher.start()

    def run(self, payload: dict[str, Any]) -> dict[str, Any]:
        """Judge a chunk. Returns when it is done, or when it sleeps: then its thread goes on.

        If more than ``MAX_PARKED`` chunks sleep then, this returns only when one of them is done. It does not wait
        before it begins, so that a chunk that stays awake is judged however many sleep.
        """
        outbox = Outbox(self._redis, payload["execution"], payload["chunk"], payload["cache_ttl_s"])
        chunk = RunningChunk(payload, outbox, time.monotonic() + payload["left_s"])
        self._open_chunks.add(payload["execution"], payload["chunk"])
        try:
            threading.Thread(target=self._judge, args=(chunk,), name="chunk", daemon=True).start()
        except RuntimeError as exc:  # "can't start new thread": no process is left
            self._health.require_recovery()
            self._return(chunk, f"the worker cannot start a thread: {exc}", FailureWeight.SOME)
            self._open_chunks.remove(payload["execution"], payload["chunk"])
            return {"asleep": False}
        chunk.yielded.wait()
        if not chunk.done.is_set():
            self._parked.append(chunk)
            self._await_room()
        return {"asleep": not chunk.done.is_set()}

    def begin_shutdown(self) -> None:
        """Wait for a Redis that is away for ``SHUTDOWN_S`` at most from now on: the worker must stop."""
        self._shutdown_deadline = time.monotonic() + SHUTDOWN_S

    def close(self) -> None:
        """Return the sleeping chunks: another worker takes them, and none counts as the cause."""
        self.begin_shutdown()
        for chunk in self._parked:
            if not chunk.done.is_set():
                self._return(chunk, "the worker was stopped", FailureWeight.NONE)

    def _await_room(self) -> None:
        """Wait until at most ``MAX_PARKED`` chunks sleep, or until the worker must stop."""
        while self._shutdown_deadline == math.inf:
            self._chunk_ended.clear()
            self._parked = [chunk for chunk in self._parked if not chunk.done.is_set()]
            if len(self._parked) <= MAX_PARKED:
                return
            self._chunk_ended.wait(RETRY_S)

    def _judge(self, chunk: RunningChunk) -> None:
        self._flusher.add(chunk.outbox)
        try:
            self._judge_units(chunk)
            self._retry(chunk, chunk.outbox.flush)
            if chunk.payload.get("is_last", True):  # else the checker may go on with the suite's next chunk
                # Not sooner: the results are on their way now.
                self._sandboxes[chunk.payload["environment"]].renew_idle()
        except RedisError as exc:  # it cannot be returned either: the owner notices that the chunk is lost
            structlog.get_logger().warning(f"chunk dropped: {describe_failure(exc)}", error=str(exc))
        except SuiteGoneError as exc:
            self._return(chunk, str(exc), FailureWeight.SOME)
        except Exception as exc:  # noqa: BLE001 - after any error, another worker tries the chunk
            structlog.get_logger().error("chunk failed", exc_info=exc)
            reason = self._health.check(chunk.payload["environment"])
            weight = FailureWeight.SOME if reason else FailureWeight.FULL
            self._return(chunk, reason or str(exc) or type(exc).__name__, weight)
        finally:
            self._flusher.remove(chunk.outbox)
            self._open_chunks.remove(chunk.payload["execution"], chunk.payload["chunk"])
            chunk.done.set()
            chunk.yielded.set()
            self._chunk_ended.set()

    def _return(self, chunk: RunningChunk, reason: str, weight: FailureWeight) -> None:
        """Return what is left of a chunk to its owner."""
        try:
            self._retry(chunk, lambda: chunk.outbox.return_chunk(reason, weight))
        except RedisError as exc:
            structlog.get_logger().warning(f"chunk dropped: {describe_failure(exc)}", error=str(exc))

    def _retry(self, chunk: RunningChunk, operation: Callable[[], T]) -> T:
        """Run an operation on Redis; while Redis is away, try again until the deadline of the chunk.

        Raises:
            RedisError: it did not succeed in time.
        """
        return retry_blocking(self._redis, operation, lambda: min(chunk.deadline, self._shutdown_deadline))

    def _judge_units(self, chunk: RunningChunk) -> None:
        """Judge the units of a chunk, and put a record for each into its outbox.

        Raises:
            SandboxFault: the jail failed; units without a record are not judged.
        """
        payload = chunk.payload
        suite = self._retry(chunk, lambda: self._begin(payload))
        if suite is None:
            return
        invalid = dict(payload["invalid"])
        units, programs, extractions = _programs(payload["units"], suite, invalid, chunk.outbox)
        if not programs:
            return
        judgements = self._sandboxes[payload["environment"]].judge(
            suite,
            programs,
            rules_of(payload),
            on_asleep=chunk.yielded.set,
            cancelled=self._cancellation(payload["execution"]),
            accept=self._sharing.acceptor(payload, chunk.outbox, units),
        )
        fault = ""
        for judgement in judgements:
            number, key = units[judgement.index]
            if judgement.fault:
                fault = judgement.fault
            else:
                tests = with_fence_hint(judgement.tests, programs[judgement.index])
                tests = with_invalid(tests, invalid)
                verdict = verdict_of(tests, extractions[judgement.index], run_s=judgement.run_s)
                chunk.outbox.add(number, key, verdict)
        if fault:
            raise SandboxFault(fault)

    def _begin(self, payload: dict[str, Any]) -> Suite | None:
        """Record in Redis that this worker has the chunk. Return the suite, or ``None`` if the execution was cancelled.

        Raises:
            SuiteGoneError: the suite is not in Redis any more.
        """
        execution, key = payload["execution"], payload["suite"]
        kept_s = int(payload["left_s"]) + RESULTS_TTL_S
        keys = [redis_keys.taken(execution), redis_keys.begun(self._worker), redis_keys.cancelled(execution)]
        if key not in self._suites:
            keys.append(redis_keys.suite(key))
        args = [payload["chunk"], self._worker, f"{execution}:{payload['chunk']}", kept_s]
        reply: Any = self._begin_script(keys=keys, args=args)
        is_cancelled, *text = reply
        if is_cancelled:
            return None
        if text:
            if text[0] is None:
                raise SuiteGoneError("the suite is not in Redis any more")
            while len(self._suites) >= KEPT_SUITES:
                self._suites.pop(next(iter(self._suites)))
            self._suites[key] = Suite.model_validate_json(text[0])
        return self._suites[key]

    def _cancellation(self, execution: str) -> Callable[[], bool]:
        """Return a function that says whether the execution was cancelled; it asks Redis every ``CANCEL_POLL_S``."""
        polled_at = time.monotonic()
        is_cancelled = False

        def cancelled() -> bool:
            nonlocal polled_at, is_cancelled
            if not is_cancelled and time.monotonic() - polled_at > CANCEL_POLL_S:
                polled_at = time.monotonic()
                with suppress(RedisError):  # unknown: go on judging
                    is_cancelled = bool(self._redis.exists(redis_keys.cancelled(execution)))
            return is_cancelled

        return cancelled


def _programs(
    units: Sequence[tuple[int, str, str, str]], suite: Suite, invalid: dict[int, str], outbox: Outbox
) -> tuple[list[tuple[int, str]], list[str], list[Extraction | None]]:
    """Return the programs to judge, with (unit number, cache key) and extraction of each.

    Programs are extracted from completions. A completion without code gets its record here and is not judged.
    """
    hint = suite.entry_point
    if hint is None and any(name == "completion" for _number, name, _source, _key in units):
        hint = entry_point_of(suite.asserts or (), suite.setup)
    judged: list[tuple[int, str]] = []
    programs: list[str] = []
    extractions: list[Extraction | None] = []
    for number, name, source, key in units:
        extraction = extract(source, entry_point=hint) if name == "completion" else None
        if extraction is not None and extraction.method is ExtractionMethod.NONE:
            outbox.add(number, key, verdict_of(with_invalid(no_code(suite, source), invalid), extraction))
            continue
        judged.append((number, key))
        programs.append(source if extraction is None else extraction.program)
        extractions.append(extraction)
    return judged, programs, extractions


def with_invalid(tests: Sequence[TestResult], invalid: Mapping[int, str]) -> list[TestResult]:
    """Insert the results of tests that were not run, because they do not compile, at their positions."""
    if not invalid:
        return list(tests)
    results = iter(tests)
    return [
        TestResult(outcome=Outcome.INVALID_TEST, message=invalid[t][:500]) if t in invalid else next(results)
        for t in range(len(tests) + len(invalid))
    ]
