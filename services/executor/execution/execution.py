"""One execution from admission to the last answer: the owner's side of the queue.

Decides who is answered what and when: what comes from the cache, what is sent out, what is sent out again
because a worker was lost, what is given up. Promises that every candidate is answered exactly once, with a
verdict or with the reason why there is none. Lives in one API process; if that dies, workers finish what
they have and fill the cache, and the answer is lost with its connection.
"""

import asyncio
import time
from collections.abc import AsyncGenerator, Iterable, Mapping, Sequence
from functools import partial

from redis import RedisError
from redis.exceptions import OutOfMemoryError

from clients.contract import ExecutionSummary, Slug, UnscorableReason
from services.common.problems import ProblemError
from services.executor.broker import redis_keys
from services.executor.broker.broker import Broker
from services.executor.broker.cache import Claim
from services.executor.broker.outage import RETRY_S, Outage
from services.executor.execution.dispatch import Dispatcher
from services.executor.execution.results import Answer, ResultWriter, fault_of
from services.executor.planning.auto_limit import PROBE_S, Calibration
from services.executor.planning.in_flight import FailureWeight, InFlightChunk
from services.executor.planning.plan import Unit, make_units, suite_keys
from services.executor.requests.validation import ValidRequest
from services.executor.results.records import Fault, Verdict, decode
from services.executor.sandbox import RUNNER_VERSION, Rules
from services.executor.settings import BEAT_S

MARGIN_S = 60
"""How long what belongs to an execution outlives its deadline in Redis."""
ASK_AGAIN_S = 0.1
"""How often work that another execution has in hand is asked after."""
GRACE_S = 0.5
"""How long after the deadline an answer of Redis that is on its way is waited for."""


