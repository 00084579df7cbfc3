"""Holds the programs of one ``judge`` call: what is known about each, and which is judged next. Pure.

A program without a session waits in one of three queues of ``TaskQueue``:

- ``ready``: judged next, in order.
- ``near_limit``: judged again (``attempts``), one at a time, while no other program of the call is awake.
- ``deferred``: slept when every slot for sleeping programs was taken; judged from the start when one is free.
"""

import math
from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from clients.contract import TestResult
from services.executor.sandbox import Judgement
from services.executor.sandbox.scheduler.attempts import Attempts


@dataclass(slots=True, eq=False)
class ProgramTask:
    """One attempt at judging one program by all tests of the suite."""

    index: int
    """Position of the program in the call."""
    program: str
    attempts: Attempts
    """The attempts that are finished. Shared by all tasks of the program."""
    tests: list[TestResult] = field(default_factory=list)
    """Results of this attempt, in the order of the tests. A new session continues after them."""
    spent_cpu_s: float = 0.0
    spent_idle_s: float = 0.0
    idle_before_s: float = 0.0
    """The part of ``spent_idle_s`` that earlier attempts used: all attempts share one allowance of idle time."""
    again_since_s: float = math.inf
    """For a repeated attempt: when it became ready for the first time, by the monotonic clock."""
    was_deferred: bool = False
    """Whether it was stopped asleep because no slot for sleeping programs was free. It is not stopped twice."""
    report_each_test: bool = False
    """Whether the checker sends each result before it starts the next test. Slower, but it shows at which test a
    session died or got stuck."""
    session_deaths: int = 0
    """Checkers that died while the test at ``len(tests)`` ran."""
    silent_sessions: int = 0
    """Sessions that ended or stopped answering while this program was being judged."""
    is_near_limit: bool = False
    """Whether a test of this attempt went a little over its CPU limit."""

    @property
    def is_begun(self) -> bool:
        """Whether an attempt at the program was begun, in a session that has ended or in one that is past it."""
        return self.attempts.run_s > 0

    def restarted(self) -> "ProgramTask":
        """Return this attempt as if it had not begun, marked as deferred. Results and times so far are dropped."""
        idle_s = self.idle_before_s
        return replace(
            self, tests=[], spent_cpu_s=0.0, spent_idle_s=idle_s, was_deferred=True, is_near_limit=False
        )

    def next_attempt(self) -> "ProgramTask":
        """Return a task for the next attempt at the same program."""
        idle_s = self.spent_idle_s
        return ProgramTask(self.index, self.program, self.attempts, spent_idle_s=idle_s, idle_before_s=idle_s)

    def is_overdue(self, now_s: float) -> bool:
        """Whether this is a repeated attempt that has used up the wall time for all of them."""
        return now_s - self.again_since_s > self.attempts.wall_left_s


class TaskQueue:
    """The programs of one call that wait for a session, and the judgements of those that are done."""

    def __init__(self, tasks: Iterable[ProgramTask], test_count: int) -> None:
        self._test_count = test_count
        self.ready = deque(tasks)
        self.near_limit: deque[ProgramTask] = deque()
        """To be judged again, alone."""
        self.deferred: deque[ProgramTask] = deque()
        """To be judged when a slot for a sleeping program is free."""
        self.undecided = len(self.ready)
        """Programs without a judgement, those in sessions included."""
        self._judgements: list[Judgement] = []

    @property
    def has_work(self) -> bool:
        """Whether a waiting program could be judged now, without a slot for sleeping programs."""
        return bool(self.ready or self.near_limit)

    def release_near_limit(self, now_s: float) -> None:
        """Make one program near its limit ready. Call this when no program of the call is awake."""
        if self.near_limit and not self.ready:
            task = self.near_limit.popleft()
            task.again_since_s = min(task.again_since_s, now_s)
            self.ready.append(task)

    def put_back(self, tasks: Sequence[ProgramTask]) -> None:
        """Put programs that were not begun to the front of the ready ones, in this order."""
        self.ready.extendleft(reversed(tasks))

    def resume(self, tasks: Sequence[ProgramTask], now_s: float) -> None:
        """Put programs whose session ended to the front of the ready ones, or finish those with all results."""
        for task in reversed(tasks):
            if len(task.tests) >= self._test_count:
                self.finish_attempt(task, now_s)
            else:
                self.ready.appendleft(task)

    def finish_attempt(self, task: ProgramTask, now_s: float) -> None:
        """End an attempt that has all its results: the program is judged, or waits to be judged again."""
        attempts = task.attempts
        attempts.add(task.tests, is_near_limit=task.is_near_limit)
        attempts.wall_left_s -= max(0.0, now_s - task.again_since_s)
        if attempts.is_decided:
            self._finish(Judgement(task.index, attempts.best or [], run_s=attempts.run_s))
        else:
            self.near_limit.append(task.next_attempt())

    def give_up(self, tasks: Iterable[ProgramTask], reason: str) -> None:
        """End programs: the best finished attempt counts; without one, there is no verdict, for this ``reason``."""
        for task in tasks:
            tests = task.attempts.best or []
            self._finish(Judgement(task.index, tests, "" if tests else reason, task.attempts.run_s))

    def cancel(self, in_sessions: Iterable[ProgramTask]) -> None:
        """End every program. Those with a finished attempt are judged by it, the others get no judgement."""
        tasks = [*in_sessions, *self.take_all()]
        self.undecided = 0
        self._judgements += [
            Judgement(task.index, task.attempts.best, run_s=task.attempts.run_s)
            for task in tasks
            if task.attempts.best
        ]

    def hand_over(self, tasks: Sequence[ProgramTask]) -> None:
        """Forget programs that are judged elsewhere: ready ones, and some that a session had and did not begin."""
        self.ready = deque(task for task in self.ready if task not in tasks)
        self.undecided -= len(tasks)

    def take_all(self) -> list[ProgramTask]:
        """Remove and return every waiting program."""
        tasks = [*self.near_limit, *self.ready, *self.deferred]
        for queue in (self.near_limit, self.ready, self.deferred):
            queue.clear()
        return tasks

    def take_judgements(self) -> list[Judgement]:
        """Remove and return the judgements made since the last call."""
        judgements, self._judgements = self._judgements, []
        return judgements

    def _finish(self, judgement: Judgement) -> None:
        self.undecided -= 1
        self._judgements.append(judgement)
