"""Forks the programs of a session, one after another, and ends them.

``fork_loop`` does the same as compiled code for candidates, and leaves checker programs to this module.
"""

import gc
import os
import signal
from contextlib import suppress
from typing import NoReturn

from ..candidate.program_host import ProgramHost
from ..wire.channel import redirect_to_null
from . import confine, limits
from .descriptors import CHANNEL, CONTROL, DESCRIPTORS_END, WAKEUP_FD
from .fork_loop import CompiledForks, ForkLoop
from .landlock import ScratchFolders


class Candidates:
    """The process that serves a program at the moment: a candidate, or a checker program."""

    def __init__(self, grants: confine.Grants, terms: dict[str, float], scratch: ScratchFolders) -> None:
        """``terms`` are those of the session, ``scratch`` its scratch folders where there are no namespaces."""
        self._grants = grants
        self._terms = terms
        self._scratch = scratch
        self.pid = 0
        """0 if there is none."""
        self.confinement = confine.Confinement(grants, limits.candidate_limits(terms))
        """That of candidates."""
        self._checker_program_confinement: confine.Confinement | None = None  # few suites need it
        self._host = ProgramHost(CHANNEL, WAKEUP_FD, int(terms["output_bytes"]))

    def end(self) -> int:
        """End the process and all processes that it started.

        Returns its wait status if it had ended by itself, else 0.

        Raises:
            OSError: it could not be confined, and no program ran in it.
        """
        pid, self.pid = self.pid, 0
        if not pid:
            return 0
        status = self._end(pid)
        if status:
            confine.check_failures()
        return status

    def _end(self, pid: int) -> int:
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

    def fork(self, descriptors: list[int], *, is_checker_program: bool) -> None:
        """Fork a process that holds only these descriptors. Call after ``end``."""
        namespaces = self._grants.namespaces
        confinement = self._confine_checker_program() if is_checker_program else self.confinement
        if namespaces:
            namespaces.unshare_program(confinement.scratch_options)
        scratch = self._scratch.renew("candidate")
        self.pid = confine.fork()
        if self.pid == 0:
            try:
                self._confine(descriptors, confinement, scratch)
            except BaseException as error:  # noqa: BLE001  -- no program runs that is not confined
                confine.exit_unconfined(error)
            self.serve()
        if namespaces:
            namespaces.restore_after_program()

    def fork_loop(self, compiled: CompiledForks | None) -> ForkLoop | None:
        """Return the compiled loop for this session, or ``None`` where there is none."""
        namespaces = self._grants.namespaces
        if compiled is None or namespaces is None or not namespaces.share_ipc:
            return None
        return ForkLoop(compiled, namespaces, self.confinement)

    def _confine_checker_program(self) -> confine.Confinement:
        """Return the confinement of checker programs. They take the candidate's user id: it is ended by then."""
        if self._checker_program_confinement is None:
            self._checker_program_confinement = confine.Confinement(
                self._grants, limits.checker_program_limits(self._terms)
            )
        return self._checker_program_confinement

    def _confine(self, descriptors: list[int], confinement: confine.Confinement, scratch: str) -> None:
        """Confine the calling process, which was just forked."""
        if descriptors[:2] != [CHANNEL, WAKEUP_FD]:
            raise OSError("not the arranged numbers: a stray descriptor may be open")
        redirect_to_null(0, 1, 2)  # opened again: flags and locks of a shared open file outlive a process
        for standard, descriptor in enumerate(descriptors[2:], 1):
            os.dup2(descriptor, standard)
            os.close(descriptor)
        if not self._grants.namespaces:
            os.setsid()  # its process group can then be ended; in a pid namespace, all processes end with PID 1
        confinement.enter(scratch)
        os.closerange(CONTROL, DESCRIPTORS_END)  # last: a failure is told by one of them

    def serve(self) -> NoReturn:
        """Serve a program in the calling process, which is confined."""
        try:
            gc.enable()
            self._host.serve()
            os._exit(0)
        finally:
            os._exit(1)
