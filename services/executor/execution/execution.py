"""Runs one execution from admission to the last result: the side of the queue that waits for results.

Decides which results come from the cache and which units need a worker. ``unit_results`` decides what a result means,
``dispatch`` enqueues the chunks, and ``planning.lost_chunks`` decides which chunks were lost and what replaces them.
Every candidate gets exactly one result: a verdict, or the reason why there is none.

An execution lives in one API process, its owner. If that process dies, workers finish the chunks that they have and
fill the cache, but the response is lost with its connection. The path of a unit through chunk, queue item and result:
``docs/design/0002-chunks-and-streams.md``.
"""

import asyncio
import time
from collections.abc import AsyncGenerator, Mapping, Sequence
from functools import partial

from redis import RedisError

from clients.contract import ExecutionSummary, Slug, UnscorableReason
from services.common.problem_error import ProblemError
from services.executor.broker import redis_keys
from services.executor.broker.broker import Broker
from services.executor.broker.cache import is_full
from services.executor.broker.outage import RETRY_S, Outage, describe_failure
from services.executor.broker.runs import RunEntry
from services.executor.execution.claims import CLAIM_AGAIN_S, ClaimedUnits, Claims
from services.executor.execution.dispatch import Dispatcher
from services.executor.execution.results import ResultLine, ResultWriter, fault_of
from services.executor.execution.unit_results import UnitResults
from services.executor.planning.flows import Flow
from services.executor.planning.lost_chunks import FailureWeight, InFlightChunk
from services.executor.planning.plan import Unit, count_null_programs, suite_keys
from services.executor.planning.priorities import SMALL_REQUEST
from services.executor.requests.validation import ValidRequest
from services.executor.results.records import Fault, Verdict, decode
from services.executor.sandbox import RUNNER_VERSION
from services.executor.settings import BEAT_S

MARGIN_S = 60
"""How long the keys of an execution stay in Redis after its deadline."""
GRACE_S = 0.5
"""How long after the deadline a reply of Redis is still waited for."""


