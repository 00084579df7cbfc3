"""Confines the processes in the jail: user id, resource limits, capabilities, system-call filter.

Everything here acts on the calling process. Where a jail cannot grant a means (a backend without namespaces, a host
that maps one uid), that means is left out; the self-check shows what is missing by how the jail behaves.
"""

import ctypes
import errno
import os
import resource
import struct
from dataclasses import dataclass
from typing import Any, NoReturn

from . import seccomp
from .descriptors import DESCRIPTORS_END, UNCONFINED_FD
from .landlock import HostView
from .libc import MNT_DETACH, check, libc
from .namespaces import Namespaces

# From Linux's sys/mount.h, sys/prctl.h and linux/seccomp.h; the same on x86-64 and aarch64.
_MS_REC, _MS_PRIVATE = 16384, 1 << 18
_PR_SET_DUMPABLE, _PR_SET_SECCOMP, _PR_SET_NO_NEW_PRIVS = 4, 22, 38
_SECCOMP_MODE_FILTER = 2

_LIMITS_OF_SHARED_UID = ((resource.RLIMIT_NPROC, 4096), (resource.RLIMIT_SIGPENDING, 256))
"""Threads, and queued signals, where those of all processes of the worker's user count together (``HostView``): more
than the user has, and few enough for the machine."""

_python_fork = ctypes.PyDLL(None).fork
"""libc's ``fork``, called with the interpreter lock held, and without a copy of ``errno``, which would cost parent and
child some pages."""


@dataclass(frozen=True, slots=True)
class Grants:
    """The means that this jail grants its processes; found once, by ``probe``."""

    namespaces: Namespaces | None
    """The means to give processes pid, mount and ipc namespaces; ``None`` where the jail may not."""
    uids: int
    """User ids mapped into the jail; with one, all processes share it."""
    base_bytes: int
    """Address space of the warm interpreter. Memory limits count from here."""
    seccomp_filter: bytes | None
    """The system-call filter, as ``sock_filter`` structures; ``None`` on a backend, or a machine, without one."""
    view: HostView | None = None
    """What processes see of the host where there are no namespaces; ``None`` in a jail, and without any isolation."""


@dataclass(frozen=True, slots=True)
class ProcessLimits:
    """Limits of one process."""

    uid: int
    memory_bytes: int
    """Address space above ``Grants.base_bytes``."""
    processes: int
    cpu_s: float
    forks: bool = True
    """Whether it may start processes. It may start threads in any case."""
    opens_pidfds: bool = False
    """Whether it may watch other processes, where it shares the host's (``HostView``)."""
    scratch_bytes: int = 64 * 2**20
    """Size of the scratch directory, and of the largest file: enough for an honest program's intermediate files, far
    below the jail's memory.
    """


def probe(config: dict[str, Any]) -> Grants:
    """Find what the jail grants. Call before ``hide_proc``.

    ``config`` has ``namespaces`` and ``seccomp``, which say whether the jail has these, and ``host_view``, the
    arguments of a ``HostView`` or ``None``.
    """
    seccomp_filter = seccomp.build() if config["seccomp"] else None
    return Grants(
        Namespaces(share_ipc=seccomp_filter is not None) if config["namespaces"] else None,
        _mapped_uids() if config["namespaces"] else 1,
        _address_space_bytes(),
        seccomp_filter,
        HostView(**config["host_view"]) if config["host_view"] else None,
    )


def _mapped_uids() -> int:
    with open("/proc/self/uid_map") as lines:
        return sum(int(line.split()[2]) for line in lines)


def _address_space_bytes() -> int:
    with open("/proc/self/statm") as pages:
        return int(pages.read().split()[0]) * os.sysconf("SC_PAGE_SIZE")


def no_new_privileges() -> None:
    """Forbid set-uid programs to this process and all it forks."""
    check(libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "no new privileges")


def hide_proc() -> None:
    """Unmount ``/proc`` for this process and all that it forks."""
    check(libc.mount(b"none", b"/", None, _MS_REC | _MS_PRIVATE, None), "make mounts private")
    check(libc.umount2(b"/proc", MNT_DETACH), "unmount /proc")


def fork() -> int:
    """Fork by libc's ``fork``, without the hooks of ``os.fork``.

    The hooks take longer than all of a candidate's namespaces. They repair locks and threads, which a process with one
    thread and no lock held does not need, and reseed ``random``, which is seeded here on purpose. Call it in
    single-threaded processes only.
    """
    pid: int = _python_fork()
    if pid < 0:
        raise OSError("fork: no process could be started")
    return pid


def fork_in_pid_namespace(grants: Grants) -> int:
    """Fork a child that is PID 1 of a new pid namespace, where the jail grants one; return what ``fork`` returns."""
    if grants.namespaces:
        grants.namespaces.unshare_pid()
    pid = fork()
    if pid and grants.namespaces:
        grants.namespaces.restore_pid()
    return pid


