"""A worker's share of an execution: one chunk → records in the outbox.

Decides in which order things happen to a chunk and when the worker may turn to the next one. Verdicts are
the sandbox's; what becomes of a chunk that is given back is the owner's (``execution``).
"""

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import structlog
from redis import Redis, RedisError

from clients.contract import Extraction, ExtractionMethod, Outcome, Suite, TestResult, UnscorableReason
from clients.extraction import extract
from services.executor import keys
from services.executor.outbox import RESULTS_TTL_S, Outbox, Postman
from services.executor.queue import rules_of
from services.executor.sandbox import Sandbox
from services.executor.verdicts import Fault, verdict_of

MAX_PARKED = 64
"""Chunks that may be left asleep beside the one at work: each is a thread and a few sleeping processes."""
CANCEL_POLL_S = 0.5
"""How often Redis is asked whether the rest is still wanted."""
KEPT_SUITES = 64
"""Suites a worker keeps parsed: as many as usually alternate in the queue."""


@dataclass(slots=True)
class Work:
    """One chunk being judged."""

    payload: dict[str, Any]
    outbox: Outbox
    resting: threading.Event = field(default_factory=threading.Event)
    """Set when the chunk is done, or asleep: the worker may go on."""
    done: threading.Event = field(default_factory=threading.Event)


class ChunkRunner:
    """Judges chunks, each in a thread; one is awake, others may sleep beside it."""

    def __init__(self, redis: Redis, worker: str, sandboxes: Mapping[str, Sandbox]) -> None:
        self._redis = redis
        self._worker = worker
        self._sandboxes = sandboxes
        self._suites: dict[str, Suite] = {}
        self._parked: list[Work] = []
        self._postman = Postman()
        self._postman.start()

    def run(self, payload: dict[str, Any]) -> dict[str, Any]:
        """Judge a chunk; returns when it is done, or asleep with its thread left behind."""
        outbox = Outbox(self._redis, payload["execution"], payload["chunk"], payload["cache_ttl_s"])
        work = Work(payload, outbox)
        self._make_room()
        threading.Thread(target=self._judge, args=(work,), name="chunk", daemon=True).start()
        work.resting.wait()
        if not work.done.is_set():
            self._parked.append(work)
        return {"asleep": not work.done.is_set()}

    def close(self) -> None:
        """Give back what is asleep: another worker takes it, and it counts against nobody."""
        for work in self._parked:
            if not work.done.is_set():
                work.outbox.give_back("the worker was stopped", at_fault=False)

    def _make_room(self) -> None:
        self._parked = [work for work in self._parked if not work.done.is_set()]
        if len(self._parked) >= MAX_PARKED:
            self._parked[0].done.wait()

    def _judge(self, work: Work) -> None:
        self._postman.watch(work.outbox)
        try:
            self._judge_units(work)
            work.outbox.flush()
        except RedisError as exc:  # nobody can be told; the owner notices the silence
            structlog.get_logger().warning("chunk dropped, Redis is away", error=str(exc))
        except Exception as exc:  # noqa: BLE001 - whatever it was, the chunk is tried elsewhere
            structlog.get_logger().error("chunk failed", exc_info=exc)
            self._give_back(work, str(exc) or type(exc).__name__)
        finally:
            self._postman.forget(work.outbox)
            work.done.set()
            work.resting.set()

    def _give_back(self, work: Work, why: str) -> None:
        try:
            work.outbox.give_back(why, at_fault=True)
        except RedisError as exc:
            structlog.get_logger().warning("chunk dropped, Redis is away", error=str(exc))

    def _judge_units(self, work: Work) -> None:
        payload = work.payload
        suite = self._begin(payload)
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
        for judgement in judgements:
            number, key = units[judgement.index]
            if judgement.fault:
                work.outbox.add(number, key, Fault(UnscorableReason.SANDBOX_FAILURE, judgement.fault))
            else:
                tests = with_invalid(judgement.tests, invalid)
                work.outbox.add(number, key, verdict_of(tests, extractions[judgement.index]))

    def _begin(self, payload: dict[str, Any]) -> Suite | None:
        """Say that the chunk is taken; the suite, or ``None`` if nobody wants the chunk any more."""
        execution, key = payload["execution"], payload["suite"]
        with self._redis.pipeline(transaction=False) as pipe:
            pipe.hset(keys.taken(execution), str(payload["chunk"]), self._worker)
            pipe.expire(keys.taken(execution), RESULTS_TTL_S)
            pipe.exists(keys.cancelled(execution))
            if key not in self._suites:
                pipe.get(keys.suite(key))
            _, _, cancelled, *text = pipe.execute()
        if cancelled:
            return None
        if text:
            if text[0] is None:
                raise LookupError("the suite is gone from Redis")
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
                answer = bool(self._redis.exists(keys.cancelled(execution)))
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
