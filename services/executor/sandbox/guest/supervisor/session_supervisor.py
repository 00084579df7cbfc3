"""Supervises one session as its PID 1: forks its compiler, checkers and candidates. Reads no test and no program.

A session judges one suite after another, each with a new checker. One candidate is alive at a time. The supervisor's
pid namespace holds the checker and, nested in it, the pid namespace of each candidate: when the supervisor ends, all
of them end. It passes descriptors from the checker to new candidates, and tells the worker how much CPU time was
used.

On the control socket (from the worker), ``RENEW`` replaces the checker; ``CHECKER_END`` is answered with ``ANSWER``,
any other message with ``CPU``; end of file ends the session. The messages on ``orders`` (from the checker) are
described in ``wire.orders``.
"""

import gc
import os
import select
import signal
import socket
from collections.abc import Callable
from typing import NoReturn

from ..checker import checker, cpu_speed
from ..checker.process_state import process_state
from ..compiler import compiler
from ..wire.channel import redirect_to_null
from ..wire.orders import (
    ANSWER,
    CHECKER_END,
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
from .candidates import Candidates
from .descriptors import (
    ANCILLARY_BYTES,
    CHANNEL,
    COMPILER_FD,
    CONTROL,
    ORDERS,
    UNCONFINED_FD,
    move_descriptors,
)
from .fork_loop import CompiledForks, ForkLoop, Result
from .landlock import ScratchFolders
from .namespaces import SCRATCH
from .warmup import seed_random

_ENDS_WITHIN_S = 1.0
"""A checker that ends closes its channel first. It is gone microseconds later, or when a busy machine gives it a core;
the worker waits for two seconds."""


class SessionSupervisor:
    """The processes of one session."""

    def __init__(
        self,
        grants: confine.Grants,
        compiled: CompiledForks | None,
        control: socket.socket,
        checker_channel: socket.socket,
        terms: dict[str, float],
    ) -> None:
        confine.open_failures()
        self._grants = grants
        self._terms = terms
        self._checker = self._compiler = 0
        self._scratch = ScratchFolders(grants.view)
        self._helper_confinements = [
            confine.Confinement(grants, limits.helper_limits(terms, number)) for number in (0, 1)
        ]
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
        self._candidates = Candidates(grants, terms, self._scratch)
        self._orders = self._start_checker(CHANNEL)
        self._candidates.confinement.set_shared_limits()
        self._fork_loop = self._candidates.fork_loop(compiled)
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
        self._candidates.end()
        if self._checker:
            os.kill(self._checker, signal.SIGKILL)
            os.waitpid(self._checker, 0)
        orders, checker_end = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        client_end = socket.socket(fileno=os.dup(COMPILER_FD))
        sockets = [socket.socket(fileno=channel), checker_end, client_end]
        self._checker = self._fork_helper(0, sockets, self._run_checker, self._scratch.renew("checker"))
        os.dup2(orders.detach(), ORDERS)
        os.closerange(CHANNEL, CONTROL)
        return socket.socket(fileno=ORDERS)

    def run(self) -> None:
        """Serve worker and checker until the worker closes the control socket."""
        poll = select.poll()
        poll.register(CONTROL, select.POLLIN)
        poll.register(ORDERS, select.POLLIN)
        has_checker = is_renewed = True
        while True:
            if has_checker and self._fork_loop:
                self._run_fork_loop(self._fork_loop, is_renewed=is_renewed)
                is_renewed = False
            for descriptor, _event in poll.poll():
                if descriptor == CONTROL:
                    if not self._handle_worker():
                        return
                    poll.register(ORDERS, select.POLLIN)
                    has_checker = is_renewed = True
                elif not self._handle_checker():
                    poll.unregister(ORDERS)  # the checker has ended; the worker decides what follows
                    has_checker = False

    def _run_fork_loop(self, fork_loop: ForkLoop, *, is_renewed: bool) -> None:
        """Serve worker and checker by the compiled loop, until it leaves a message to the one above."""
        pids = self._candidates.pid, self._checker, self._compiler
        result, self._candidates.pid, self._checker = fork_loop.serve(
            *pids, self._candidates.serve, is_renewed=is_renewed
        )
        if result is Result.IN_CHECKER:
            self._serve_as_helper(0, fork_loop.checker_descriptors, self._run_checker, "")

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
        elif message == CHECKER_END:
            self._control.send(ANSWER.pack(self._checker_end()))
        else:
            compiler_cpu_s = cpu_of(self._compiler)  # it works for the program that is being judged
            self._control.send(CPU.pack(cpu_of(self._checker), cpu_of(self._candidates.pid) + compiler_cpu_s))
        return True

    def _handle_checker(self) -> bool:
        """Carry out one order of the checker; return whether more can follow."""
        message, ancillary, _flags, _address = self._orders.recvmsg(1, ANCILLARY_BYTES)
        if not message:
            confine.check_failures()
            return False
        if message == WAIT:
            waited_s = self._run_queue_wait.waited_s(self._candidates.pid, self._checker)
            self._orders.send(WAITED.pack(-1.0 if waited_s is None else waited_s))
            return True
        descriptors = list(memoryview(ancillary[0][2]).cast("i")) if ancillary else []
        if message == COMPILER:
            compiler_end, client_end = descriptors
            os.dup2(client_end, COMPILER_FD)
            os.close(client_end)
            confine.check_failures()
            self._start_compiler(socket.socket(fileno=compiler_end))
            return True
        status = self._candidates.end()
        self._scratch.remove("candidate")
        if message == KILL:
            self._orders.send(ANSWER.pack(status))
            return True
        self._candidates.fork(descriptors, is_checker_program=message == FORK_CHECKER_PROGRAM)
        for descriptor in descriptors:
            os.close(descriptor)
        self._orders.send(ANSWER.pack(self._candidates.pid))
        return True

    def _checker_end(self) -> int:
        """Return the wait status of the checker, whose channel is closed; -1 if it lives on."""
        confine.check_failures()
        if not self._checker:
            return -1
        handle = os.pidfd_open(self._checker)
        select.select([handle], [], [], _ENDS_WITHIN_S)
        os.close(handle)
        pid, status = os.waitpid(self._checker, os.WNOHANG)
        if not pid:
            return -1
        self._checker = 0
        return status

    def _end_all(self) -> None:
        """End the session's processes, where no pid namespace ends them with the supervisor."""
        if not self._grants.namespaces:
            self._candidates.end()
            # The checker is 0 if it has ended by itself, and signals to 0 go to the whole jail.
            for pid in filter(None, (self._checker, self._compiler)):
                os.kill(pid, signal.SIGKILL)
                os.waitpid(pid, 0)
            self._scratch.remove()

    def _fork_helper(
        self, number: int, sockets: list[socket.socket], serve: Callable[[], None], scratch: str = ""
    ) -> int:
        """Fork a checker (``number`` 0) or a compiler (1) that holds only ``sockets``, from ``CHANNEL`` on.

        ``scratch`` is its scratch folder, where there are no namespaces. Closes ``sockets`` in the calling process;
        returns the pid.
        """
        namespaces = self._grants.namespaces
        if namespaces:
            namespaces.unshare_helper(self._helper_confinements[number].scratch_options)
        pid = confine.fork()
        if pid == 0:
            self._serve_as_helper(number, [sock.detach() for sock in sockets], serve, scratch)
        if namespaces:
            namespaces.restore_after_helper()
        for sock in sockets:
            sock.close()
        return pid

    def _serve_as_helper(
        self, number: int, descriptors: list[int], serve: Callable[[], None], scratch: str
    ) -> NoReturn:
        """Confine the calling process, which was just forked to be a checker or a compiler, and serve."""
        try:
            move_descriptors(descriptors, [CHANNEL, CHANNEL + 1, CHANNEL + 2])
            redirect_to_null(0, 1, 2)  # opened again, as for candidates
            self._helper_confinements[number].set_shared_limits()
            self._helper_confinements[number].enter(scratch)
            os.close(UNCONFINED_FD)
        except BaseException as error:  # noqa: BLE001  -- nothing runs that is not confined
            confine.exit_unconfined(error)
        try:
            gc.enable()
            serve()
        finally:
            os._exit(0)

    def _run_checker(self) -> None:
        control, orders, compiler_end = (socket.socket(fileno=CHANNEL + n) for n in range(3))
        own_scratch = SCRATCH if self._grants.namespaces else None
        takes_file_tests = self._grants.view is None
        checker.main(control, orders, compiler_end, own_scratch, takes_file_tests=takes_file_tests)


def _run_compiler() -> None:
    compiler.serve(socket.socket(fileno=CHANNEL))


def main(
    grants: confine.Grants,
    compiled: CompiledForks | None,
    control: socket.socket,
    checker_channel: socket.socket,
    terms: dict[str, float],
) -> None:
    """Run one session in the calling process, which was just forked."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    redirect_to_null(0, 1, 2)
    SessionSupervisor(grants, compiled, control, checker_channel, terms).run()
