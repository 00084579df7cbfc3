"""The worker's end of one session: programs in, test lines out, and a watch over the checker.

The checker keeps the candidate's limits. What is watched here is the checker itself: a test that never ends, a
session that dies. Judges nothing.
"""

import json
import socket
import time
from collections import deque
from contextlib import suppress
from typing import Any, Protocol

from clients.contract import Limits
from services.executor.sandbox.guest.wire.orders import CPU, RENEW
from services.executor.sandbox.scheduler.tasks import Task

_WARDEN_ANSWERS_S = 2.0
"""The warden does nothing but wait for messages; two seconds without an answer is a dead machine."""
_PROGRESS_S = 0.0005
"""CPU seconds between two looks that show a session is alive, if kept waiting for its turn."""
_QUIET_S = 0.04
"""A session that says nothing for longer is looked at."""
_LOOK_AT_SLEEPERS_S = 0.25
"""Each look wakes a warden, and hundreds may sleep."""
WINDOW = 2
"""Programs a session holds at once: the one in hand, and the next, so that the checker need not wait."""


class SessionDied(Exception):
    """The session's processes are gone."""


class SessionSilent(SessionDied):
    """The session's warden does not answer: no fault of the program's."""


class Session:
    """One warden with a checker at a time and its candidates, seen from outside the jail."""

    def __init__(self, leash: socket.socket, channel: socket.socket, slot: int, jail: object) -> None:
        self.slot = slot
        self.jail = jail
        self._leash = leash
        self._leash.settimeout(_WARDEN_ANSWERS_S)
        self._attend(channel)

    def _attend(self, channel: socket.socket) -> None:
        """Begin with a new checker."""
        self.tasks: deque[Task] = deque()
        self.retiring = False
        self.writing = False
        self.asleep = False
        self.channel = channel
        channel.setblocking(False)
        self._outbox = bytearray()
        self._partial = b""
        self.quiet_since_s = time.monotonic()
        self._cpu_at_line = (0.0, 0.0)
        self._cpu_seen = (0.0, 0.0)
        self._looked_s = 0.0
        self.still_since_s = self.quiet_since_s

    def fileno(self) -> int:
        """Return the channel's descriptor, to select on."""
        return self.channel.fileno()

    def open(self, suite: bytes) -> None:
        """Tell the checker its suite."""
        self._outbox += suite
        self.send()

    def renew(self) -> None:
        """Have the checker replaced, for another suite. Raises ``SessionDied``."""
        channel, theirs = socket.socketpair()
        with theirs:
            try:
                socket.send_fds(self._leash, [RENEW], [theirs.fileno()])
            except OSError as error:
                channel.close()
                raise SessionDied from error
        self.channel.close()
        self._attend(channel)

    def give(self, task: Task) -> None:
        """Queue a program for the checker."""
        if not self.tasks:
            self._begin()
        self.tasks.append(task)
        line = [
            "program",
            task.index,
            task.program,
            len(task.tests),
            task.spent_cpu_s,
            task.spent_idle_s,
            task.eager,
        ]
        self._outbox += json.dumps(line).encode() + b"\n"
        self.send()

    def _begin(self) -> None:
        self.quiet_since_s = self.still_since_s = time.monotonic()

    def send(self) -> bool:
        """Send what the channel takes now; return whether something is left."""
        try:
            while self._outbox:
                del self._outbox[: self.channel.send(self._outbox[: 1 << 16])]
        except BlockingIOError:
            return True
        except OSError:
            self._outbox.clear()  # it died: reading the channel will tell
        return bool(self._outbox)

    def receive(self) -> list[list[Any]]:
        """Return what the checker has told. Raises ``SessionDied`` once there are no more."""
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
            self.quiet_since_s = self.still_since_s = time.monotonic()
            self.asleep = False
            self._cpu_at_line = self._cpu_seen
        return [told for line in lines for told in json.loads(line)]

    def finish(self) -> Task:
        """The program in hand is done: forget it."""
        task = self.tasks.popleft()
        self._begin()
        return task

    def take_back(self, *, keep: int) -> list[Task]:
        """Take the programs beyond the first ``keep`` away; what the checker says of them is not listened to."""
        taken = [self.tasks.pop() for _ in range(len(self.tasks) - keep)]
        taken.reverse()
        return taken

    def worth_a_look(self, now_s: float) -> bool:
        """Whether it was quiet for long enough; one that sleeps is looked at less often."""
        if self.asleep:
            return now_s - self._looked_s > _LOOK_AT_SLEEPERS_S
        return now_s - self.quiet_since_s > _QUIET_S

    def watch(self) -> tuple[float, float]:
        """Look at the clocks; return the share of the time since the last look that was computed in (1 at the first
        look since something was heard), and the checker's CPU seconds since its last line.

        Raises ``SessionDied``, or ``SessionSilent`` when the warden does not answer.
        """
        try:
            self._leash.send(b"?")
            answer = self._leash.recv(CPU.size)
        except TimeoutError as error:
            raise SessionSilent from error
        except OSError as error:
            raise SessionDied from error
        if len(answer) != CPU.size:
            raise SessionDied
        seen: tuple[float, float] = CPU.unpack(answer)
        since_look = max(0.0, sum(seen) - sum(self._cpu_seen))
        self._cpu_seen = seen
        now_s = time.monotonic()
        share = since_look / (now_s - self._looked_s) if self._looked_s > self.quiet_since_s else 1.0
        self._looked_s = now_s
        if since_look > _PROGRESS_S:
            self.still_since_s = now_s
        if not any(self._cpu_at_line):
            self._cpu_at_line = seen
        return share, seen[0] - self._cpu_at_line[0]

    def close(self) -> None:
        """End the session's processes."""
        with suppress(OSError):
            self._leash.close()
        with suppress(OSError):
            self.channel.close()


class NoSessionFree(Exception):
    """As many sessions as there are uids for are in use, most of them asleep: wait for one."""


class Sessions(Protocol):
    """Where sessions come from and go to: the sandbox."""

    @property
    def crowded(self) -> bool:
        """Whether the sessions that are left are for programs that are awake."""
        ...

    def open_session(self, suite: bytes, limits: Limits, *, to_sleep: bool = False) -> Session:
        """Return a session that knows the suite; ``to_sleep``: none of those that are kept for the awake.

        Raises:
            NoSessionFree, SandboxFault, SandboxUnavailable: none can be had, now or at all.
        """
        ...

    def keep_session(self, session: Session, limits: Limits) -> None:
        """Keep a session whose programs are all judged."""
        ...

    def end_session(self, session: Session) -> None:
        """Let go of a session that may be in the middle of something: its processes end."""
        ...

    def alive(self, jail: object) -> bool:
        """Whether this jail still runs and answers."""
        ...
