"""One suite against some programs: which session judges what, and what becomes of sessions that say nothing.

Programs go one after another through one session; when a program sleeps (no CPU used, nothing heard), the rest move
to a new session, so that nobody waits for a sleeper. Programs at the edge of a limit are judged again at the end, alone
(``again``). A session that dies costs the test that ran in it, after one more try; a jail that dies, or a session
that does not answer, costs nothing, after some more tries.
"""

import selectors
import time
from collections import deque
from collections.abc import Callable, Iterator
from typing import Any

from clients.contract import Outcome, Printed, Suite, TestResult
from services.executor.sandbox import Judgement, Rules, SandboxFault
from services.executor.sandbox.session import (
    WINDOW,
    NoSessionFree,
    Session,
    SessionDied,
    Sessions,
    SessionSilent,
    Task,
    suite_line,
)

_TICK_S = 0.02
"""How often a silent session is looked at."""
_ASLEEP_AFTER_S = 0.04
_ASLEEP_SHARE = 0.1
"""A program that computed in less than this share of the time sleeps (or starves; then moving on hurts nobody)."""
_CHECKER_MARGIN_S = 1.0
"""CPU seconds a test may spend in the checker beyond what it may spend in the program."""
_WALL_MARGIN_S = 10.0
"""The checker enforces wall time itself; this long after it should have, it is not going to."""
_MAX_SESSIONS = 64
_JAIL_TRIES = 2
_SILENCES = 3
"""Of sessions that judge one program, two seconds each: after as many there is no verdict, by no fault of its own."""


