"""One execution from admission to the last answer: the owner's side of the queue.

Decides who is answered what and when: what comes from the cache, what is sent out, what is sent out again
because a worker was lost, what is given up. Promises that every candidate is answered exactly once, with a
verdict or with the reason why there is none. Lives in one API process; if that dies, workers finish what
they have and fill the cache, and the answer is lost with its connection.
"""

import time
from collections.abc import AsyncGenerator, Iterable, Mapping, Sequence

from redis import RedisError

from clients.contract import Candidate, ExecutionSummary, Slug, UnscorableReason
from services.executor import keys
from services.executor.autolimit import PROBE_S, Calibration
from services.executor.broker import Broker
from services.executor.cache import Claim
from services.executor.dispatch import Dispatcher
from services.executor.flights import Flight
from services.executor.intake import Intake
from services.executor.plan import Unit, make_units, suite_keys
from services.executor.sandbox import RUNNER_VERSION, Rules
from services.executor.settings import BEAT_S
from services.executor.verdicts import Fault, Seat, Verdict, decode, result_line
from services.kit.problems import ProblemError

MARGIN_S = 60
"""How long what belongs to an execution outlives its deadline in Redis."""
ASK_AGAIN_S = 0.1
"""How often work that another execution has in hand is asked after."""

Answer = tuple[int, bytes]
"""A candidate's position and the JSON of its result."""

_WORDS = {
    UnscorableReason.DEADLINE: "not judged before the request's deadline; send less at a time or allow more",
    UnscorableReason.CANCELLED: "cancelled before it was judged",
    UnscorableReason.QUEUE_UNAVAILABLE: "the queue went away while the request waited; send it again",
    UnscorableReason.WORKER_LOST: "two workers died while they had it; look at their logs",
}


