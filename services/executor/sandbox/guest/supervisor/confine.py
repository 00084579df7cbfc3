"""Per-process walls inside the jail: namespaces, scratch, identity, limits, system calls.

Everything here acts on the calling process. What a jail cannot grant (a backend without namespaces, a host
that maps one uid) is left out; the self-check shows it by
behaviour.
"""

import ctypes
import os
import resource
import struct
from dataclasses import dataclass

from ..checker import cpu_wait
from . import seccomp

# Of Linux's sched.h, sys/mount.h, sys/prctl.h and linux/seccomp.h; the same on x86-64 and aarch64.
CLONE_NEWNS, CLONE_NEWIPC, CLONE_NEWPID = 0x00020000, 0x08000000, 0x20000000
_MS_NOSUID, _MS_NODEV, _MS_REC, _MS_PRIVATE = 2, 4, 16384, 1 << 18
_MNT_DETACH = 2
_PR_SET_DUMPABLE, _PR_SET_SECCOMP, _PR_SET_NO_NEW_PRIVS = 4, 22, 38
_SECCOMP_MODE_FILTER = 2
SCRATCH = "/tmp"  # noqa: S108  -- the jail's own, a fresh tmpfs per process

_libc = ctypes.CDLL(None, use_errno=True)
_python = ctypes.PyDLL(None, use_errno=True)  # the same, called without letting go of the interpreter lock


def _check(result: int, what: str) -> None:
    if result != 0:
        code = ctypes.get_errno()
        raise OSError(code, f"{what}: {os.strerror(code)}")


@dataclass(frozen=True, slots=True)
class Grants:
    """What this jail can grant its processes; decided once, by ``probe``."""

    namespaces: bool
    """Processes get pid, mount and ipc namespaces of their own."""
    uids: int
    """Uids mapped into the jail; with one, every process shares it."""
    base_bytes: int
    """Address space of the warm interpreter, which limits are counted from."""
    seccomp: bytes | None
    """The system-call filter."""
    spaces: "Namespaces | None"
    """The zygote's own namespaces; ``None`` without ``namespaces``."""


@dataclass(frozen=True, slots=True)
class ProcessLimits:
    """What one process may use."""

    uid: int
    memory_bytes: int
    processes: int
    cpu_s: float
    forks: bool = True
    """Whether it may start processes; threads it may."""
    scratch_bytes: int = 64 * 2**20
    """Also the largest file: room for any honest intermediate, far below the jail's memory."""


def probe(*, namespaces: bool, filtered: bytes | None) -> Grants:
    """Find what the jail grants. Call before ``hide_proc``."""
    spaces = Namespaces() if namespaces else None
    return Grants(namespaces, _mapped_uids() if namespaces else 1, _address_space(), filtered, spaces)


def _mapped_uids() -> int:
    with open("/proc/self/uid_map") as lines:
        return sum(int(line.split()[2]) for line in lines)


def _address_space() -> int:
    with open("/proc/self/statm") as pages:
        return int(pages.read().split()[0]) * os.sysconf("SC_PAGE_SIZE")


def no_new_privileges() -> None:
    """Forbid set-uid programs to this process and all it forks."""
    _check(_libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "no new privileges")


def hide_proc() -> None:
    """Take ``/proc`` out of the jail, for good."""
    _check(_libc.mount(b"none", b"/", None, _MS_REC | _MS_PRIVATE, None), "make mounts private")
    _check(_libc.umount2(b"/proc", _MNT_DETACH), "take /proc away")


def fork() -> int:
    """Fork as libc does, without Python's own hooks: they cost a candidate more than all its namespaces.

    They repair locks and threads, which a process with one thread and no lock held has no use for, and reseed
    ``random``, which is seeded here on purpose. To be called by single-threaded processes only.
    """
    pid = _python.fork()
    if pid < 0:
        raise OSError(ctypes.get_errno(), "fork")
    return int(pid)


