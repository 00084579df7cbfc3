"""Decides what a session that died, got stuck or stopped answering means for the programs it had. No I/O.

Only the first program of a session was being judged; the others are judged elsewhere and lose nothing. For the first:

- The jail died, or the supervisor of the session ended or stopped answering, as it does where a process cannot be
  confined, or the checker was killed (SIGKILL): the machine's fault. The program is judged again where it stopped. It
  is given up, without a verdict, only after several such failures. A program cannot kill a checker: it shares no pid
  namespace and no user with it, and the kernel, where memory is short, kills the process that has the most.
- The checker died otherwise, or is stuck in a test: the test that ran, or an answer that it cannot take, is the likely
  cause. So is it where a test evaluates an answer, which may send signals. Which test that was is known only if
  the checker reported each test, so the program is first judged again with ``report_each_test``. Then a test that gets
  stuck has run out of time, and a test at which checkers died twice in a row is a runtime error. The next test is run
  after it.
"""

import time
from collections.abc import Sequence

from clients.contract import Outcome, TestResult
from services.executor.sandbox.scheduler.tasks import ProgramTask, TaskQueue

_MAX_JAIL_DEATHS = 2
"""Deaths of a jail that one call tolerates: a third is no coincidence."""
_MAX_SILENT_SESSIONS = 3
"""Sessions that may end or stop answering while they judge one program, two seconds each. After as many the program is
given up without a verdict: the machine is at fault, not the program. It is busy, or cannot start another process."""


class SessionFailures:
    """Counts the failures of the sessions of one call, and puts their programs back into the queue or gives them up."""

    def __init__(self, queue: TaskQueue, cpu_limit_s: float) -> None:
        self._queue = queue
        self._cpu_limit_s = cpu_limit_s
        self._jail_deaths = 0
        self._dead_jail: object = None

    def jail_did_not_start(self, message: str) -> None:
        """Count a failed start. After too many, every waiting program is given up."""
        self._jail_deaths += 1
        if self._jail_deaths > _MAX_JAIL_DEATHS:
            self._queue.give_up(self._queue.take_all(), message)

    def jail_died(self, tasks: Sequence[ProgramTask], jail: object) -> None:
        """Handle the death of a jail: the programs are judged in another jail, up to a limit of deaths."""
        if jail is not self._dead_jail:  # the death of a jail ends all its sessions: count it once
            self._dead_jail = jail
            self._jail_deaths += 1
        if self._jail_deaths > _MAX_JAIL_DEATHS:
            reason = (
                f"the jail failed {self._jail_deaths} times while judging this chunk: read the worker's log"
            )
            self._queue.give_up(tasks, reason)
        else:
            self._resume(tasks)

    def session_died(self, tasks: Sequence[ProgramTask]) -> None:
        """Handle the death of a checker in a living jail: the test that ran may have ended it."""
        task = tasks[0]
        task.session_deaths += 1
        if task.session_deaths > 1 and task.report_each_test:
            message = "judging this test ended the checker, twice"
            task.tests.append(TestResult(outcome=Outcome.RUNTIME_ERROR, message=message))
            task.session_deaths = 0
        task.report_each_test = True
        self._resume(tasks)

    def session_silent(self, tasks: Sequence[ProgramTask]) -> None:
        """Handle a session that is silent, or that the machine ended: its program is judged elsewhere, to a limit."""
        task, *rest = tasks
        task.silent_sessions += 1
        if task.silent_sessions >= _MAX_SILENT_SESSIONS:
            reason = (
                f"the jail's session ended or did not answer, {_MAX_SILENT_SESSIONS} times: the machine is overloaded, "
                "short of memory, or cannot start another process, or confine one"
            )
            self._queue.give_up([task], reason)
            self._resume(rest)
        else:
            self._resume(tasks)

    def checker_stuck(self, tasks: Sequence[ProgramTask], reason: str) -> None:
        """Handle a session that was ended because a test did not end in its checker."""
        task = tasks[0]
        if task.report_each_test:
            # The limit counts towards the total: otherwise a suite of such tests would have no end.
            cpu_s = self._cpu_limit_s
            task.tests.append(TestResult(outcome=Outcome.TIME_LIMIT, message=reason, cpu_s=cpu_s))
            task.spent_cpu_s += cpu_s
        task.report_each_test = True
        self._resume(tasks)

    def overdue(self, tasks: Sequence[ProgramTask]) -> None:
        """Handle a session that was ended because a repeated attempt took too long: the best attempt counts."""
        task, *rest = tasks
        self._queue.give_up([task], "")  # no reason needed: it has a finished attempt
        self._resume(rest)

    def _resume(self, tasks: Sequence[ProgramTask]) -> None:
        self._queue.resume(tasks, time.monotonic())
