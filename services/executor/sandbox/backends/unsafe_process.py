"""No wall: the same guest in ordinary processes of this user, for debugging programs you wrote yourself.

Verdicts are still decided out of the program's process, and limits on CPU time and address space still hold; files,
network, processes and memory of this machine are open to the program.
"""

import os
import socket
import sys
from typing import IO

from services.executor.sandbox.backends.mounts import GUEST, host_paths
from services.executor.sandbox.environment import EnvironmentSpec
from services.executor.sandbox.jail import Child, spawn
from services.executor.sandbox.zygote_command import ENVIRONMENT, zygote_arguments

_CONTROL = "CONTROL_FD"


class UnsafeProcess:
    """How to start a zygote without a wall."""

    first_uid = 2

    def __init__(self, environment: EnvironmentSpec) -> None:
        self._environment = environment

    def launch(self, log: IO[bytes]) -> tuple[Child, socket.socket]:
        """Start the zygote as a plain process."""
        paths = host_paths(self._environment)
        arguments = zygote_arguments(str(GUEST.parent), _CONTROL, self._environment, paths, walled=False)
        command = [self._environment.python or sys.executable, *arguments]
        return spawn(command, _CONTROL, log, {**ENVIRONMENT, "PATH": os.defpath})

    def explain(self, printed: str) -> str:  # noqa: ARG002 - the walls' common signature
        """Nothing is known: there is no wall to fail."""
        return ""

    def tidy(self) -> None:
        """Nothing is left on the host but what programs left themselves."""