class Execution:
    """A request being run."""

    def __init__(self, execution_id: str, intake: Intake, broker: Broker) -> None:
        request = intake.request
        self.id = execution_id
        self.total = len(request.candidates)
        self._intake = intake
        self._broker = broker
        self._ends_at = time.monotonic() + intake.deadline_s
        self._ttl_s = int(intake.deadline_s) + MARGIN_S
        self._weights = {checked.suite.id: checked.suite.weights for checked in intake.suites}
        spec = broker.settings.environments[request.environment].spec(request.environment)
        self._suite_keys = suite_keys(intake, spec)
        self._dispatcher = Dispatcher(execution_id, intake, self._suite_keys, broker, self._ttl_s)
        self._open: dict[int, Unit] = {}
        self._theirs: dict[int, Unit] = {}
        self._rounds: dict[int, Calibration] = {}
        self._ready: list[Answer] = []
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
        faults = self._intake.faults
        self._ready = [(index, self._line(index, fault, cached=False)) for index, fault in faults.items()]
        members = [index for index in range(self.total) if index not in faults]
        if not members:
            return
        try:
            await self._broker.admit(self._intake.request.environment, len(members))
            await self._first_round(members)
        except (RedisError, OSError) as exc:
            raise ProblemError(
                Slug.QUEUE_UNAVAILABLE, "Redis does not answer; try again shortly.", retry_after_s=1
            ) from exc

    async def answers(self) -> AsyncGenerator[list[Answer], None]:
        """Yield answers as they come, each candidate's once; closing it early cancels the rest.

        May yield an empty list, about once a second: a chance to see whether anybody still listens.
        """
        try:
            while self._ready or self._open:
                batch, self._ready = self._ready, []
                yield batch
                if self._open:
                    await self._advance()
        finally:
            self._broker.later(self._clean_up(unfinished=bool(self._open)))

    def summary(self) -> ExecutionSummary:
        """What is said beside the results; complete once all are answered."""
        limits = {place: calibration.limit_s for place, calibration in self._rounds.items()}
        infos = [checked.info(limits.get(place)) for place, checked in enumerate(self._intake.suites)]
        return ExecutionSummary(id=self.id, suites=infos, runner_version=RUNNER_VERSION)

    def seats(self) -> list[tuple[str, str]]:
        """Id and suite of each candidate, in request order."""
        candidates = self._intake.request.candidates
        return [(_name(candidate, index), candidate.suite) for index, candidate in enumerate(candidates)]

    @property
    def cancelled(self) -> bool:
        """Whether somebody cancelled it before it had ended."""
        return self._end is UnscorableReason.CANCELLED

    # -- rounds --------------------------------------------------------------------------------------

    async def _first_round(self, members: Sequence[int]) -> None:
        limits = self._intake.request.limits
        auto = limits.cpu_s == "auto"
        units = self._make_units(members, PROBE_S if auto else None)
        if auto:
            for unit in units:
                self._rounds.setdefault(unit.suite, Calibration(set())).expected.add(unit.number)
        await self._submit(units)

    def _make_units(self, members: Iterable[int], cpu_s: float | None) -> list[Unit]:
        request = self._intake.request
        limits = request.limits if cpu_s is None else request.limits.model_copy(update={"cpu_s": cpu_s})
        rules = Rules(limits, request.state, request.on_timeout)
        units = make_units(self._intake, members, self._suite_keys, rules, self._units)
        self._units += len(units)
        return units

    async def _submit(self, units: Sequence[Unit]) -> None:
        self._open.update((unit.number, unit) for unit in units)
        if self._intake.request.cache:
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
        try:
            await self._read()
            if self._theirs and time.monotonic() - self._asked_at >= ASK_AGAIN_S:
                await self._claim(list(self._theirs.values()))
            if time.monotonic() - self._ticked_at >= BEAT_S:
                await self._tick()
        except (RedisError, OSError):
            self._end = UnscorableReason.QUEUE_UNAVAILABLE
        if time.monotonic() >= self._ends_at:
            self._end = self._end or UnscorableReason.DEADLINE
        if self._end is not None:
            self._give_up(self._end)

    async def _read(self) -> None:
        patience_s = ASK_AGAIN_S if self._theirs else float(BEAT_S)
        patience_s = max(min(patience_s, self._ends_at - time.monotonic()), 0.001)
        entries = await self._broker.read(keys.results(self.id), self._last_entry, patience_s)
        for entry, fields in entries:
            self._last_entry = entry
            await self._absorb(fields)

    async def _absorb(self, fields: Mapping[bytes, bytes]) -> None:
        if b"cancel" in fields:
            self._end = UnscorableReason.CANCELLED
        for name, record in fields.items():
            if name.isdigit() and (unit := self._open.get(int(name))):
                await self._settle(unit, decode(record), cached=False)
        if b"back" in fields and (flight := self._dispatcher.flight(int(fields[b"back"]))):
            fault = Fault(UnscorableReason.SANDBOX_FAILURE, fields[b"why"].decode())
            await self._lost([flight], int(fields[b"at_fault"]), fault)

    async def _settle(self, unit: Unit, result: Verdict | Fault, *, cached: bool) -> None:
        """Answer a unit's candidates, unless ``auto`` has yet to decide."""
        self._close(unit)
        calibration = self._rounds.get(unit.suite)
        if calibration is None or calibration.limit_s is not None:
            self._answer(unit, result, cached=cached)
            return
        verdict = result if isinstance(result, Verdict) else None
        if calibration.settle(unit, verdict, cached=cached):
            self._answer(unit, result, cached=cached)
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
                self._answer(unit, verdict, cached=cached)
        calibration.held.clear()
        if again:
            await self._submit(self._make_units(again, limit_s))

    def _close(self, unit: Unit) -> None:
        self._open.pop(unit.number, None)
        self._dispatcher.arrived(unit)

    def _answer(self, unit: Unit, result: Verdict | Fault, *, cached: bool) -> None:
        self._broker.note(result, len(unit.members))
        self._ready += [(index, self._line(index, result, cached=cached)) for index in unit.members]

    def _line(self, index: int, result: Verdict | Fault, *, cached: bool) -> bytes:
        candidate = self._intake.request.candidates[index]
        weights = self._weights[candidate.suite]
        seat = Seat(index, _name(candidate, index), candidate.suite)
        return result_line(seat, result, self._intake.request.reward, weights, cached=cached)

    # -- what goes wrong -----------------------------------------------------------------------------

    async def _tick(self) -> None:
        self._ticked_at = time.monotonic()
        await self._broker.say_alive(self.id)
        lost = await self._dispatcher.find_lost()
        if lost:
            reason = UnscorableReason.WORKER_LOST
            await self._lost(lost, 1, Fault(reason, _WORDS[reason]))

    async def _lost(self, lost: Sequence[Flight], losses: int, fault: Fault) -> None:
        for unit in await self._dispatcher.resend(lost, losses):
            await self._settle(unit, fault, cached=False)

    def _give_up(self, reason: UnscorableReason) -> None:
        for unit in list(self._open.values()):
            self._answer(unit, Fault(reason, _WORDS[reason]), cached=False)
        self._open.clear()

    async def _clean_up(self, *, unfinished: bool) -> None:
        if unfinished or self._dispatcher.busy:
            await self._dispatcher.recall()
        await self._broker.forget(self.id)


def _name(candidate: Candidate, index: int) -> str:
    return candidate.id if candidate.id is not None else str(index)
