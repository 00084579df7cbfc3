"""Supervises one session as its PID 1: forks its compiler, checkers and candidates. Reads no test and no program.

A session judges one suite after another, each with a new checker. One candidate is alive at a time. The supervisor's
pid namespace holds the checker and, nested in it, the pid namespace of each candidate: when the supervisor ends, all
of them end. It passes descriptors from the checker to new candidates, and tells the worker how much CPU time was
used.

On the control socket (from the worker), ``RENEW`` replaces the checker; any other message is answered with ``CPU``;
end of file ends the session. The messages on ``orders`` (from the checker) are described in ``wire.orders``.
"""

import gc
import os
import select
import signal
import socket
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import NoReturn

from ..candidate.program_host import ProgramHost
from ..checker import checker, cpu_speed
from ..checker.process_state import process_state
from ..compiler import compiler
from ..wire.channel import redirect_to_null
from ..wire.orders import (
    ANSWER,
    COMPILER,
    CPU,
    FORK_CHECKER_PROGRAM,
    KILL,
    RENEW,
    WAIT,
    WAITED,
    cpu_of,
)
from . import confine, cpu_wait, limits
from .descriptors import (
    ANCILLARY_BYTES,
    CHANNEL,
    COMPILER_FD,
    CONTROL,
    DESCRIPTORS_END,
    ORDERS,
    WAKEUP_FD,
    move_descriptors,
)
from .landlock import ScratchFolders
from .namespaces import SCRATCH
from .warmup import seed_random


