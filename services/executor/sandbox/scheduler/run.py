"""One suite against some programs: which session judges what, and what becomes of sessions that say nothing.

Programs go one after another through one session; when a program sleeps (no CPU used, nothing heard), the rest move
to a new session, so that nobody waits for a sleeper. Where sleepers have taken all the places there are for them, the
next ones are ended and judged later: they keep nobody from a session either. Programs at the edge of a limit are judged
again at the end, alone (``again``). A session that dies costs the test that ran in it, after one more try; a jail that
dies, or a session that does not answer, costs nothing, after some more tries.
"""

import selectors
import time
from collections.abc import Callable, Iterator
from typing import Any

from clients.contract import Outcome, Suite, TestResult
from services.executor.sandbox import Judgement, Rules, SandboxFault
from services.executor.sandbox.scheduler.messages import result_of, suite_line
from services.executor.sandbox.scheduler.session import (
    WINDOW,
    NoSessionFree,
    Session,
    SessionDied,
    Sessions,
    SessionSilent,
)
from services.executor.sandbox.scheduler.tasks import Task
from services.executor.sandbox.scheduler.waiting import Waiting

_TICK_S, _SLOW_TICK_S = 0.02, 0.25
"""How often silent sessions are seen to, and where all of them sleep."""
_ASLEEP_SHARE = 0.1
"""A program that computed in less than this share of the time sleeps (or starves; then moving on hurts nobody)."""
_CHECKER_MARGIN_S = 1.0
"""CPU seconds a test may spend in the checker beyond what it may spend in the program."""
_WALL_MARGIN_S = 10.0
"""The checker enforces wall time itself; this long after it should have, it is not going to."""
_MAX_SESSIONS = 64
"""Of one call of ``judge``, sleepers and all: each holds processes of the jail."""
_JAIL_TRIES = 2
"""Deaths of jails that a call outlives: a third is no coincidence."""
_SILENCES = 3
"""Of sessions that judge one program, two seconds each: after as many there is no verdict, by no fault of its own."""


class Run:
    """One call of ``judge``."""

    def __init__(self, sandbox: Sessions, suite: Suite, rules: Rules, tasks: list[Task]) -> None:
        self._sandbox = sandbox
        self._size = suite.size
        self._rules = rules
        self._suite = suite_line(suite, rules)
        self._waiting = Waiting(tasks)
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
            else:
                self._staff()
                self._listen()
            yield from self._done
            self._done.clear()
            if not told and self._only_sleepers():
                told = True
                on_asleep()

    def _only_sleepers(self) -> bool:
        return not self._waiting.awake and bool(self._left) and not self._anyone_awake()

    def _anyone_awake(self) -> bool:
        return any(session.tasks and not session.asleep for session in self._sessions)

    def close(self) -> None:
        """Let every session go."""
        for session in list(self._sessions):
            self._dismiss(session)
        self._selector.close()

    # Sessions and their work

    def _staff(self) -> None:
        """See that work has a session, and a session work."""
        if not self._anyone_awake():
            self._waiting.all_is_quiet(time.monotonic())
            if not self._waiting.ready:
                self._let_sleep()
        active = next((s for s in self._sessions if not s.retiring), None)
        if active is None and self._waiting.ready and len(self._sessions) < _MAX_SESSIONS:
            active = self._open()
        while active and self._waiting.ready and len(active.tasks) < WINDOW:
            active.give(self._waiting.ready.popleft())
        for session in list(self._sessions):
            if not session.tasks and (session.retiring or not self._waiting.ready):
                self._dismiss(session, keep=not session.retiring)

    def _let_sleep(self) -> None:
        """Give a sleeper a place, if there is one."""
        sleepers = self._waiting.sleepers
        if sleepers and len(self._sessions) < _MAX_SESSIONS and (session := self._open(to_sleep=True)):
            session.give(sleepers.popleft())

    def _open(self, *, to_sleep: bool = False) -> Session | None:
        try:
            session = self._sandbox.open_session(self._suite, self._rules.limits, to_sleep=to_sleep)
        except NoSessionFree:
            return None
        except SandboxFault as fault:
            self._jail_deaths += 1
            if self._jail_deaths > _JAIL_TRIES:
                self._give_up(self._waiting.take_all(), str(fault))
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
        tick_s = _TICK_S if self._waiting.awake or self._anyone_awake() else _SLOW_TICK_S
        if not self._sessions:
            time.sleep(tick_s)  # a session is to be had again when another run lets one go
            return
        for session in self._sessions:
            self._select(session, writing=session.send())
        events = self._selector.select(tick_s)
        for key, _mask in events:
            self._hear(key.data)
        now_s = time.monotonic()
        for session in list(self._sessions):
            if session.tasks and session.tasks[0].overdue(now_s):
                self._judged_enough(session)
            elif session.tasks and session.worth_a_look(now_s):
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
        _kind, index, t, *said = line
        task = session.tasks[0] if session.tasks else None
        if task is None or task.index != index or t != len(task.tests):
            return
        test = result_of(*said)
        task.tests.append(test)
        task.spent_cpu_s += min(test.cpu_s, self._cpu_limit_s())
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
        task.tries.wall_left_s -= max(0.0, time.monotonic() - task.again_since_s)
        if task.tries.decided:
            self._left -= 1
            self._done.append(Judgement(task.index, task.tries.best or []))
        else:
            self._waiting.edge.append(task.once_more())

    def _judged_enough(self, session: Session) -> None:
        """End a judgement that goes on for longer than judging again may: the best so far counts."""
        task, *rest = session.tasks
        self._dismiss(session)
        self._give_up([task], "")
        self._again(rest)

    def _drop(self) -> None:
        """Nobody wants the rest: end what is in hand. What was judged once has a verdict."""
        tasks = [task for session in self._sessions for task in session.tasks] + self._waiting.take_all()
        for session in list(self._sessions):
            self._dismiss(session)
        self._left = 0
        self._done += [Judgement(task.index, task.tries.best) for task in tasks if task.tries.best]

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
            self._fell_asleep(session)

    def _fell_asleep(self, session: Session) -> None:
        self._waiting.ready.extendleft(reversed(session.take_back(keep=1)))
        task = session.tasks[0]
        if task.put_off or not (self._sandbox.crowded or len(self._sessions) >= _MAX_SESSIONS):
            session.asleep = True
            session.retiring = True
            return
        self._dismiss(session)
        self._waiting.sleepers.append(task.later())

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
                self._waiting.ready.appendleft(task)

    def _give_up(self, tasks: list[Task], why: str) -> None:
        for task in tasks:
            self._left -= 1
            tests = task.tries.best or []
            self._done.append(Judgement(task.index, tests, fault="" if tests else why))
