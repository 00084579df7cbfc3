"""Runs the zygote without isolation, in ordinary processes of this user: for debugging programs you wrote yourself.

The program's process still does not decide its verdict, and limits on CPU time and address space still hold. Files,
network, processes and memory of this machine are open to the program.
"""

import os
import socket
import sys
from typing import IO

from clients.contract import IsolationProfile
from services.executor.sandbox.backends.container_signs import is_in_outer_sandbox
from services.executor.sandbox.backends.mounts import GUEST, host_paths
from services.executor.sandbox.environment import EnvironmentSpec
from services.executor.sandbox.jail import ChildProcess, spawn, zygote_arguments

_CONTROL = "CONTROL_FD"
"""Placeholder in the command line: ``spawn`` replaces it by the descriptor of the control socket."""


class UnsafeProcessBackend:
    """Starts a zygote as a plain child process."""

    first_uid = 2
    profile_reason = "the backend unsafe_process isolates nothing"

    def __init__(self, environment: EnvironmentSpec) -> None:
        self._environment = environment
        self.profile = IsolationProfile.E if is_in_outer_sandbox() else IsolationProfile.NONE

    def launch(self, log: IO[bytes]) -> tuple[ChildProcess, socket.socket]:
        """Start the zygote."""
        paths = host_paths(self._environment)
        arguments = zygote_arguments(str(GUEST.parent), _CONTROL, self._environment, paths, isolated=False)
        command = [self._environment.python or sys.executable, *arguments]
        return spawn(command, _CONTROL, log, {**self._environment.variables, "PATH": os.defpath})

    def explain(self, printed: str) -> str:  # noqa: ARG002 - the backends' common signature
        """Return nothing: without isolation there is no known reason for a failed start."""
        return ""

    def clean_up(self) -> None:
        """Do nothing: only the programs themselves could leave something on the host."""