class SessionSupervisor:
    """The processes of one session."""

    def __init__(
        self,
        grants: confine.Grants,
        control: socket.socket,
        checker_channel: socket.socket,
        terms: dict[str, float],
    ) -> None:
        self._grants = grants
        self._terms = terms
        self._candidate = self._checker = self._compiler = 0
        self._scratch = ScratchFolders(grants.view)
        if grants.namespaces:
            grants.namespaces.adopt_this_process()
        process_state.save_inherited()
        client_end, compiler_end = compiler.open_channel()
        self._start_compiler(compiler_end)
        self._control = self._place_own_descriptors(control, client_end, checker_channel)
        namespaces = grants.namespaces
        self._run_queue_wait = cpu_wait.RunQueueWait(
            namespaces.proc if namespaces else cpu_wait.open_proc(COMPILER_FD + 1)
        )
        self._orders = self._start_checker(CHANNEL)
        self._confinement = confine.Confinement(grants, limits.candidate_limits(terms))
        self._checker_program_confinement: confine.Confinement | None = None  # few suites need it
        self._confinement.set_shared_limits()
        self._host = ProgramHost(CHANNEL, WAKEUP_FD, int(terms["output_bytes"]))
        seed_random()

    def _place_own_descriptors(
        self, control: socket.socket, client_end: socket.socket, checker_channel: socket.socket
    ) -> socket.socket:
        """Move the supervisor's own descriptors to ``CONTROL`` and above, and ``checker_channel`` to ``CHANNEL``.

        Descriptors received later then get the lowest free numbers, from ``CHANNEL`` on, which are those that a
        candidate needs them at. Returns the control socket.
        """
        os.dup2(control.detach(), CONTROL)
        os.dup2(client_end.detach(), COMPILER_FD)
        if self._grants.namespaces:
            self._grants.namespaces.move_descriptors(COMPILER_FD + 1)
        os.dup2(checker_channel.detach(), CHANNEL)
        os.closerange(CHANNEL + 1, CONTROL)
        return socket.socket(fileno=CONTROL)

    def _start_compiler(self, compiler_end: socket.socket) -> None:
        """Fork a compiler, after ending the previous one."""
        if self._compiler:
            os.kill(self._compiler, signal.SIGKILL)
            os.waitpid(self._compiler, 0)
        self._compiler = self._fork_helper(1, [compiler_end], _run_compiler)

    def _start_checker(self, channel: int) -> socket.socket:
        """Fork a checker with ``channel`` to the worker, after ending the previous one and its candidate.

        Returns the supervisor's end of ``orders``, always at the same descriptor.
        """
        self._end_candidate()
        if self._checker:
            os.kill(self._checker, signal.SIGKILL)
            os.waitpid(self._checker, 0)
        orders, checker_end = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        client_end = socket.socket(fileno=os.dup(COMPILER_FD))
        sockets = [socket.socket(fileno=channel), checker_end, client_end]
        own_scratch = SCRATCH if self._grants.namespaces else None
        run = partial(_run_checker, own_scratch, takes_file_tests=self._grants.view is None)
        self._checker = self._fork_helper(0, sockets, run, self._scratch.renew("checker"))
        os.dup2(orders.detach(), ORDERS)
        os.closerange(CHANNEL, CONTROL)
        return socket.socket(fileno=ORDERS)

    def run(self) -> None:
        """Serve worker and checker until the worker closes the control socket."""
        poll = select.poll()
        poll.register(CONTROL, select.POLLIN)
        poll.register(ORDERS, select.POLLIN)
        while True:
            for descriptor, _event in poll.poll():
                if descriptor == CONTROL:
                    if not self._handle_worker():
                        return
                    poll.register(ORDERS, select.POLLIN)
                elif not self._handle_checker():
                    poll.unregister(ORDERS)  # the checker has ended; the worker decides what follows

    def _handle_worker(self) -> bool:
        """Handle one message of the worker; return whether the session goes on."""
        message, ancillary, _flags, _address = self._control.recvmsg(1, ANCILLARY_BYTES)
        if not message:
            self._end_all()
            return False
        if message == RENEW:
            cpu_speed.measure_best_if_due()
            self._orders.detach()
            self._orders = self._start_checker(memoryview(ancillary[0][2]).cast("i")[0])
        else:
            compiler_cpu_s = cpu_of(self._compiler)  # it works for the program that is being judged
            self._control.send(CPU.pack(cpu_of(self._checker), cpu_of(self._candidate) + compiler_cpu_s))
        return True

    def _handle_checker(self) -> bool:
        """Carry out one order of the checker; return whether more can follow."""
        message, ancillary, _flags, _address = self._orders.recvmsg(1, ANCILLARY_BYTES)
        if not message:
            return False
        if message == WAIT:
            waited_s = self._run_queue_wait.waited_s(self._candidate, self._checker)
            self._orders.send(WAITED.pack(-1.0 if waited_s is None else waited_s))
            return True
        descriptors = list(memoryview(ancillary[0][2]).cast("i")) if ancillary else []
        if message == COMPILER:
            compiler_end, client_end = descriptors
            os.dup2(client_end, COMPILER_FD)
            os.close(client_end)
            self._start_compiler(socket.socket(fileno=compiler_end))
            return True
        status = self._end_candidate()
        self._scratch.remove("candidate")
        if message == KILL:
            self._orders.send(ANSWER.pack(status))
            return True
        is_candidate = message != FORK_CHECKER_PROGRAM
        confinement = self._confinement if is_candidate else self._confine_checker_program()
        self._candidate = self._fork_candidate(descriptors, confinement)
        for descriptor in descriptors:
            os.close(descriptor)
        self._orders.send(ANSWER.pack(self._candidate))
        return True

    def _end_candidate(self) -> int:
        """End the candidate and all processes that it started.

        Returns its wait status if it had ended by itself, else 0.
        """
        pid, self._candidate = self._candidate, 0
        if not pid:
            return 0
        done, status = os.waitpid(pid, os.WNOHANG)
        if not self._grants.namespaces and not self._grants.view:
            # A pid namespace ends with its PID 1, and with a view no program starts processes. Else, end the group.
            with suppress(ProcessLookupError):
                os.killpg(pid, signal.SIGKILL)
        if done:
            return status
        os.kill(pid, signal.SIGKILL)
        _pid, status = os.waitpid(pid, 0)
        # A process that is already ending closes its channel first, and keeps the status it ends with.
        return 0 if os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL else status

    def _end_all(self) -> None:
        """End the session's processes, where no pid namespace ends them with the supervisor."""
        if not self._grants.namespaces:
            self._end_candidate()
            for pid in (self._checker, self._compiler):
                os.kill(pid, signal.SIGKILL)
                os.waitpid(pid, 0)
            self._scratch.remove()

    def _confine_checker_program(self) -> confine.Confinement:
        """Return the confinement of checker programs. They take the candidate's user id: it is ended by then."""
        if self._checker_program_confinement is None:
            self._checker_program_confinement = confine.Confinement(
                self._grants, limits.checker_program_limits(self._terms)
            )
        return self._checker_program_confinement

    def _fork_candidate(self, descriptors: list[int], confinement: confine.Confinement) -> int:
        """Fork a process that serves a program: a candidate, or a checker program."""
        namespaces = self._grants.namespaces
        if namespaces:
            namespaces.unshare_program(confinement.scratch_options)
        scratch = self._scratch.renew("candidate")
        pid = confine.fork()
        if pid == 0:
            try:
                self._run_candidate(descriptors, confinement, scratch)
            finally:
                os._exit(1)
        if namespaces:
            namespaces.restore_after_program()
        return pid

    def _run_candidate(
        self, descriptors: list[int], confinement: confine.Confinement, scratch: str
    ) -> NoReturn:
        """Confine the calling process, then serve a program in it."""
        os.closerange(CONTROL, DESCRIPTORS_END)
        if descriptors[:2] != [CHANNEL, WAKEUP_FD]:
            os._exit(2)  # not the arranged numbers: a stray descriptor may be open, so run no program
        for standard, descriptor in enumerate(descriptors[2:], 1):
            os.dup2(descriptor, standard)
            os.close(descriptor)
        if not self._grants.namespaces:
            os.setsid()  # its process group can then be ended; in a pid namespace, all processes end with PID 1
        confinement.enter(scratch)
        gc.enable()
        self._host.serve()
        os._exit(0)

    def _fork_helper(
        self, number: int, sockets: list[socket.socket], serve: Callable[[], None], scratch: str = ""
    ) -> int:
        """Fork a checker (``number`` 0) or a compiler (1) that holds only ``sockets``, from ``CHANNEL`` on.

        ``scratch`` is its scratch folder, where there are no namespaces. Closes ``sockets`` in the calling process;
        returns the pid.
        """
        namespaces = self._grants.namespaces
        confinement = confine.Confinement(self._grants, limits.helper_limits(self._terms, number))
        if namespaces:
            namespaces.unshare_helper(confinement.scratch_options)
        pid = confine.fork()
        if pid:
            if namespaces:
                namespaces.restore_after_helper()
            for sock in sockets:
                sock.close()
            return pid
        try:
            move_descriptors([sock.detach() for sock in sockets], [CHANNEL, CHANNEL + 1, CHANNEL + 2])
            confinement.set_shared_limits()
            confinement.enter(scratch)
            gc.enable()
            serve()
        finally:
            os._exit(0)


def _run_checker(own_scratch: str | None, *, takes_file_tests: bool) -> None:
    control, orders, compiler_end = (socket.socket(fileno=CHANNEL + n) for n in range(3))
    checker.main(control, orders, compiler_end, own_scratch, takes_file_tests=takes_file_tests)


def _run_compiler() -> None:
    compiler.serve(socket.socket(fileno=CHANNEL))


def main(
    grants: confine.Grants, control: socket.socket, checker_channel: socket.socket, terms: dict[str, float]
) -> None:
    """Run one session in the calling process, which was just forked."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    redirect_to_null(0, 1, 2)
    SessionSupervisor(grants, control, checker_channel, terms).run()
