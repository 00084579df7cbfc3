"""Keeps one jail running and a pool of sessions in it. Thread-safe: several ``judge`` calls share one pool.

Each session runs under user ids of its own, so the number of sessions is limited by slots of user ids. Sessions that
have judged all their programs stay warm for the next suite with the same limits. Each suite has a checker process of
its own. A worker without work has it forked before the suite comes (``renew_idle``). Where more programs of the same
suite follow at once, its checker goes on with them.
"""

import threading
from collections import deque
from contextlib import suppress

from clients.contract import Limits
from services.executor.sandbox import SandboxFault
from services.executor.sandbox.jail import Jail, JailBackend
from services.executor.sandbox.scheduler.session import Session, SessionDied

_IDLE_SESSIONS = 4
"""Sessions kept warm for the next suite, one for each set of limits in use. Starting a session costs as much as judging
two programs."""
_FIXED_TERMS = ("memory_bytes", "processes", "output_bytes", "total_cpu_s")
"""The limits that a session keeps for its life: they are set when it is forked."""
_SLOTS = 340
"""Sessions at once. Each slot is three user ids: candidate, checker, compiler."""
_AWAKE_SLOTS = 40
"""Slots that sleeping programs may not take: one for the chunk being judged, the others for programs of sleeping chunks
that have to start again."""


class NoSessionFree(Exception):
    """Every slot is in use, most of them by sleeping programs. Try again when a session is released."""


class SessionPool:
    """One jail, started again when it died, and its sessions."""

    def __init__(self, backend: JailBackend) -> None:
        self._backend = backend
        self._jail: Jail | None = None
        self._lock = threading.Lock()
        self._slots = deque(range(_SLOTS))
        self._idle: dict[tuple[float, ...], Session] = {}

    # The jail

    def jail(self) -> Jail:
        """Return the running jail; start another if it died. Raises ``SandboxUnavailable``."""
        with self._lock:
            if self._jail is not None and not self._jail.alive():
                self._stop()
            if self._jail is None:
                try:
                    self._jail = Jail(self._backend)
                except SandboxFault:
                    self._backend.clean_up()
                    raise
            return self._jail

    def is_jail_alive(self, jail: object) -> bool:
        """Whether this jail is the current one and answers. A current jail that does not answer is stopped."""
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
            self._backend.clean_up()

    # The sessions

    @property
    def is_full_for_sleeping(self) -> bool:
        """Whether only the slots are left that sleeping programs may not take."""
        return len(self._slots) < _AWAKE_SLOTS

    def acquire(self, suite: bytes, limits: Limits, *, for_sleeping: bool = False) -> Session:
        """Return a session whose checker has the suite.

        ``for_sleeping``: for a program that sleeps, so none of the slots for awake programs.

        Raises:
            NoSessionFree: no slot is free now.
            SandboxFault, SandboxUnavailable: the jail failed or cannot be started.
        """
        session = self._take_idle(suite, limits)
        if session is None:
            session = self._start_session(limits, _AWAKE_SLOTS if for_sleeping else 0)
        if session.is_new:
            session.send_suite(suite)
        return session

    def _take_idle(self, suite: bytes, limits: Limits) -> Session | None:
        """Return the idle session with these limits, with a new checker or one that has the suite; ``None`` if there
        is none.
        """
        jail = self.jail()
        with self._lock:
            session = self._idle.pop(_fixed_limits(limits), None)
        if session is None:
            return None
        try:
            if session.jail is jail:
                if not ((session.is_new or session.can_go_on(suite)) and session.is_checker_alive()):
                    session.replace_checker()
                return session
        except SessionDied:
            pass
        self.discard(session)
        return None

    def _start_session(self, limits: Limits, reserved: int) -> Session:
        """Start a session, unless at most ``reserved`` slots are free."""
        with self._lock:
            if len(self._slots) <= reserved:
                raise NoSessionFree
            slot = self._slots.popleft()
        terms = {
            "candidate_uid": self._backend.first_uid + 3 * slot,
            "checker_uid": self._backend.first_uid + 3 * slot + 1,
            **dict(zip(_FIXED_TERMS, _fixed_limits(limits), strict=True)),
        }
        try:
            jail = self.jail()
            control, channel = jail.open_session(terms)
        except (OSError, SandboxFault):
            with self._lock:
                self._slots.append(slot)
            raise
        return Session(control, channel, slot, jail)

    def release(self, session: Session, limits: Limits) -> None:
        """Keep a session that has no programs left, for the next suite with the same limits."""
        with self._lock:
            surplus = self._idle.pop(_fixed_limits(limits), None)
            if surplus is None and len(self._idle) >= _IDLE_SESSIONS:
                surplus = self._idle.pop(next(iter(self._idle)))
            self._idle[_fixed_limits(limits)] = session
        if surplus is not None:
            self.discard(surplus)

    def renew_idle(self) -> None:
        """Have a new checker forked in every idle session that has judged a suite; does not wait for it.

        The fork takes longer than the judgement of a small suite. So it is done while nothing waits for it.
        """
        with self._lock:
            for session in self._idle.values():
                if not session.is_new:
                    with suppress(SessionDied, OSError):  # noticed again when the session is needed
                        session.replace_checker()

    def discard(self, session: Session) -> None:
        """End a session, whatever it is doing. Its slot goes to the end of the queue: its user ids are reused last."""
        session.close()
        with self._lock:
            self._slots.append(session.slot)


def _fixed_limits(limits: Limits) -> tuple[float, ...]:
    return limits.memory_bytes, limits.processes, limits.output_bytes, limits.total_cpu_s
