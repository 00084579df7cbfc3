"""Isolates programs with Landlock, seccomp and resource limits, without any namespace (profile D).

For hosts that offer neither namespaces nor capabilities: restricted pods, Slurm, Ubuntu where AppArmor restricts user
namespaces. Programs may read Python's files and use a scratch folder, and may start no process. The worker must be an
ordinary user: all processes run under its user id, and Landlock and the system-call filter keep them apart. What this
does not cover is in ``profiles``.
"""

import ctypes
import os
import shutil
import socket
import sys
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import IO

from clients.contract import IsolationProfile
from services.executor.sandbox import SandboxUnavailable
from services.executor.sandbox.backends.mounts import GUEST, SITE, locate
from services.executor.sandbox.backends.owners import is_owner_gone, owner_label
from services.executor.sandbox.environment import EnvironmentSpec
from services.executor.sandbox.jail import ChildProcess, spawn, zygote_arguments

_CONTROL = "CONTROL_FD"
"""Placeholder in the command line: ``spawn`` replaces it by the descriptor of the control socket."""
_FOLDER = "acecoder-landlock-"
"""Prefix of the folders of jails, before the mark of the worker."""
_DEVICES = ("/dev/zero", "/dev/urandom", "/dev/random")


MINIMUM = 3
"""The version of Landlock that is needed: the first that restricts ``truncate`` (Linux 6.2)."""
_PROCESSORS = ("x86_64", "aarch64")
"""Those with a table of system calls (``guest/supervisor/seccomp.py``)."""
_CREATE_RULESET, _VERSION_FLAG = 444, 1
"""From asm-generic/unistd.h and linux/landlock.h; the same on every processor."""


def landlock_version() -> int:
    """Return the version of Landlock that this kernel offers; 0 if there is none."""
    libc = ctypes.CDLL(None, use_errno=True)
    return max(0, int(libc.syscall(_CREATE_RULESET, None, ctypes.c_size_t(0), _VERSION_FLAG)))


def obstacle() -> str:
    """Return why programs cannot be isolated this way here, and what to do; empty if they can."""
    if os.geteuid() == 0:
        return "the worker is root, so programs would be, too: run it as an ordinary user"
    if os.uname().machine not in _PROCESSORS:
        return f"there is no system-call table for this processor (only for {' and '.join(_PROCESSORS)})"
    version, needed = landlock_version(), f"version {MINIMUM} (Linux 6.2) is needed"
    if not version:
        return f"no Landlock: the kernel has none, 'lsm=' leaves it out, or a container's filter refuses it; {needed}"
    if version < MINIMUM:
        return f"the kernel has version {version} of Landlock; {needed}"
    return ""


class LandlockBackend:
    """Starts the jails of one worker, and cleans up after them."""

    first_uid = 2
    """Without meaning here: no process changes its user id."""
    profile = IsolationProfile.D
    profile_reason = "the backend landlock uses no namespaces"

    def __init__(self, environment: EnvironmentSpec) -> None:
        self._environment = environment
        self._folder: Path | None = None

    def launch(self, log: IO[bytes]) -> tuple[ChildProcess, socket.socket]:
        """Start the zygote."""
        if reason := obstacle():
            raise SandboxUnavailable(f"no isolation by Landlock: {reason}")
        python = locate(self._environment)
        leftovers = _leftovers()
        folder = self._folder = _make_folder()
        packages = [source for source, target in python.pairs if target.startswith(f"{SITE}/")]
        for package in packages:
            (folder / "site" / Path(package).name).symlink_to(package)
        settings = {
            "readable": [*(source for source, _target in python.pairs), str(folder / "site"), *_DEVICES],
            "scratch_root": str(folder / "scratch"),
            "landlock_version": landlock_version(),
            "sets_home": "HOME" not in self._environment.variables,
            "leftovers": leftovers,
        }
        paths = [*self._environment.paths, *([str(folder / "site")] if packages else [])]
        arguments = zygote_arguments(
            str(GUEST.parent), _CONTROL, self._environment, paths, isolated=False, host_view=settings
        )
        executable = Path(self._environment.python or sys.executable).resolve()
        libraries = str(executable.parent.parent / "lib")  # else it may load another installation's library
        variables = {**self._environment.variables, "LD_LIBRARY_PATH": libraries}
        return spawn([str(executable), *arguments], _CONTROL, log, variables)

    def explain(self, printed: str) -> str:  # noqa: ARG002 - the backends' common signature
        """Return nothing: the log of the zygote is the explanation."""
        return ""

    def clean_up(self) -> None:
        """Remove the folder of a jail that has ended. What is left of it, the next worker's zygote removes."""
        if self._folder:
            with suppress(RecursionError):
                shutil.rmtree(self._folder, ignore_errors=True)
            self._folder = None


def _parent() -> Path:
    return Path(tempfile.gettempdir()).resolve()


def _leftovers() -> list[str]:
    """Return the folders of this user's workers that have ended."""
    return [
        str(folder)
        for folder in _parent().glob(f"{_FOLDER}*")
        if folder.lstat().st_uid == os.geteuid() and is_owner_gone(folder.name.removeprefix(_FOLDER))
    ]


def _make_folder() -> Path:
    """Make the folder of a jail: links to its packages, and the scratch folders of its processes."""
    folder = Path(tempfile.mkdtemp(prefix=f"{_FOLDER}{owner_label()}-", dir=_parent()))
    for name in ("site", "scratch"):
        (folder / name).mkdir(mode=0o700)
    return folder
