"""A worker's share of an execution: one chunk → records in the outbox.

Decides in which order things happen to a chunk, when the worker may turn to the next one, and how long it keeps
results for a Redis that is away. Verdicts are the sandbox's; what becomes of a chunk that is given back is the
owner's (``execution``).
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

from clients.completions.extraction import extract
from clients.contract import Extraction, ExtractionMethod, Outcome, Suite, TestResult
from services.executor.broker import redis_keys
from services.executor.broker.outage import RETRY_S, retry_blocking
from services.executor.broker.queue import rules_of
from services.executor.broker.redis_keys import RESULTS_TTL_S
from services.executor.planning.in_flight import FailureWeight
from services.executor.results.records import verdict_of
from services.executor.sandbox import Sandbox, SandboxFault
from services.executor.worker.health import Fitness
from services.executor.worker.outbox import Outbox, Postman

T = TypeVar("T")
MAX_PARKED = 128
"""Chunks that may be left asleep beside the one at work. Each is a thread and a descriptor; with two for every session
that may sleep in a jail, a worker stays below the usual 1024."""
CANCEL_POLL_S = 0.5
"""How often Redis is asked whether the rest is still wanted."""
KEPT_SUITES = 64
"""Suites a worker keeps parsed: as many as usually alternate in the queue."""
HURRY_S = 3
"""How long it is tried by a worker that was told to stop: supervisors kill after ten seconds."""


class SuiteGoneError(Exception):
    """Redis has forgotten the suite; the owner sends it again with the chunk."""


@dataclass(slots=True)
class Work:
    """One chunk being judged."""

    payload: dict[str, Any]
    outbox: Outbox
    ends_at: float
    """When nobody waits for it any more, by the monotonic clock."""
    resting: threading.Event = field(default_factory=threading.Event)
    """Set when the chunk is done, or asleep: the worker may go on."""
    done: threading.Event = field(default_factory=threading.Event)


class ChunkRunner:
    """Judges chunks, each in a thread; one is awake, others may sleep beside it."""

    def __init__(self, redis: Redis, worker: str, sandboxes: Mapping[str, Sandbox], fitness: Fitness) -> None:
        self._redis = redis
        self._worker = worker
        self._sandboxes = sandboxes
        self._fitness = fitness
        self._suites: dict[str, Suite] = {}
        self._parked: list[Work] = []
        self._ended = threading.Event()
        self._hurries_until = math.inf
        self._postman = Postman()
        self._postman.start()

    def run(self, payload: dict[str, Any]) -> dict[str, Any]:
        """Judge a chunk; returns when it is done, or asleep with its thread left behind.

        One that falls asleep where ``MAX_PARKED`` do already keeps the worker until any of them is done: only then, so
        that one that stays awake is judged however many are asleep.
        """
        outbox = Outbox(self._redis, payload["execution"], payload["chunk"], payload["cache_ttl_s"])
        work = Work(payload, outbox, time.monotonic() + payload["left_s"])
        try:
            threading.Thread(target=self._judge, args=(work,), name="chunk", daemon=True).start()
        except RuntimeError as exc:  # "can't start new thread": processes have run out
            self._fitness.doubt_all()
            self._part(work, f"the worker cannot start a thread: {exc}", FailureWeight.SOME)
            return {"asleep": False}
        work.resting.wait()
        if not work.done.is_set():
            self._parked.append(work)
            self._make_room()
        return {"asleep": not work.done.is_set()}

    def hurry(self) -> None:
        """The worker was told to stop: wait for no Redis that does not come back soon."""
        self._hurries_until = time.monotonic() + HURRY_S

    def close(self) -> None:
        """Give back what is asleep: another worker takes it, and it counts against nobody."""
        self.hurry()
        for work in self._parked:
            if not work.done.is_set():
                self._part(work, "the worker was stopped", FailureWeight.NONE)

    def _make_room(self) -> None:
        while self._hurries_until == math.inf:
            self._ended.clear()
            self._parked = [work for work in self._parked if not work.done.is_set()]
            if len(self._parked) <= MAX_PARKED:
                return
            self._ended.wait(RETRY_S)

    def _judge(self, work: Work) -> None:
        self._postman.watch(work.outbox)
        try:
            self._judge_units(work)
            self._insist(work, work.outbox.flush)
        except RedisError as exc:  # nobody can be told; the owner notices the silence
            structlog.get_logger().warning("chunk dropped, Redis is away", error=str(exc))
        except SuiteGoneError as exc:
            self._part(work, str(exc), FailureWeight.SOME)
        except Exception as exc:  # noqa: BLE001 - whatever it was, the chunk is tried elsewhere
            structlog.get_logger().error("chunk failed", exc_info=exc)
            wrong = self._fitness.doubt(work.payload["environment"])
            self._part(
                work,
                wrong or str(exc) or type(exc).__name__,
                FailureWeight.SOME if wrong else FailureWeight.FULL,
            )
        finally:
            self._postman.forget(work.outbox)
            work.done.set()
            work.resting.set()
            self._ended.set()

    def _part(self, work: Work, why: str, blame: FailureWeight) -> None:
        """Give back what is left of a chunk."""
        try:
            self._insist(work, lambda: work.outbox.give_back(why, blame))
        except RedisError as exc:
            structlog.get_logger().warning("chunk dropped, Redis is away", error=str(exc))

    def _insist(self, work: Work, say: Callable[[], T]) -> T:
        """Do what Redis is needed for, again and again while it is away and somebody waits for the chunk.

        Raises:
            RedisError: there was no end to it in time.
        """
        return retry_blocking(self._redis, say, lambda: min(work.ends_at, self._hurries_until))

    def _judge_units(self, work: Work) -> None:
        """Judge what can be.

        Raises:
            SandboxFault: the rest failed with its jail.
        """
        payload = work.payload
        suite = self._insist(work, lambda: self._begin(payload))
        if suite is None:
            return
        invalid = dict(payload["invalid"])
        units, programs, extractions = _programs(payload["units"], suite, invalid, work.outbox)
        if not programs:
            return
        judgements = self._sandboxes[payload["environment"]].judge(
            suite,
            programs,
            rules_of(payload),
            on_asleep=work.resting.set,
            cancelled=self._cancellation(payload["execution"]),
        )
        fault = ""
        for judgement in judgements:
            number, key = units[judgement.index]
            if judgement.fault:
                fault = judgement.fault
            else:
                tests = with_invalid(judgement.tests, invalid)
                work.outbox.add(number, key, verdict_of(tests, extractions[judgement.index]))
        if fault:
            raise SandboxFault(fault)

    def _begin(self, payload: dict[str, Any]) -> Suite | None:
        """Say that the chunk is taken; the suite, or ``None`` if nobody wants the chunk any more."""
        execution, key = payload["execution"], payload["suite"]
        kept_s = int(payload["left_s"]) + RESULTS_TTL_S
        with self._redis.pipeline(transaction=False) as pipe:
            pipe.hset(redis_keys.taken(execution), str(payload["chunk"]), self._worker)
            pipe.expire(redis_keys.taken(execution), kept_s)
            pipe.set(redis_keys.begun(self._worker), f"{execution}:{payload['chunk']}", ex=kept_s)
            pipe.exists(redis_keys.cancelled(execution))
            if key not in self._suites:
                pipe.get(redis_keys.suite(key))
            _, _, _, cancelled, *text = pipe.execute()
        if cancelled:
            return None
        if text:
            if text[0] is None:
                raise SuiteGoneError("the suite is gone from Redis")
            while len(self._suites) >= KEPT_SUITES:
                self._suites.pop(next(iter(self._suites)))
            self._suites[key] = Suite.model_validate_json(text[0])
        return self._suites[key]

    def _cancellation(self, execution: str) -> Callable[[], bool]:
        asked_at = time.monotonic()
        answer = False

        def cancelled() -> bool:
            nonlocal asked_at, answer
            if not answer and time.monotonic() - asked_at > CANCEL_POLL_S:
                asked_at = time.monotonic()
                with suppress(RedisError):  # it may be wanted: go on
                    answer = bool(self._redis.exists(redis_keys.cancelled(execution)))
            return answer

        return cancelled


def _programs(
    units: Sequence[tuple[int, str, str, str]], suite: Suite, invalid: dict[int, str], outbox: Outbox
) -> tuple[list[tuple[int, str]], list[str], list[Extraction | None]]:
    """What to run, extracting it from completions; one without code is answered here."""
    kept: list[tuple[int, str]] = []
    programs: list[str] = []
    extractions: list[Extraction | None] = []
    for number, name, source, key in units:
        extraction = extract(source, entry_point=suite.entry_point) if name == "completion" else None
        if extraction is not None and extraction.method is ExtractionMethod.NONE:
            outbox.add(number, key, verdict_of(with_invalid(no_code(suite), invalid), extraction))
            continue
        kept.append((number, key))
        programs.append(source if extraction is None else extraction.program)
        extractions.append(extraction)
    return kept, programs, extractions


def no_code(suite: Suite) -> list[TestResult]:
    """The tests of a completion in which no program was found."""
    message = "no code was found in the completion"
    return [TestResult(outcome=Outcome.SYNTAX_ERROR, message=message) for _ in range(suite.size)]


def with_invalid(tests: Sequence[TestResult], invalid: Mapping[int, str]) -> list[TestResult]:
    """Put the tests that were never run, because they do not compile, back into their places."""
    if not invalid:
        return list(tests)
    ran = iter(tests)
    return [
        TestResult(outcome=Outcome.INVALID_TEST, message=invalid[t][:500]) if t in invalid else next(ran)
        for t in range(len(tests) + len(invalid))
    ]
