"""Schedules the programs of one ``judge`` call over sessions of the jail, and handles time-outs and crashes.

Programs go one after another through one session. A program that sleeps (uses no CPU, sends nothing) keeps its session;
the programs behind it move to a new session, so that no program waits for a sleeping one. When every slot for sleeping
programs is taken, a further one is stopped and judged from the start later. A program near its CPU limit is judged
again, alone (``attempts``). What failed sessions mean for their programs is decided in ``failures``.

Example, with a window of two programs per session. A and E are right, B sleeps, C needs about its CPU limit, the first
test of D ends its checker::

    time      session 1  2    3    4    waiting
    0.00 s    A B                       C D E
    0.05 s    B C                       D E      A has all its results: it is judged.
    0.10 s    B          C D            E        B used under 10 % of the time since the last sample: it sleeps. C is
                                                 taken back. Session 1 gets no more programs and ends with B.
    0.40 s    B          D E            C        C ended a little over its limit: it waits for its second attempt.
    0.50 s    B               D E       C        Session 2 died. D starts again and reports each test; E loses nothing.
    0.55 s    B                    D E  C        Session 3 died in the same test: a runtime error. D goes on after it.
    0.70 s    B                    C             D and E are judged. No program is awake: C's second attempt, alone.
    1.10 s    B                                  C is judged. All that are left sleep: ``on_asleep`` is called.
    10 s                                         B was idle for ``wall_s``: its checker ends the test. B is judged.

Time-outs, from short to long, for what the checker cannot see: a test that does not end in it, or its own end::

    0.02 s             _TICK_S                      the loop wakes up (every 0.25 s when all programs sleep)
    0.04 s quiet       session._QUIET_S             the session's CPU time is sampled, at every tick from then on
    0.1 s CPU          offers.LONG_S                the programs behind this one are offered to other workers
    two samples        _ASLEEP_SHARE                under 10 % computed between them: the program sleeps
    2 s                session._ANSWER_TIMEOUT_S    no answer to a sample: the session is silent, at most three times
    2 s                _ABSENT_S                    the loop itself did not run: that time counts for no session
    cpu_s + 1 s CPU    guest/checker/own_time       the checker ends a test whose own code computes
    cpu_s + 2 s CPU    stuck._CHECKER_MARGIN_S      the checker did not: stuck
    wall_s + 10 s      stuck._WALL_MARGIN_S         no message and no CPU time used: stuck
    total_wall_s       ProgramTask.is_overdue       all repeated attempts of one program: the best so far counts
"""

import selectors
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

from clients.contract import Isolation, Suite
from services.executor.sandbox import Judgement, Rules, SandboxFault
from services.executor.sandbox.scheduler.failures import SessionFailures
from services.executor.sandbox.scheduler.messages import may_evaluate, result_of, suite_line
from services.executor.sandbox.scheduler.offers import Offers
from services.executor.sandbox.scheduler.session import WINDOW, Session, SessionDied
from services.executor.sandbox.scheduler.session_pool import NoSessionFree, SessionPool
from services.executor.sandbox.scheduler.stuck import reason_if_stuck
from services.executor.sandbox.scheduler.tasks import ProgramTask, TaskQueue

_TICK_S, _SLOW_TICK_S = 0.02, 0.25
"""How long the loop waits for messages; the second where every program sleeps."""
_ASLEEP_SHARE = 0.1
"""A program that computed in less than this share of the time between two samples sleeps. Or it waits for the core:
then moving the others to a new session does no harm."""
_MAX_SESSIONS = 64
"""Sessions of one call, those of sleeping programs included: each holds several processes of the jail."""
_ABSENT_S = 2.0
"""Sessions are looked at every ``_SLOW_TICK_S`` at the latest. After a longer time than this the worker was stopped and
went on (SIGSTOP, ``docker pause``), or waited for Redis: that time shows nothing about a test."""


