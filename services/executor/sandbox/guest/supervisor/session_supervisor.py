"""PID 1 of one session: forks its checkers and candidates, one at a time. Reads no test, no program.

A session judges one suite after another, each with a checker of its own. The warden's pid namespace holds the
checker and, nested, each candidate's own: ending the warden ends them all. It carries descriptors from the checker
to new candidates and answers the worker's questions about CPU time.

On ``leash`` (to the worker): ``RENEW`` replaces the checker, any other message is answered with ``CPU``; end of
file ends the session.
On ``orders`` (to the checker): see ``orders``.
"""

import fcntl
import gc
import os
import random
import select
import signal
import socket
import sys
from collections.abc import Callable
from contextlib import suppress
from typing import NoReturn

from ..candidate.program_host import ProgramHost
from ..checker import checker, cpu_speed, cpu_wait
from ..compiler import compiler
from ..wire.channel import redirect_to_null
from ..wire.orders import ANSWER, COMPILER, CPU, KILL, RENEW, cpu_of
from . import confine

_CHANNEL, _WAKEUP_FD = 3, 4
"""Where a candidate has its line to the checker, and the bell that it rings for it."""
_OWN, _ORDERS, _ASKS, _OWN_END = 100, 101, 102, 107
"""The warden's own descriptors: leash, orders, the way to the compiler, its three namespaces, ``/proc``."""
_ABOVE_STRAYS = cpu_wait.PROC
"""More descriptors than any process of ours has open, but for the one a checker keeps."""
_DESCRIPTORS_SPACE = socket.CMSG_SPACE(4 * 4)  # four descriptors of four bytes: channel, bell, stdout, stderr
_CHECKER_MEMORY_BYTES = 2 * 2**30
"""A checker holds one suite and one answer at a time, each under the request's caps."""


