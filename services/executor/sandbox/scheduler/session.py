"""Talks to one session of the jail: sends programs, receives test results, samples CPU time. Runs in the worker.

A session is a supervisor process in the jail with one checker at a time and the checker's candidates. The worker holds
two sockets to it: the *control socket* to the supervisor (CPU times, a new checker; closing it ends the session) and
the *channel* to the checker (suite and programs in, results out).

The checker enforces the limits of the candidate. What is measured here is the checker: a test in it may never end, and
its session may die. Decides nothing about programs: that is ``run``.
"""

import json
import os
import signal
import socket
import time
from collections import deque
from contextlib import suppress
from dataclasses import replace
from typing import Any

from services.executor.sandbox.guest.wire.orders import ANSWER, CHECKER_END, CPU, RENEW
from services.executor.sandbox.scheduler.tasks import ProgramTask
from services.executor.sandbox.scheduler.untrusted import (
    MAX_LINE_BYTES,
    MAX_LINES,
    EvaluatingTest,
    ForgedLine,
)

_ANSWER_TIMEOUT_S = 2.0
"""The supervisor of a session only waits for messages. No answer within two seconds means that the machine, not the
program, is at fault."""
_PROGRESS_S = 0.0005
"""CPU seconds between two samples that show a session computes, even if it has to wait for the core."""
_QUIET_S = 0.04
"""A session that sent nothing for this long is sampled."""
_SAMPLE_SLEEPING_S = 0.25
"""How often a sleeping session is sampled: each sample wakes a supervisor, and hundreds of sessions may sleep."""
WINDOW = 2
"""Programs a session holds at once: the one being judged, and the next, so that the checker need not wait for it."""


_USES_OF_CHECKER = 8
"""Chunks of one suite that a checker judges. A further one would save less than a hundredth of its cost."""


class SessionDied(Exception):
    """The processes of the session are gone, or its supervisor does not answer."""