class Run:
    """One call of ``judge``."""

    def __init__(self, sandbox: Sessions, suite: Suite, rules: Rules, tasks: list[Task]) -> None:
        self._sandbox = sandbox
        self._size = suite.size
        self._rules = rules
        self._suite = suite_line(suite, rules)
        self._work = deque(tasks)
        self._edge: deque[Task] = deque()
        """Programs to be judged again, alone."""
        self._sessions: list[Session] = []
        self._selector = selectors.DefaultSelector()
        self._done: list[Judgement] = []
        self._left = len(tasks)
        self._jail_deaths = 0
        self._dead_jail: object = None

    def judgements(self, on_asleep: Callable[[], None], cancelled: Callable[[], bool]) -> Iterator[Judgement]:
        """Yield each program's judgement as it is done; see ``Sandbox.judge``."""
        told = False
        while self._left:
            if cancelled():
                self._drop()
            self._staff()
            self._listen()
            yield from self._done
            self._done.clear()
            if not told and self._only_sleepers():
                told = True
                on_asleep()

    def _only_sleepers(self) -> bool:
        waiting = self._work or self._edge
        return not waiting and bool(self._sessions) and all(session.asleep for session in self._sessions)

    def close(self) -> None:
        """Let every session go."""
        for session in list(self._sessions):
            self._dismiss(session)
        self._selector.close()

    # Sessions and their work

    def _staff(self) -> None:
        """See that work has a session, and a session work."""
        if self._edge and not self._work and not any(s.tasks and not s.asleep for s in self._sessions):
            self._work.append(self._edge.popleft())
        active = next((s for s in self._sessions if not s.retiring), None)
        if active is None and self._work and len(self._sessions) < _MAX_SESSIONS:
            active = self._open()
        while active and self._work and len(active.tasks) < WINDOW:
            active.give(self._work.popleft())
        for session in list(self._sessions):
            if not session.tasks and (session.retiring or not self._work):
                self._dismiss(session, keep=not session.retiring)

    def _open(self) -> Session | None:
        try:
            session = self._sandbox.open_session(self._suite, self._rules.limits)
        except NoSessionFree:
            return None
        except SandboxFault as fault:
            self._jail_deaths += 1
            if self._jail_deaths > _JAIL_TRIES:
                self._give_up(list(self._work), str(fault))
                self._work.clear()
            return None
        self._sessions.append(session)
        self._selector.register(session, selectors.EVENT_READ, session)
        return session

    def _dismiss(self, session: Session, *, keep: bool = False) -> None:
        """Let a session go: ``keep`` it for another suite if it did all it was given."""
        self._sessions.remove(session)
        self._selector.unregister(session)
        if keep:
            self._sandbox.keep_session(session, self._rules.limits)
        else:
            self._sandbox.end_session(session)

    def _listen(self) -> None:
        if not self._sessions:
            time.sleep(_TICK_S)  # a session is to be had again when another run lets one go
            return
        for session in self._sessions:
            self._select(session, writing=session.send())
        events = self._selector.select(_TICK_S)
        for key, _mask in events:
            self._hear(key.data)
        now_s = time.monotonic()
        for session in list(self._sessions):
            if session.tasks and now_s - session.quiet_since_s > _ASLEEP_AFTER_S:
                self._look_at(session, now_s)

    def _select(self, session: Session, *, writing: bool) -> None:
        if writing != session.writing:
            session.writing = writing
            events = selectors.EVENT_READ | (selectors.EVENT_WRITE if writing else 0)
            self._selector.modify(session, events, session)

    # What sessions say

    def _hear(self, session: Session) -> None:
        try:
            lines = session.receive()
        except SessionDied:
            self._died(session)
            return
        for line in lines:
            if line[0] == "test":
                self._take_test(session, line)
            elif line[0] == "end" and session.tasks and session.tasks[0].index == line[1]:
                self._conclude(session.finish())
                self._staff()
            elif line[0] in ("edge", "idle"):
                self._note(session, line)

    def _take_test(self, session: Session, line: list[Any]) -> None:
        _kind, index, t, outcome, cpu_s, message, rests, *printed = line
        task = session.tasks[0] if session.tasks else None
        if task is None or task.index != index or t != len(task.tests):
            return
        task.tests.append(
            TestResult.model_construct(
                outcome=Outcome(outcome),
                cpu_s=cpu_s,
                message=message,
                rests_on_program=rests,
                printed=Printed(**printed[0]) if printed else None,
            )
        )
        task.spent_cpu_s += min(cpu_s, self._cpu_limit_s()) if outcome == "time_limit" else cpu_s
        task.deaths = 0

    def _note(self, session: Session, line: list[Any]) -> None:
        task = session.tasks[0] if session.tasks else None
        if task is not None and task.index == line[1]:
            if line[0] == "edge":
                task.at_edge = True
            else:
                task.spent_idle_s += line[2]

    def _conclude(self, task: Task) -> None:
        """A program's tests are all told: that is its verdict, or the first of its tries."""
        task.tries.add(task.tests, at_edge=task.at_edge)
        if task.tries.decided:
            self._left -= 1
            self._done.append(Judgement(task.index, task.tries.best or []))
        else:
            idle_s = task.spent_idle_s  # one allowance for all its tries
            self._edge.append(Task(task.index, task.program, spent_idle_s=idle_s, tries=task.tries))

    def _drop(self) -> None:
        """Nobody wants the rest; what was judged once has a verdict."""
        for task in (*self._edge, *self._work):
            self._left -= 1
            if task.tries.best:
                self._done.append(Judgement(task.index, task.tries.best))
        self._edge.clear()
        self._work.clear()

    # What sessions do not say

    def _look_at(self, session: Session, now_s: float) -> None:
        try:
            share, checker_s = session.watch()
        except SessionSilent:
            self._silent(session)
            return
        except SessionDied:
            self._died(session)
            return
        if checker_s > self._cpu_limit_s() + _CHECKER_MARGIN_S:
            self._stuck(session, "the test itself used more CPU time than a test may")
        elif now_s - session.still_since_s > self._rules.limits.wall_s + _WALL_MARGIN_S:
            self._stuck(session, "the test itself did not end")
        elif share < _ASLEEP_SHARE and not session.asleep:
            session.asleep = True
            session.retiring = True
            self._work.extendleft(reversed(session.take_back(keep=1)))

    def _cpu_limit_s(self) -> float:
        cpu_s = self._rules.limits.cpu_s
        assert not isinstance(cpu_s, str)
        return cpu_s

    def _stuck(self, session: Session, why: str) -> None:
        """End a checker that a test holds. Which test is known only if it told of each (``eager``)."""
        task, *rest = session.tasks
        self._dismiss(session)
        if task.eager:
            cpu_s = self._cpu_limit_s()  # counts towards the total: else a suite of such tests had no end
            task.tests.append(TestResult(outcome=Outcome.TIME_LIMIT, message=why, cpu_s=cpu_s))
            task.spent_cpu_s += cpu_s
        task.eager = True
        self._again([task, *rest])

    def _died(self, session: Session) -> None:
        """A session ended by itself: its jail's death, or that of the test in hand."""
        tasks = list(session.tasks)
        self._dismiss(session)
        if not tasks:
            return
        if not self._sandbox.alive(session.jail):
            if session.jail is not self._dead_jail:  # one death ends every session of a jail
                self._dead_jail = session.jail
                self._jail_deaths += 1
            if self._jail_deaths > _JAIL_TRIES:
                self._give_up(
                    tasks, "the jail died, and died again when started afresh: read the worker's log"
                )
            else:
                self._again(tasks)
            return
        self._blame(tasks)

    def _silent(self, session: Session) -> None:
        """A session whose warden does not answer: the machine's fault, whatever ran in it."""
        task, *rest = session.tasks
        if not self._sandbox.alive(session.jail):
            self._died(session)
            return
        self._dismiss(session)
        task.silences += 1
        if task.silences >= _SILENCES:
            self._give_up([task], "the session did not answer, however often it was started afresh")
            self._again(rest)
        else:
            self._again([task, *rest])

    def _blame(self, tasks: list[Task]) -> None:
        """A checker died of the test in hand, or of the one it told of too late."""
        task = tasks[0]
        task.deaths += 1
        if task.deaths > 1 and task.eager:
            message = "judging this test ended the checker, twice"
            task.tests.append(TestResult(outcome=Outcome.RUNTIME_ERROR, message=message))
            task.deaths = 0
        task.eager = True
        self._again(tasks)

    def _again(self, tasks: list[Task]) -> None:
        """Put programs back to work, or conclude those whose tests are all told."""
        for task in reversed(tasks):
            if len(task.tests) >= self._size:
                self._conclude(task)
            else:
                self._work.appendleft(task)

    def _give_up(self, tasks: list[Task], why: str) -> None:
        for task in tasks:
            self._left -= 1
            tests = task.tries.best or []
            self._done.append(Judgement(task.index, tests, fault="" if tests else why))