class Execution:
    """A request being run."""

    def __init__(self, execution_id: str, valid_request: ValidRequest, broker: Broker, caller: str) -> None:
        """``caller`` is the name of the key that the request carries."""
        request = valid_request.request
        self.id = execution_id
        self.flow = Flow(caller, request.run or "")
        self.total = len(request.candidates)
        self._valid_request = valid_request
        self._broker = broker
        self._is_listed = self.total > SMALL_REQUEST
        """Whether it is in the list of runs: a small request is from the first tick on."""
        self._began_at = time.time()
        self._accepted_s = time.monotonic()
        self._ends_at = self._accepted_s + valid_request.deadline_s
        self._uses_cache = request.cache and broker.settings.cache_ttl_s > 0
        self._outage = Outage(broker.settings.redis_patience_s)
        self._last_error = ""
        self._writer = ResultWriter(valid_request, broker.metrics, caller)
        spec = broker.settings.environments[request.environment].spec(request.environment)
        keys = suite_keys(valid_request, spec)
        self._results = UnitResults(valid_request, keys, self._writer)
        self._dispatcher = Dispatcher(
            execution_id, valid_request, keys, broker,
            flow=self.flow, make_entry=lambda: self.run_entry() if self._is_listed else None,
            ends_at=self._ends_at, margin_s=MARGIN_S,
        )  # fmt: skip
        claim_s = int(valid_request.deadline_s) + MARGIN_S
        self._claims = Claims(execution_id, self.flow, broker.cache, claim_s)
        self._last_entry = b"0"
        self._ticked_at = time.monotonic()
        self._end_reason: UnscorableReason | None = None
        self._is_read = False
        broker.priorities.add(self)

    # -- public --------------------------------------------------------------------------------------

    async def start(self) -> None:
        """Admit the request and send its units to the queue.

        Raises:
            ProblemError: ``queue-full`` or ``queue-unavailable``; then nothing was accepted.
        """
        faults = self._valid_request.faults
        members = [index for index in range(self.total) if index not in faults]
        if not members:
            return
        try:
            async with asyncio.timeout(self._valid_request.deadline_s):
                programs = len(members) + count_null_programs(self._valid_request.request)
                await self._broker.admission.admit(
                    self._valid_request.request.environment, self.flow, programs
                )
                await self._submit(self._results.first_round(members))
        except (RedisError, OSError) as exc:
            if is_full(exc):
                self._broker.run_in_background(self._broker.evict_some)
            self.abandon()
            detail = f"{describe_failure(exc)}; try again shortly."
            raise ProblemError(Slug.QUEUE_UNAVAILABLE, detail, retry_after_s=1) from exc
        except asyncio.CancelledError:  # the process stops: workers need not judge what is sent already
            self.abandon()
            raise

    async def results(self) -> AsyncGenerator[list[ResultLine], None]:
        """Yield result lines in batches as they arrive, one for each candidate. Closing it early cancels the rest.

        Yields an empty list about once a second, so that the caller can check whether the client is still connected.
        """
        self._is_read = True
        try:
            while not self.is_done:
                yield self._writer.take()
                if not self._results.are_complete:
                    await self._advance()
            self._writer.finish(self.summary().suites)
        finally:
            self._end(is_unfinished=not self._results.are_complete)
            if self.total and self._broker.kept.admits(has_fault=self._writer.recorder.faults > 0):
                self._broker.run_in_background(partial(self._keep, time.time()))

    def abandon(self) -> None:
        """Cancel the work of an execution whose ``results`` will not be read; does nothing once they are."""
        if not self._is_read:
            self._is_read = True
            self._end(is_unfinished=True)

    @property
    def is_done(self) -> bool:
        """Whether ``results`` has yielded all result lines."""
        return self._results.are_complete and not self._writer.has_lines

    @property
    def is_cancelled(self) -> bool:
        """Whether a client cancelled it before it had ended."""
        return self._end_reason is UnscorableReason.CANCELLED

    def summary(self) -> ExecutionSummary:
        """Return what a response contains beside the results; complete once the execution is done."""
        return ExecutionSummary(id=self.id, suites=self._results.suite_infos(), runner_version=RUNNER_VERSION)

    def slots(self) -> list[tuple[str, str]]:
        """Return id and suite of each candidate, in request order."""
        return self._writer.slots()

    def run_entry(self) -> RunEntry:
        """Return the state of the execution for the list of runs."""
        age_s = time.monotonic() - self._accepted_s
        return RunEntry(self.id, self.flow.run, self.total, self._writer.written, age_s, self._writer.run_s)

    # -- units ---------------------------------------------------------------------------------------

    async def _submit(self, units: Sequence[Unit]) -> None:
        if self._uses_cache:
            await self._use_claimed(await self._claims.claim(units))
        else:
            await self._dispatcher.send(units)

    async def _use_claimed(self, claimed: ClaimedUnits) -> None:
        """Take results from the cache, and send the units that this execution has claimed."""
        for unit, record in claimed.records:
            await self._add_result(unit, decode(record), cached=True)
        await self._dispatcher.send(claimed.to_send)

    # -- results from workers ------------------------------------------------------------------------

    async def _advance(self) -> None:
        """Wait for events, at most ``BEAT_S``, and act on them."""
        left_s = max(self._ends_at - time.monotonic(), 0)
        try:
            async with asyncio.timeout(left_s + GRACE_S):
                await self._process_events()
            self._outage.record_success()
        except TimeoutError:
            self._last_error = self._last_error or "Redis does not answer"
        except (RedisError, OSError) as exc:
            await self._wait_for_redis(exc, left_s)
        if time.monotonic() >= self._ends_at:
            self._end_reason = self._end_reason or UnscorableReason.DEADLINE
        if self._end_reason is not None:
            self._results.give_up(fault_of(self._end_reason, self._last_error))

    async def _process_events(self) -> None:
        """Every step may fail and be repeated: ``_tick`` finds what was begun and not finished."""
        await self._read()
        if self._claims.is_due:
            await self._use_claimed(await self._claims.claim_again())
        if time.monotonic() - self._ticked_at >= BEAT_S:
            await self._tick()

    async def _wait_for_redis(self, exc: Exception, left_s: float) -> None:
        self._outage.record_failure()
        self._reread()
        self._last_error = describe_failure(exc)
        if is_full(exc):
            await self._broker.evict_some()
        if self._outage.is_too_long:
            self._end_reason = UnscorableReason.QUEUE_UNAVAILABLE
        else:
            await asyncio.sleep(min(RETRY_S, left_s))

    def _reread(self) -> None:
        """Read the stream from its start next time. The ids of its entries are times of Redis: another Redis, whose
        clock is behind, gives new entries lower ids than those that were read. A result that is read twice counts once.
        """
        self._last_entry = b"0"

    async def _read(self) -> None:
        block_s = CLAIM_AGAIN_S if self._claims.elsewhere else float(BEAT_S)
        block_s = max(min(block_s, self._ends_at - time.monotonic()), 0.001)
        entries = await self._broker.read(redis_keys.results(self.id), self._last_entry, block_s)
        for entry, fields in entries:
            await self._process_entry(fields)
            # Only now: if processing failed, the entry is read again; units that have a result keep it.
            self._last_entry = entry

    async def _process_entry(self, fields: Mapping[bytes, bytes]) -> None:
        """Act on one entry of the stream: results by unit number, a cancellation, or what a worker gave back."""
        if b"cancel" in fields:
            self._end_reason = UnscorableReason.CANCELLED
        for name, record in fields.items():
            if name.isdigit() and (unit := self._results.without_result(int(name))):
                await self._add_result(unit, decode(record), cached=False)
        if b"shares" in fields:
            units = {int(number) for number in fields[b"units"].split()}
            await self._dispatcher.resend(self._dispatcher.split_off(int(fields[b"shares"]), units))
        if b"back" in fields and (chunk := self._dispatcher.get(int(fields[b"back"]))):
            self._last_error = fields[b"why"].decode()
            fault = Fault(UnscorableReason.SANDBOX_FAILURE, self._last_error)
            await self._retry_lost([(chunk, FailureWeight(int(fields[b"blame"])))], fault)

    async def _add_result(self, unit: Unit, result: Verdict | Fault, *, cached: bool) -> None:
        if not self._results.without_result(unit.number):
            return  # the chunk was considered lost, and was judged twice
        self._dispatcher.mark_answered(unit)
        if isinstance(result, Fault) and self._uses_cache:
            self._broker.run_in_background(partial(self._claims.release, unit))
        if units := self._results.add(unit, result, cached=cached):
            await self._submit(units)

    # -- failures ------------------------------------------------------------------------------------

    async def _tick(self) -> None:
        """Keep the claims, and find units that were not sent and chunks that were lost; once per ``BEAT_S``."""
        self._ticked_at = time.monotonic()
        self._claims.allow_copies()
        self._is_listed = True
        await self._broker.renew_owner(self.flow.caller, self.run_entry())
        if unsent := self._unsent_units():
            await self._submit(unsent)
        self._last_error = await self._dispatcher.missing_workers() or self._last_error
        lost = await self._dispatcher.find_lost(trust_heartbeats=not self._outage.may_lack_heartbeats)
        if lost:
            await self._retry_lost(lost, fault_of(UnscorableReason.WORKER_LOST))

    def _unsent_units(self) -> list[Unit]:
        """Return units that should have a result and are not on their way: Redis failed while they were being sent."""
        elsewhere = self._claims.elsewhere
        return [
            unit
            for unit in self._results.expected()
            if unit.number not in elsewhere and not self._dispatcher.is_in_flight(unit)
        ]

    async def _retry_lost(self, lost: Sequence[tuple[InFlightChunk, FailureWeight]], fault: Fault) -> None:
        """Send what is left of lost chunks again; a unit that is given up gets ``fault`` as its result."""
        self._reread()
        chunks, given_up = self._dispatcher.replace_lost(lost)
        for unit in given_up:
            await self._add_result(unit, fault, cached=False)
        await self._dispatcher.resend(chunks)

    def _end(self, *, is_unfinished: bool) -> None:
        """Have what Redis holds of it removed; cancel its work first if some is left."""
        cancels = is_unfinished or self._dispatcher.is_busy
        if cancels or self._is_listed:
            self._broker.run_in_background(partial(self._clean_up, cancels=cancels))
        else:
            self._broker.ended.add(self.id)

    async def _clean_up(self, *, cancels: bool) -> None:
        if cancels:
            await self._dispatcher.cancel()
        await self._broker.ended.delete(self.id)
        if self._is_listed:
            await self._broker.runs.remove(self.flow.caller, self.id)

    async def _keep(self, ended_at: float) -> None:
        """Write programs and results for a person who looks for a reason (``GET /v1/executions``)."""
        recorder = self._writer.recorder
        await self._broker.kept.write(
            self.flow.caller,
            lambda: recorder.kept_execution(self.summary(), began_at=self._began_at, ended_at=ended_at),
        )