class SuiteRun:
    """One call of ``judge``: one suite, some programs."""

    def __init__(self, pool: SessionPool, suite: Suite, rules: Rules, tasks: list[ProgramTask]) -> None:
        self._pool = pool
        self._limits = rules.limits
        assert not isinstance(rules.limits.cpu_s, str)
        self._cpu_limit_s = rules.limits.cpu_s
        self._suite = suite_line(suite, rules)
        self._in_same_process = suite.isolation is Isolation.SAME_PROCESS
        self._window = 1 if may_evaluate(suite) else WINDOW
        self._queue = TaskQueue(tasks, suite.size)
        self._failures = SessionFailures(self._queue, self._cpu_limit_s)
        self._sessions: list[Session] = []
        self._looked_at_s = time.monotonic()
        self._selector = selectors.DefaultSelector()

    def judgements(
        self, on_asleep: Callable[[], None], cancelled: Callable[[], bool], offers: Offers
    ) -> Iterator[Judgement]:
        """Yield the judgement of each program when it is made; see ``Sandbox.judge``."""
        reported_asleep = False
        while self._queue.undecided:
            if cancelled():
                self._cancel()
            else:
                self._assign()
                self._listen()
                self._check_sessions()
                offers.make(self._queue, self._sessions)
            yield from self._queue.take_judgements()
            if not reported_asleep and self._all_asleep():
                reported_asleep = True
                on_asleep()

    def _all_asleep(self) -> bool:
        return not self._queue.has_work and bool(self._queue.undecided) and not self._any_awake()

    def _any_awake(self) -> bool:
        return any(session.tasks and not session.asleep for session in self._sessions)

    def _cancel(self) -> None:
        """End every session. Programs with a finished attempt are judged by it."""
        tasks = [task for session in self._sessions for task in session.tasks]
        self._end_sessions()
        self._queue.cancel(tasks)

    def _end_sessions(self) -> None:
        for session in list(self._sessions):
            self._remove(session)

    def close(self) -> None:
        """End every session and free the selector."""
        self._end_sessions()
        self._selector.close()

    # Programs to sessions

    def _assign(self) -> None:
        """Give waiting programs to the active session, and let go of sessions without programs."""
        if not self._any_awake():
            # Now no other program disturbs the measurement of one near its limit. If there is none, a session may go to
            # a program that sleeps.
            self._queue.release_near_limit(time.monotonic())
            if not self._queue.ready:
                self._start_deferred()
        active = next((session for session in self._sessions if not session.retiring), None)
        if active is None and self._queue.ready and len(self._sessions) < _MAX_SESSIONS:
            active = self._open()
        while active and self._queue.ready and len(active.tasks) < active.window:
            active.submit(self._queue.ready.popleft())
        for session in list(self._sessions):
            is_needed = session.tasks or (self._queue.ready and not session.retiring)
            if not is_needed:
                self._remove(session, keep=not (session.retiring or session.evaluating))

    def _start_deferred(self) -> None:
        """Judge one deferred program, if a slot for sleeping programs is free."""
        deferred = self._queue.deferred
        if deferred and len(self._sessions) < _MAX_SESSIONS and (session := self._open(for_sleeping=True)):
            session.submit(deferred.popleft())

    def _open(self, *, for_sleeping: bool = False) -> Session | None:
        """Take a session from the pool; ``None`` if there is none now."""
        try:
            session = self._pool.acquire(self._suite, self._limits, for_sleeping=for_sleeping)
        except NoSessionFree:
            return None
        except SandboxFault as fault:
            self._failures.jail_did_not_start(str(fault))
            return None
        session.window = self._window
        self._sessions.append(session)
        self._selector.register(session, selectors.EVENT_READ, session)
        return session

    def _remove(self, session: Session, *, keep: bool = False) -> None:
        """Return a session to the pool: ``keep`` it for another suite if it has no programs, else end it."""
        session.add_run_time()
        self._sessions.remove(session)
        with suppress(KeyError):  # the selector forgets a session that it fails to watch
            self._selector.unregister(session)
        if keep:
            self._pool.release(session, self._limits)
        else:
            self._pool.discard(session)

    # Messages from sessions

    def _listen(self) -> None:
        """Send what waits to be sent, and handle the messages of one tick."""
        tick_s = _TICK_S if self._queue.has_work or self._any_awake() else _SLOW_TICK_S
        if not self._sessions:
            time.sleep(tick_s)  # no slot is free until another call returns a session to the pool
            return
        for session in self._sessions:
            self._watch_for_write(session, needed=session.send())
        for key, _mask in self._selector.select(tick_s):
            self._read(key.data)

    def _watch_for_write(self, session: Session, *, needed: bool) -> None:
        if needed != session.awaits_write:
            session.awaits_write = needed
            events = selectors.EVENT_READ | (selectors.EVENT_WRITE if needed else 0)
            self._selector.modify(session, events, session)

    def _read(self, session: Session) -> None:
        try:
            messages = session.receive()
        except SessionDied:
            self._handle_death(session)
            return
        is_last = session.evaluating and [session.evaluating.index, session.evaluating.t]
        for message in messages:
            if message[0] == "test":
                self._add_result(session, message)
                if message[1:3] == is_last:
                    self._end_evaluation(session)
                    return
            elif message[0] == "end" and session.tasks and session.tasks[0].index == message[1]:
                self._queue.finish_attempt(session.pop_finished(), time.monotonic())
                self._assign()  # at once: the checker already judges the last program of its window
            elif message[0] in ("edge", "idle"):
                self._note(session, message)
            elif message[0] == "forged":
                self._handle_death(session)
                return
            elif message[0] == "evaluates":
                self._queue.put_back(session.take_back(keep=1))
                for task in session.tasks:  # known now: at which test the session dies or gets stuck
                    task.report_each_test = True

    def _end_evaluation(self, session: Session) -> None:
        """The test that evaluates an answer has its result: judge the rest of the program in another session."""
        now_s = time.monotonic()
        self._remove(session)
        for task in session.tasks:
            if session.evaluating is not None:
                task.spent_idle_s += session.evaluating.idle_s(now_s, task.tests[-1].cpu_s)
        self._queue.resume(list(session.tasks), now_s)

    def _add_result(self, session: Session, message: list[Any]) -> None:
        _kind, index, t, *result = message
        task = session.tasks[0] if session.tasks else None
        if task is None or task.index != index or t != len(task.tests):
            return  # of a program that was taken back
        test = result_of(*result, in_same_process=self._in_same_process)
        task.tests.append(test)
        task.spent_cpu_s += min(test.cpu_s, self._cpu_limit_s)
        task.session_deaths = 0

    def _note(self, session: Session, message: list[Any]) -> None:
        """Record that a test was near its CPU limit (``edge``), or how long the program was idle (``idle``)."""
        task = session.tasks[0] if session.tasks else None
        if task is not None and task.index == message[1]:
            if message[0] == "edge":
                task.is_near_limit = True
            else:
                task.spent_idle_s += message[2]

    # Sessions that send nothing

    def _check_sessions(self) -> None:
        now_s = time.monotonic()
        absent_s, self._looked_at_s = now_s - self._looked_at_s, now_s
        if absent_s > _ABSENT_S:
            for session in self._sessions:
                session.pass_over(absent_s, now_s)
        for session in list(self._sessions):
            if session.tasks and session.tasks[0].is_overdue(now_s):
                self._remove(session)
                self._failures.overdue(list(session.tasks))
            elif session.tasks and session.is_due_for_sample(now_s):
                self._sample(session, now_s)

    def _sample(self, session: Session, now_s: float) -> None:
        """Find out by its CPU time whether a quiet session is stuck or asleep."""
        try:
            share, checker_s = session.sample_cpu()
        except SessionDied:
            self._handle_failure(session, is_silent=True)
            return
        reason = reason_if_stuck(session, now_s, checker_s, self._cpu_limit_s, self._limits.wall_s)
        if reason:
            self._remove(session)
            self._failures.checker_stuck(list(session.tasks), reason)
        elif share < _ASLEEP_SHARE and not session.asleep:
            self._handle_sleep(session)

    def _handle_sleep(self, session: Session) -> None:
        """Let the program sleep in its session, if it may have a slot for that; else defer it."""
        self._queue.put_back(session.take_back(keep=1))
        task = session.tasks[0]
        full = self._pool.is_full_for_sleeping or len(self._sessions) >= _MAX_SESSIONS
        if task.was_deferred or not full:
            session.asleep = True
            session.retiring = True
            return
        self._remove(session)
        self._queue.deferred.append(task.restarted())

    def _handle_death(self, session: Session) -> None:
        """A session ended by itself. A test can end its checker, and nothing that it runs can end the supervisor."""
        self._handle_failure(session, is_silent=session.was_ended_from_outside())

    def _handle_failure(self, session: Session, *, is_silent: bool) -> None:
        """A session's checker ended, or (``is_silent``) the machine ended it or its supervisor, or the jail died."""
        self._remove(session)
        if not (tasks := list(session.tasks)):
            return
        if not self._pool.is_jail_alive(session.jail):
            self._failures.jail_died(tasks, session.jail)
        elif session.evaluating or not is_silent:
            self._failures.session_died(tasks)  # the test, or an answer that it evaluates, can have done that
        else:
            self._failures.session_silent(tasks)