class Execution:
    """A request being run."""

    def __init__(self, execution_id: str, valid_request: ValidRequest, broker: Broker) -> None:
        request = valid_request.request
        self.id = execution_id
        self.total = len(request.candidates)
        self._valid_request = valid_request
        self._broker = broker
        self._ends_at = time.monotonic() + valid_request.deadline_s
        self._ttl_s = int(valid_request.deadline_s) + MARGIN_S
        self._reuses = valid_request.request.cache and broker.settings.cache_ttl_s > 0
        self._outage = Outage(broker.settings.redis_patience_s)
        self._trouble = ""
        self._writer = ResultWriter(valid_request, broker.metrics)
        spec = broker.settings.environments[request.environment].spec(request.environment)
        self._suite_keys = suite_keys(valid_request, spec)
        self._dispatcher = Dispatcher(
            execution_id, valid_request, self._suite_keys, broker, ends_at=self._ends_at, margin_s=MARGIN_S
        )
        self._open: dict[int, Unit] = {}
        self._theirs: dict[int, Unit] = {}
        self._rounds: dict[int, Calibration] = {}
        self._units = 0
        self._last_entry = b"0"
        self._asked_at = self._ticked_at = time.monotonic()
        self._end: UnscorableReason | None = None

    # -- from outside --------------------------------------------------------------------------------

    async def start(self) -> None:
        """Admit the request and send its work out.

        Raises:
            ProblemError: ``queue-full`` or ``queue-unavailable``; nothing was accepted then.
        """
        faults = self._valid_request.faults
        members = [index for index in range(self.total) if index not in faults]
        if not members:
            return
        try:
            async with asyncio.timeout(self._valid_request.deadline_s):
                await self._broker.admit(self._valid_request.request.environment, len(members))
                await self._first_round(members)
        except (RedisError, OSError) as exc:
            if isinstance(exc, OutOfMemoryError):
                self._broker.later(self._broker.evict_some)
            self.abandon()
            raise ProblemError(
                Slug.QUEUE_UNAVAILABLE, "Redis does not answer; try again shortly.", retry_after_s=1
            ) from exc

    async def answers(self) -> AsyncGenerator[list[Answer], None]:
        """Yield answers as they come, each candidate's once; closing it early cancels the rest.

        May yield an empty list, about once a second: a chance to see whether anybody still listens.
        """
        try:
            while not self.done:
                yield self._writer.take()
                if self._open:
                    await self._advance()
        finally:
            self._broker.later(partial(self._clean_up, unfinished=bool(self._open)))

    def abandon(self) -> None:
        """Take its work back, where there will be nobody to ask for ``answers``."""
        self._broker.later(partial(self._clean_up, unfinished=True))

    @property
    def done(self) -> bool:
        """Whether all answers were handed out."""
        return not (self._writer or self._open)

    def summary(self) -> ExecutionSummary:
        """What is said beside the results; complete once all are answered."""
        limits = {place: calibration.limit_s for place, calibration in self._rounds.items()}
        infos = [checked.info(limits.get(place)) for place, checked in enumerate(self._valid_request.suites)]
        return ExecutionSummary(id=self.id, suites=infos, runner_version=RUNNER_VERSION)

    def seats(self) -> list[tuple[str, str]]:
        """Id and suite of each candidate, in request order."""
        return self._writer.seats()

    @property
    def cancelled(self) -> bool:
        """Whether somebody cancelled it before it had ended."""
        return self._end is UnscorableReason.CANCELLED

    # -- rounds --------------------------------------------------------------------------------------

    async def _first_round(self, members: Sequence[int]) -> None:
        limits = self._valid_request.request.limits
        auto = limits.cpu_s == "auto"
        units = self._make_units(members, PROBE_S if auto else None)
        if auto:
            for unit in units:
                self._rounds.setdefault(unit.suite, Calibration(set())).expected.add(unit.number)
        await self._submit(units)

    def _make_units(self, members: Iterable[int], cpu_s: float | None) -> list[Unit]:
        request = self._valid_request.request
        limits = request.limits if cpu_s is None else request.limits.model_copy(update={"cpu_s": cpu_s})
        rules = Rules(limits, request.state, request.on_timeout)
        units = make_units(self._valid_request, members, self._suite_keys, rules, self._units)
        self._units += len(units)
        return units

    async def _submit(self, units: Sequence[Unit]) -> None:
        self._open.update((unit.number, unit) for unit in units)
        if self._reuses:
            await self._claim(units)
        else:
            await self._dispatcher.send(units)

    async def _claim(self, units: Sequence[Unit]) -> None:
        unit_keys = [unit.key for unit in units]
        ours: list[Unit] = []
        for unit, found in zip(
            units, await self._broker.cache.claim(self.id, unit_keys, self._ttl_s), strict=True
        ):
            if isinstance(found, bytes):
                self._theirs.pop(unit.number, None)
                await self._settle(unit, decode(found), cached=True)
            elif found is Claim.THEIRS:
                self._theirs[unit.number] = unit
            else:
                self._theirs.pop(unit.number, None)
                ours.append(unit)
        self._asked_at = time.monotonic()
        await self._dispatcher.send(ours)

    # -- what comes back -----------------------------------------------------------------------------

    async def _advance(self) -> None:
        """Wait for something to happen, at most a beat, and act on it."""
        left_s = max(self._ends_at - time.monotonic(), 0)
        try:
            async with asyncio.timeout(left_s + GRACE_S):
                await self._listen()
            self._outage.record_success()
        except TimeoutError:
            self._trouble = self._trouble or "Redis does not answer"
        except (RedisError, OSError) as exc:
            await self._endure(exc, left_s)
        if time.monotonic() >= self._ends_at:
            self._end = self._end or UnscorableReason.DEADLINE
        if self._end is not None:
            self._give_up(self._end)

    async def _listen(self) -> None:
        """Every step may fail and be done again; what was begun and not finished is found by ``_tick``."""
        if self._outage.began_at is not None:
            await self._broker.say_alive(self.id)  # first: others may think that nobody waits for it any more
        await self._read()
        if self._theirs and time.monotonic() - self._asked_at >= ASK_AGAIN_S:
            await self._claim(list(self._theirs.values()))
        if time.monotonic() - self._ticked_at >= BEAT_S:
            await self._tick()

    async def _endure(self, exc: Exception, left_s: float) -> None:
        self._outage.record_failure()
        if isinstance(exc, OutOfMemoryError):
            await self._broker.evict_some()
        if self._outage.is_too_long:
            self._end = UnscorableReason.QUEUE_UNAVAILABLE
        else:
            await asyncio.sleep(min(RETRY_S, left_s))

    async def _read(self) -> None:
        patience_s = ASK_AGAIN_S if self._theirs else float(BEAT_S)
        patience_s = max(min(patience_s, self._ends_at - time.monotonic()), 0.001)
        entries = await self._broker.read(redis_keys.results(self.id), self._last_entry, patience_s)
        for entry, fields in entries:
            await self._absorb(fields)
            self._last_entry = entry  # after: if that failed, it is read again, and what is answered stays so

    async def _absorb(self, fields: Mapping[bytes, bytes]) -> None:
        if b"cancel" in fields:
            self._end = UnscorableReason.CANCELLED
        for name, record in fields.items():
            if name.isdigit() and (unit := self._open.get(int(name))):
                await self._settle(unit, decode(record), cached=False)
        if b"back" in fields and (flight := self._dispatcher.flight(int(fields[b"back"]))):
            self._trouble = fields[b"why"].decode()
            fault = Fault(UnscorableReason.SANDBOX_FAILURE, self._trouble)
            await self._lost([(flight, FailureWeight(int(fields[b"blame"])))], fault)

    async def _settle(self, unit: Unit, result: Verdict | Fault, *, cached: bool) -> None:
        """Answer a unit's candidates, unless ``auto`` has yet to decide."""
        if unit.number not in self._open:
            return  # a chunk that was thought lost was judged twice
        self._close(unit)
        if isinstance(result, Fault) and self._reuses:
            self._broker.later(partial(self._broker.cache.release, self.id, [unit.key]))
        calibration = self._rounds.get(unit.suite)
        if calibration is None or calibration.limit_s is not None:
            self._writer.answer(unit.members, result, cached=cached)
            return
        verdict = result if isinstance(result, Verdict) else None
        if calibration.settle(unit, verdict, cached=cached):
            self._writer.answer(unit.members, result, cached=cached)
        else:
            self._open[unit.number] = unit  # still owed
        if calibration.limit_s is not None:
            await self._second_round(calibration, calibration.limit_s)

    async def _second_round(self, calibration: Calibration, limit_s: float) -> None:
        again: list[int] = []
        for unit, verdict, cached in calibration.held:
            self._close(unit)
            if limit_s > PROBE_S:
                again += unit.members
            else:
                self._writer.answer(unit.members, verdict, cached=cached)
        calibration.held.clear()
        if again:
            await self._submit(self._make_units(again, limit_s))

    def _close(self, unit: Unit) -> None:
        self._open.pop(unit.number, None)
        self._dispatcher.arrived(unit)

    # -- what goes wrong -----------------------------------------------------------------------------

    async def _tick(self) -> None:
        self._ticked_at = time.monotonic()
        await self._broker.say_alive(self.id)
        if strays := self._strays():
            await self._submit(strays)
        lost = await self._dispatcher.find_lost(trust_beats=not self._outage.may_lack_heartbeats)
        if lost:
            await self._lost(lost, fault_of(UnscorableReason.WORKER_LOST))

    def _strays(self) -> list[Unit]:
        """Units that are owed and on no way to be answered: Redis went away when they were to be sent."""
        held = {unit.number for calibration in self._rounds.values() for unit, *_ in calibration.held}
        known = held | self._theirs.keys()
        return [
            unit
            for unit in self._open.values()
            if unit.number not in known and not self._dispatcher.has(unit)
        ]

    async def _lost(self, lost: Sequence[tuple[InFlightChunk, FailureWeight]], fault: Fault) -> None:
        departed, given_up = self._dispatcher.part(lost)
        for unit in given_up:
            await self._settle(unit, fault, cached=False)
        await self._dispatcher.send_again(departed)

    def _give_up(self, reason: UnscorableReason) -> None:
        for unit in list(self._open.values()):
            self._writer.answer(unit.members, fault_of(reason, self._trouble), cached=False)
        self._open.clear()

    async def _clean_up(self, *, unfinished: bool) -> None:
        if unfinished or self._dispatcher.busy:
            await self._dispatcher.recall()
        await self._broker.forget(self.id)