class Namespaces:
    """A forking process's own namespaces, and new ones for the child it forks next.

    Made in the parent, where the code that does so is warm: a fresh fork would copy a page of memory for every
    page of code and data it uses to confine itself.
    """

    def __init__(self) -> None:
        """Open the ways back. Needs ``/proc``."""
        self._own_pid = os.pidfd_open(os.getpid())
        self._own_mount = os.open("/proc/self/ns/mnt", os.O_RDONLY | os.O_CLOEXEC)
        self._own_ipc = os.open("/proc/self/ns/ipc", os.O_RDONLY | os.O_CLOEXEC)
        self.proc = os.open("/proc", os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
        """``/proc``, which the jail is without from ``hide_proc`` on; for checkers (``turns``)."""

    def of_child(self) -> None:
        """After a fork: the calling process is the one to go back to."""
        self._own_pid = os.pidfd_open(os.getpid())

    def move(self, first: int) -> None:
        """Move the descriptors to ``first`` and the next three numbers."""
        moved = (self._own_pid, self._own_mount, self._own_ipc, self.proc)
        for number, descriptor in enumerate(moved, first):
            os.dup2(descriptor, number)
        self._own_pid, self._own_mount, self._own_ipc, self.proc = range(first, first + len(moved))

    def new_pid(self) -> None:
        """Make the next child PID 1 of a new pid namespace."""
        _check(_libc.unshare(CLONE_NEWPID), "new pid namespace")

    def new(self, scratch_options: bytes) -> None:
        """The same, with mount and ipc namespaces and an empty scratch, which the child starts in."""
        _check(_libc.unshare(CLONE_NEWPID | CLONE_NEWNS | CLONE_NEWIPC), "new namespaces")
        flags = _MS_NOSUID | _MS_NODEV
        _check(_libc.mount(b"tmpfs", SCRATCH.encode(), b"tmpfs", flags, scratch_options), "mount scratch")
        os.chdir(SCRATCH)

    def back_from_pid(self) -> None:
        """Let children be born into the caller's own pid namespace again."""
        _check(_libc.setns(self._own_pid, CLONE_NEWPID), "return to own pid namespace")

    def back(self) -> None:
        """Leave the namespaces of the child just forked."""
        self.back_from_pid()
        _check(_libc.setns(self._own_mount, CLONE_NEWNS), "return to own mount namespace")
        _check(_libc.setns(self._own_ipc, CLONE_NEWIPC), "return to own ipc namespace")


class Confinement:
    """The walls of one kind of process, made ready once, so that each process spends system calls only."""

    def __init__(self, grants: Grants, allowance: ProcessLimits) -> None:
        self._uid = allowance.uid if grants.uids > allowance.uid else None
        self.scratch = f"size={allowance.scratch_bytes},nr_inodes=4096,mode=1777".encode()
        self._capabilities = (struct.pack("Ii", 0x20080522, 0), bytes(24))  # version 3, this process; none
        program = grants.seccomp if allowance.forks or grants.seccomp is None else seccomp.build(forks=False)
        self._filter = _FilterProgram(len(program) // 8, program) if program else None
        cpu_s = int(allowance.cpu_s) + 2  # a backstop for children: the checker reads the exact clock
        self._own_limits = (
            (resource.RLIMIT_AS, grants.base_bytes + allowance.memory_bytes),
            (resource.RLIMIT_CPU, cpu_s),
            (resource.RLIMIT_NPROC, allowance.processes),  # counted per uid
        )
        self._shared_limits = (
            (resource.RLIMIT_FSIZE, allowance.scratch_bytes),
            (resource.RLIMIT_NOFILE, cpu_wait.PROC + 1),  # no honest program has a hundred files open
            (resource.RLIMIT_CORE, 0),
            (resource.RLIMIT_MEMLOCK, 2**20),  # locked pages cannot be taken back where memory is short
            (resource.RLIMIT_MSGQUEUE, 0),
        )

    def share(self) -> None:
        """Set the limits that are the same for all; children inherit them."""
        for what, value in self._shared_limits:
            resource.setrlimit(what, (value, value))

    def enter(self) -> None:
        """Confine the calling process for good; its namespaces are its parent's work. It must hold no descriptor
        it may not use.
        """
        for what, value in self._own_limits:
            resource.setrlimit(what, (value, value))
        if self._uid is not None:
            os.setresgid(self._uid, self._uid, self._uid)
            os.setresuid(self._uid, self._uid, self._uid)
        else:  # a change of uid drops capabilities and makes a process undumpable by itself
            _check(_libc.capset(*self._capabilities), "drop capabilities")
            _check(_libc.prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0), "not dumpable")
        if self._filter is not None:
            filtered = ctypes.byref(self._filter)
            _check(_libc.prctl(_PR_SET_SECCOMP, _SECCOMP_MODE_FILTER, filtered, 0, 0), "seccomp filter")


class _FilterProgram(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("instructions", ctypes.c_char_p))