def open_failures() -> None:
    """Open what processes of this session tell ``check_failures`` by. Call before the first fork.

    The exit status of a program is its own to choose. What is told here is not: the descriptor is closed as the last
    step of a confinement, before any code of a program runs.
    """
    descriptor = os.eventfd(0, os.EFD_NONBLOCK)
    os.dup2(descriptor, UNCONFINED_FD)
    os.close(descriptor)


def exit_unconfined(error: BaseException) -> NoReturn:
    """End the calling process, a new one that could not be confined because of ``error``."""
    os.eventfd_write(UNCONFINED_FD, getattr(error, "errno", None) or errno.EPERM)
    os._exit(1)


def check_failures() -> None:
    """Raise ``OSError`` if a process could not be confined: call this in the supervisor, when one has ended."""
    try:
        code = os.eventfd_read(UNCONFINED_FD)
    except BlockingIOError:
        return
    raise OSError(code, f"confine a process: {os.strerror(code)}")


class Confinement:
    """The confinement of one kind of process. Prepared once, so that each process only makes system calls."""

    def __init__(self, grants: Grants, limits: ProcessLimits) -> None:
        self.uid = limits.uid if grants.uids > limits.uid else None
        self._view = grants.view
        self._parent = os.getpid()
        self.scratch_options = f"size={limits.scratch_bytes},nr_inodes=4096,mode=1777".encode()
        self._capabilities = (
            struct.pack("Ii", 0x20080522, 0),  # version 3 of the interface, this process
            bytes(24),  # no capabilities
        )
        program = (
            grants.seccomp_filter
            if limits.forks or grants.seccomp_filter is None
            else seccomp.build(forks=False)
        )
        if grants.view:  # it may start no process: no namespace would end it
            program = seccomp.build(forks=False, own_pid=seccomp.ANY_PID, opens_pidfds=limits.opens_pidfds)
        self.program = program
        self._filter = _FilterProgram(len(program) // 8, program) if program else None
        # a backstop for child processes: the checker reads the candidate's exact clock
        cpu_s = int(limits.cpu_s) + 2
        counted_per_uid = ((resource.RLIMIT_NPROC, limits.processes),)
        self.own_limits = (
            (resource.RLIMIT_AS, grants.base_bytes + limits.memory_bytes),
            (resource.RLIMIT_CPU, cpu_s),
            *(_LIMITS_OF_SHARED_UID if grants.view else counted_per_uid),
        )
        self._shared_limits = (
            (resource.RLIMIT_FSIZE, limits.scratch_bytes),
            (resource.RLIMIT_NOFILE, DESCRIPTORS_END),
            (resource.RLIMIT_CORE, 0),
            (resource.RLIMIT_MEMLOCK, 2**20),  # the kernel cannot reclaim locked pages when memory is short
            (resource.RLIMIT_MSGQUEUE, 0),
        )

    def set_shared_limits(self) -> None:
        """Set the limits that are the same for all processes; children inherit them."""
        for limit, value in self._shared_limits:
            resource.setrlimit(limit, (value, value))

    def enter(self, scratch: str = "") -> None:
        """Confine the calling process, a child of the one that made this object; it cannot undo this.

        ``scratch`` is for ``HostView.enter``, where there are no namespaces.
        Its parent must have made its namespaces, and it must hold no descriptor that it may not use.
        """
        for limit, value in self.own_limits:
            resource.setrlimit(limit, (value, value))
        if self.uid is not None:
            os.setresgid(self.uid, self.uid, self.uid)
            os.setresuid(self.uid, self.uid, self.uid)
        # Not implied by the change of uid where the zygote is not root and has capabilities all the same (profile B).
        check(libc.capset(*self._capabilities), "drop capabilities")
        if self.uid is None:  # else the change of uid does this
            check(libc.prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0), "not dumpable")
        system_calls = self._filter
        if self._view is not None:
            self._view.enter(scratch, self._parent)
            system_calls = self._filter_on_shared_host()
        if system_calls is not None:
            program = ctypes.byref(system_calls)
            check(libc.prctl(_PR_SET_SECCOMP, _SECCOMP_MODE_FILTER, program, 0, 0), "seccomp filter")

    def _filter_on_shared_host(self) -> "_FilterProgram":
        """Return the filter for the calling process, by its pid.

        Raises:
            OSError: there is none for this processor.
        """
        if self.program is None:
            raise OSError("no table of system calls for this processor")
        program = seccomp.with_pid(self.program, os.getpid())
        return _FilterProgram(len(program) // 8, program)


class _FilterProgram(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("instructions", ctypes.c_char_p))