class Session:
    """The worker's side of one session."""

    def __init__(self, control: socket.socket, channel: socket.socket, slot: int, jail: object) -> None:
        self.slot = slot
        """The number of its user ids; returned to the pool when the session ends."""
        self.jail = jail
        self._control = control
        self._control.settimeout(_ANSWER_TIMEOUT_S)
        self._reset(channel)

    def _reset(self, channel: socket.socket) -> None:
        """Start from nothing, with a new checker behind ``channel``."""
        self.is_new = True
        """Whether its checker has no suite yet."""
        self._suite = b""
        self._uses = 0
        self.window = WINDOW
        """Programs it may hold now."""
        self.evaluating: EvaluatingTest | None = None
        """The test that runs what its program returned as code in the checker, which is not trusted any more."""
        self.tasks: deque[ProgramTask] = deque()
        """Programs the checker has; the first is being judged."""
        self._untrusted_lines = 0
        self.retiring = False
        """Whether it gets no more programs and is ended after those it has."""
        self.awaits_write = False
        """Whether the selector of the run watches for a channel that can be written."""
        self.asleep = False
        """Whether the program being judged sleeps."""
        self.channel = channel
        channel.setblocking(False)
        self._outbox = bytearray()
        self._partial = b""
        self.quiet_since_s = time.monotonic()
        """When something was last received, or a program was begun."""
        self.begun_at_s = self.quiet_since_s
        """When the program that is being judged was begun."""
        self.idle_since_s = self.quiet_since_s
        """When something was last received, or CPU time was last seen to be used."""
        self._cpu_at_message = (0.0, 0.0)
        self._last_cpu = (0.0, 0.0)
        self._sampled_at_s = 0.0
        self._first_cpu_s = 0.0
        """CPU seconds at the first sample of the program that is being judged."""

    def fileno(self) -> int:
        """Return the descriptor of the channel, for a selector."""
        return self.channel.fileno()

    def send_suite(self, suite: bytes) -> None:
        """Send the suite to the checker."""
        self.is_new = False
        self._suite = suite
        self._outbox += suite
        self.send()

    def can_go_on(self, suite: bytes) -> bool:
        """Whether its checker, which has judged all its programs, may judge more programs of the suite.

        Counts the calls. All that decides an outcome is in the suite's text. What a checker keeps for a suite has a
        bound by the count.
        """
        self._uses += 1
        return (
            suite == self._suite and self._uses < _USES_OF_CHECKER and not self._outbox and not self._partial
        )

    def replace_checker(self) -> None:
        """Have the supervisor start a new checker, for another suite. Raises ``SessionDied``."""
        channel, checker_end = socket.socketpair()
        with checker_end:
            try:
                socket.send_fds(self._control, [RENEW], [checker_end.fileno()])
            except OSError as error:
                channel.close()
                raise SessionDied from error
        self.channel.close()
        self._reset(channel)

    def is_checker_alive(self) -> bool:
        """Whether a new checker, which has nothing to send yet, still holds its end of the channel."""
        try:
            self.channel.recv(1, socket.MSG_PEEK)
        except BlockingIOError:
            return True
        except OSError:
            pass
        return False

    def submit(self, task: ProgramTask) -> None:
        """Send a program to the checker, which judges it after those it has."""
        if not self.tasks:
            self._restart_clocks()
        self.tasks.append(task)
        line = [
            "program",
            task.index,
            task.program,
            len(task.tests),
            task.spent_cpu_s,
            task.spent_idle_s,
            task.report_each_test,
        ]
        self._outbox += json.dumps(line).encode() + b"\n"
        self.send()

    def _restart_clocks(self) -> None:
        self.quiet_since_s = self.idle_since_s = self.begun_at_s = time.monotonic()

    def send(self) -> bool:
        """Send as much as the channel takes now; return whether something is left."""
        try:
            while self._outbox:
                del self._outbox[: self.channel.send(self._outbox[: 1 << 16])]
        except BlockingIOError:
            return True
        except OSError:
            self._outbox.clear()  # the session died: the next receive() raises
        return bool(self._outbox)

    def receive(self) -> list[list[Any]]:
        """Return the messages that the checker has sent. Raises ``SessionDied`` after the last.

        In place of what an untrusted checker must not send, the last message is ``["forged"]``.
        """
        try:
            data = self.channel.recv(1 << 18)
        except BlockingIOError:
            return []
        except OSError:
            data = b""
        if not data:
            raise SessionDied
        *lines, self._partial = (self._partial + data).split(b"\n")
        if lines:
            self.quiet_since_s = self.idle_since_s = time.monotonic()
            self.asleep = False
            self._cpu_at_message = self._last_cpu
        messages: list[list[Any]] = []
        try:
            for line in lines:
                messages += self._parse(line)
        except ForgedLine:
            messages.append(["forged"])
        if self.evaluating and len(self._partial) > MAX_LINE_BYTES:
            messages.append(["forged"])
        return messages

    def _parse(self, line: bytes) -> list[list[Any]]:
        """Return the messages of one line. After an announcement, the next line is not trusted: ``ForgedLine``."""
        if self.evaluating:
            self._untrusted_lines += 1
            if self._untrusted_lines > MAX_LINES:  # each line would put off the next look at its clocks
                raise ForgedLine
            return self.evaluating.parse(line[:MAX_LINE_BYTES])
        messages: list[list[Any]] = json.loads(line)
        if messages and messages[-1][0] == "evaluates":
            _kind, index, t = messages[-1]
            self.evaluating = EvaluatingTest(index, t, time.monotonic())
            self.window = 0
        return messages

    def pop_finished(self) -> ProgramTask:
        """Remove and return the program that was being judged; the next one begins."""
        self.add_run_time()
        task = self.tasks.popleft()
        self._restart_clocks()
        return task

    def add_run_time(self) -> None:
        """Add the time since the program that is being judged was begun to its ``run_s``: its attempt ends."""
        if self.tasks:
            self.tasks[0].attempts.run_s += time.monotonic() - self.begun_at_s

    def take_back(self, *, keep: int) -> list[ProgramTask]:
        """Remove and return the programs after the first ``keep``. Results that still come for them are ignored."""
        taken = [self.tasks.pop() for _ in range(len(self.tasks) - keep)]
        taken.reverse()
        return taken

    def is_due_for_sample(self, now_s: float) -> bool:
        """Whether it sent nothing for so long that its CPU time should be sampled."""
        if self.asleep:
            return now_s - self._sampled_at_s > _SAMPLE_SLEEPING_S
        return now_s - self.quiet_since_s > _QUIET_S

    def sample_cpu(self) -> tuple[float, float]:
        """Read the CPU clocks of the session.

        Returns the share of the wall time since the last sample in which it computed (1 at the first sample after a
        message), and the CPU seconds of the checker since its last message.

        Raises:
            SessionDied: the supervisor is gone or does not answer. The program is not the cause.
        """
        try:
            self._control.send(b"?")
            answer = self._control.recv(CPU.size)
        except OSError as error:  # a time-out is one
            raise SessionDied from error
        if len(answer) != CPU.size:
            raise SessionDied
        cpu: tuple[float, float] = CPU.unpack(answer)
        used_s = max(0.0, sum(cpu) - sum(self._last_cpu))
        self._last_cpu = cpu
        now_s = time.monotonic()
        if self._sampled_at_s < self.begun_at_s:
            self._first_cpu_s = sum(cpu)
        share = used_s / (now_s - self._sampled_at_s) if self._sampled_at_s > self.quiet_since_s else 1.0
        self._sampled_at_s = now_s
        if used_s > _PROGRESS_S:
            self.idle_since_s = now_s
        if not any(self._cpu_at_message):
            self._cpu_at_message = cpu
        return share, cpu[0] - self._cpu_at_message[0]

    def was_ended_from_outside(self) -> bool:
        """Whether its supervisor is gone, or its checker, which has closed its channel, was killed (SIGKILL)."""
        try:
            self._control.send(CHECKER_END)
            answer = self._control.recv(ANSWER.size)
        except OSError:  # a time-out is one
            return True
        if len(answer) != ANSWER.size:
            return True
        (status,) = ANSWER.unpack(answer)
        return status > 0 and os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL

    def pass_over(self, absent_s: float, now_s: float) -> None:
        """Count nothing of the last ``absent_s`` seconds against the test that runs: the worker did not look."""
        self.idle_since_s = min(self.idle_since_s + absent_s, now_s)
        if self.evaluating:
            since_s = min(self.evaluating.since_s + absent_s, now_s)
            self.evaluating = replace(self.evaluating, since_s=since_s)

    def cpu_since_message_s(self) -> float:
        """Return the CPU seconds of all its processes between the last message and the last sample."""
        return sum(self._last_cpu) - sum(self._cpu_at_message)

    def computed_s(self) -> float:
        """Return the CPU seconds between the first and the last sample of the program that is being judged."""
        return sum(self._last_cpu) - self._first_cpu_s if self._sampled_at_s > self.begun_at_s else 0.0

    def close(self) -> None:
        """End the processes of the session."""
        with suppress(OSError):
            self._control.close()
        with suppress(OSError):
            self.channel.close()