class SessionSupervisor:
    """One session's processes."""

    def __init__(
        self, wall: confine.Grants, leash: socket.socket, control: socket.socket, terms: dict[str, float]
    ) -> None:
        self._wall = wall
        self._terms = terms
        self._candidate = self._checker = self._compiler = 0
        if wall.spaces:
            wall.spaces.of_child()
        asks, answers = compiler.open_channel()
        self._start_compiler(answers)
        self._leash = self._arrange(leash, asks, control)
        self._orders = self._start_checker(_CHANNEL)
        allowance = confine.ProcessLimits(
            uid=int(terms["candidate_uid"]),
            memory_bytes=int(terms["memory_bytes"]),
            processes=int(terms["processes"]),
            cpu_s=cpu_speed.LONGEST * terms["total_cpu_s"],
        )
        self._confinement = confine.Confinement(wall, allowance)
        self._confinement.share()
        self._host = ProgramHost(_CHANNEL, _WAKEUP_FD, int(terms["output_bytes"]))
        _seed()

    def _arrange(self, leash: socket.socket, asks: socket.socket, control: socket.socket) -> socket.socket:
        """Keep the warden's own descriptors from ``_OWN`` on: those it receives then get the numbers from
        ``_CHANNEL`` on, where a candidate wants them. Leaves ``control`` at ``_CHANNEL``.
        """
        os.dup2(leash.detach(), _OWN)
        os.dup2(asks.detach(), _ASKS)
        if self._wall.spaces:
            self._wall.spaces.move(_ASKS + 1)
        os.dup2(control.detach(), _CHANNEL)
        os.closerange(_CHANNEL + 1, _OWN)
        return socket.socket(fileno=_OWN)

    def _start_compiler(self, answers: socket.socket) -> None:
        """Fork a compiler, in place of the one there is."""
        if self._compiler:
            os.kill(self._compiler, signal.SIGKILL)
            os.waitpid(self._compiler, 0)
        self._compiler = self._fork_helper(1, [answers], _run_compiler)

    def _start_checker(self, control: int) -> socket.socket:
        """Fork a checker that hears the worker at ``control``, in place of the one there is; return the channel
        it gives orders on, always the same descriptor.
        """
        self._end_candidate()
        if self._checker:
            os.kill(self._checker, signal.SIGKILL)
            os.waitpid(self._checker, 0)
        orders, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        asks = socket.socket(fileno=os.dup(_ASKS))
        self._checker = self._fork_helper(0, [socket.socket(fileno=control), theirs, asks], _run_checker)
        os.dup2(orders.detach(), _ORDERS)
        os.closerange(_CHANNEL, _OWN)
        return socket.socket(fileno=_ORDERS)

    def run(self) -> None:
        """Serve until the worker lets go of the leash."""
        poll = select.poll()
        poll.register(_OWN, select.POLLIN)
        poll.register(_ORDERS, select.POLLIN)
        while True:
            for descriptor, _event in poll.poll():
                if descriptor == _OWN:
                    if not self._handle_worker():
                        return
                    poll.register(_ORDERS, select.POLLIN)
                elif not self._handle_checker():
                    poll.unregister(_ORDERS)  # the checker is gone; the worker will say what then

    def _handle_worker(self) -> bool:
        """Do what the worker says; return whether there is more to come."""
        message, ancillary, _flags, _address = self._leash.recvmsg(1, _DESCRIPTORS_SPACE)
        if not message:
            self._end_all()
            return False
        if message == RENEW:
            cpu_speed.learn_on()
            self._orders.detach()
            self._orders = self._start_checker(memoryview(ancillary[0][2]).cast("i")[0])
        else:
            compiler_cpu_s = cpu_of(self._compiler)  # it works for the program in hand
            self._leash.send(CPU.pack(cpu_of(self._checker), cpu_of(self._candidate) + compiler_cpu_s))
        return True

    def _handle_checker(self) -> bool:
        message, ancillary, _flags, _address = self._orders.recvmsg(1, _DESCRIPTORS_SPACE)
        if not message:
            return False
        descriptors = list(memoryview(ancillary[0][2]).cast("i")) if ancillary else []
        if message == COMPILER:
            answers, asks = descriptors
            os.dup2(asks, _ASKS)
            os.close(asks)
            self._start_compiler(socket.socket(fileno=answers))
            return True
        status = self._end_candidate()
        if message == KILL:
            self._orders.send(ANSWER.pack(status))
            return True
        self._candidate = self._fork_candidate(descriptors)
        for descriptor in descriptors:
            os.close(descriptor)
        self._orders.send(ANSWER.pack(self._candidate))
        return True

    def _end_candidate(self) -> int:
        """End the candidate and all it started; return the wait status it had, or 0."""
        pid, self._candidate = self._candidate, 0
        if not pid:
            return 0
        done, status = os.waitpid(pid, os.WNOHANG)
        if not self._wall.namespaces:  # what it started is ended by group; in a namespace, it ends with it
            with suppress(ProcessLookupError):
                os.killpg(pid, signal.SIGKILL)
        if done:
            return status
        os.kill(pid, signal.SIGKILL)
        _pid, status = os.waitpid(pid, 0)
        # A process that is already ending closes its channel first, and keeps the status it ends with.
        return 0 if os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL else status

    def _end_all(self) -> None:
        """End the session's processes, where no namespace does so when the warden leaves."""
        if not self._wall.namespaces:
            self._end_candidate()
            for pid in (self._checker, self._compiler):
                os.kill(pid, signal.SIGKILL)

    def _fork_candidate(self, descriptors: list[int]) -> int:
        spaces = self._wall.spaces
        if spaces:
            spaces.new(self._confinement.scratch)
        pid = confine.fork()
        if pid == 0:
            try:
                self._run_candidate(descriptors)
            finally:
                os._exit(1)
        if spaces:
            spaces.back()
        return pid

    def _run_candidate(self, descriptors: list[int]) -> NoReturn:
        os.closerange(_OWN, _OWN_END)
        if descriptors[:2] != [_CHANNEL, _WAKEUP_FD]:
            os._exit(2)  # not what was arranged: better no candidate than one with a stray descriptor
        for standard, descriptor in enumerate(descriptors[2:], 1):
            os.dup2(descriptor, standard)
            os.close(descriptor)
        if not self._wall.namespaces:
            os.setsid()  # so that its group can be ended; in a namespace of its own, all ends with it
        self._confinement.enter()
        gc.enable()
        self._host.serve()
        os._exit(0)

    def _fork_helper(self, nth: int, sockets: list[socket.socket], work: Callable[[], None]) -> int:
        """Fork a process of ours that holds only ``sockets``, at descriptors from ``_CHANNEL`` on."""
        spaces = self._wall.spaces
        walls = confine.Confinement(self._wall, self._helper_allowance(nth))
        if spaces:
            spaces.new(walls.scratch)
            spaces.back_from_pid()  # helpers live in the session's pid namespace
        pid = confine.fork()
        if pid:
            if spaces:
                spaces.back()
            for sock in sockets:
                sock.close()
            return pid
        try:
            if spaces and nth == 0:
                os.dup2(spaces.proc, cpu_wait.PROC, inheritable=False)
            _place([sock.detach() for sock in sockets], [_CHANNEL, _WAKEUP_FD, _WAKEUP_FD + 1])
            walls.share()
            walls.enter()
            gc.enable()
            work()
        finally:
            os._exit(0)

    def _helper_allowance(self, nth: int) -> confine.ProcessLimits:
        return confine.ProcessLimits(
            uid=int(self._terms["checker_uid"]) + nth,
            memory_bytes=_CHECKER_MEMORY_BYTES,
            processes=16,  # threads that a test may start
            cpu_s=10**6,  # no limit: the worker looks at its clock, test by test
            forks=False,  # what a test starts is to end with its checker
        )


def _run_checker() -> None:
    checker.main(*(socket.socket(fileno=descriptor) for descriptor in (_CHANNEL, _WAKEUP_FD, _WAKEUP_FD + 1)))


def _run_compiler() -> None:
    compiler.serve(socket.socket(fileno=_CHANNEL))


def _place(descriptors: list[int], targets: list[int]) -> None:
    """Move descriptors to fixed numbers and close all others but the standard ones."""
    high = [fcntl.fcntl(descriptor, fcntl.F_DUPFD, max(targets) + 1) for descriptor in descriptors]
    for descriptor, target in zip(high, targets, strict=False):
        os.dup2(descriptor, target)
    os.closerange(max(targets[: len(descriptors)]) + 1, _ABOVE_STRAYS)


def _seed() -> None:
    """Give every program the same random numbers, so that a second run gives the same outcomes."""
    random.seed(0)
    numpy = sys.modules.get("numpy")
    if numpy is not None:
        numpy.random.seed(0)


def main(wall: confine.Grants, leash: socket.socket, control: socket.socket, terms: dict[str, float]) -> None:
    """Run one session in the calling (just forked) process."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    redirect_to_null(0, 1, 2)
    SessionSupervisor(wall, leash, control, terms).run()
