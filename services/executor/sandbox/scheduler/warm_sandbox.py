"""The sandbox over any wall: keeps a jail warm, and sessions in it. What is judged in them is ``run``'s to direct."""

import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence

from clients.contract import Limits, Suite
from services.executor.sandbox import Judgement, Rules, SandboxFault
from services.executor.sandbox.jail import Jail, Wall
from services.executor.sandbox.scheduler.again import Tries
from services.executor.sandbox.scheduler.run import Run
from services.executor.sandbox.scheduler.session import NoSessionFree, Session, SessionDied
from services.executor.sandbox.scheduler.tasks import Task

_IDLE_SESSIONS = 4
"""Sessions kept warm for the next suite, one for each of the limits in use: starting one costs as much as judging
two programs."""
_KEPT_TERMS = ("memory_bytes", "processes", "output_bytes", "total_cpu_s")
_SLOTS = 340  # three uids each: candidate, checker, compiler
_FOR_THE_AWAKE = 40
"""Of the slots: one for the chunk in hand, the others for programs of sleeping chunks that have to start anew."""


class WarmSandbox:
    """``Sandbox`` over one wall."""

    def __init__(self, wall: Wall) -> None:
        self._wall = wall
        self._jail: Jail | None = None
        self._lock = threading.Lock()
        self._slots = deque(range(_SLOTS))
        self._idle: dict[tuple[float, ...], Session] = {}

    # Lifecycle

    def start(self) -> None:
        """Start the jail. Raises ``SandboxUnavailable``."""
        self.jail()

    def jail(self) -> Jail:
        """Return the running jail, started afresh if it died. Raises ``SandboxUnavailable``."""
        with self._lock:
            if self._jail is not None and not self._jail.alive():
                self._stop()
            if self._jail is None:
                try:
                    self._jail = Jail(self._wall)
                except SandboxFault:
                    self._wall.tidy()
                    raise
            return self._jail

    def alive(self, jail: object) -> bool:
        """Whether this jail runs and answers; one that does not is stopped."""
        with self._lock:
            if self._jail is not None and not (self._jail.alive() and self._jail.answers()):
                self._stop()
            return self._jail is jail

    def close(self) -> None:
        """End the jail. May be called twice."""
        with self._lock:
            self._stop()

    def _stop(self) -> None:
        for session in self._idle.values():
            session.close()
            self._slots.append(session.slot)
        self._idle.clear()
        if self._jail is not None:
            self._jail.stop()
            self._jail = None
            self._wall.tidy()

    # Sessions

    @property
    def crowded(self) -> bool:
        """Whether the sessions that are left are for programs that are awake."""
        return len(self._slots) < _FOR_THE_AWAKE

    def open_session(self, suite: bytes, limits: Limits, *, to_sleep: bool = False) -> Session:
        """Return a session that knows the suite. Raises ``NoSessionFree``, ``SandboxFault``, ``SandboxUnavailable``."""
        session = self._idle_session(limits) or self._new_session(limits, _FOR_THE_AWAKE if to_sleep else 0)
        session.open(suite)
        return session

    def _idle_session(self, limits: Limits) -> Session | None:
        """Return an idle session with these limits and a new checker, if there is one."""
        jail = self.jail()
        with self._lock:
            session = self._idle.pop(_kept(limits), None)
        if session is None:
            return None
        try:
            if session.jail is jail:
                session.renew()
                return session
        except SessionDied:
            pass
        self.end_session(session)
        return None

    def _new_session(self, limits: Limits, left: int) -> Session:
        with self._lock:
            if len(self._slots) <= left:
                raise NoSessionFree
            slot = self._slots.popleft()
        terms = {
            "candidate_uid": self._wall.first_uid + 3 * slot,
            "checker_uid": self._wall.first_uid + 3 * slot + 1,
            **dict(zip(_KEPT_TERMS, _kept(limits), strict=True)),
        }
        try:
            jail = self.jail()
            leash, channel = jail.open_session(terms)
        except (OSError, SandboxFault):
            with self._lock:
                self._slots.append(slot)
            raise
        return Session(leash, channel, slot, jail)

    def end_session(self, session: Session) -> None:
        """End a session; its uids are used again last."""
        session.close()
        with self._lock:
            self._slots.append(session.slot)

    def keep_session(self, session: Session, limits: Limits) -> None:
        """Keep a session whose programs are all judged for the next suite with the same limits."""
        with self._lock:
            spare = self._idle.pop(_kept(limits), None)
            if spare is None and len(self._idle) >= _IDLE_SESSIONS:
                spare = self._idle.pop(next(iter(self._idle)))
            self._idle[_kept(limits)] = session
        if spare is not None:
            self.end_session(spare)

    def judge(
        self,
        suite: Suite,
        programs: Sequence[str],
        rules: Rules,
        *,
        on_asleep: Callable[[], None] = lambda: None,
        cancelled: Callable[[], bool] = lambda: False,
    ) -> Iterator[Judgement]:
        """See ``Sandbox.judge``."""
        wall_s = rules.limits.total_wall_s  # judging again may take as long as the first time may be idle
        tasks = [Task(index, text, Tries(wall_s)) for index, text in enumerate(programs)]
        run = Run(self, suite, rules, tasks)
        try:
            yield from run.judgements(on_asleep, cancelled)
        finally:
            run.close()


def _kept(limits: Limits) -> tuple[float, ...]:
    """Return the limits that a session keeps for its life."""
    return limits.memory_bytes, limits.processes, limits.output_bytes, limits.total_cpu_s
