"""Makes the namespaces of programs and helpers, and the scratch folders in them.

Acts on the calling process, which forks the process that they are for, and then returns to its own.
"""

import ctypes
import errno
import os

from .libc import MNT_DETACH, check, libc

# From Linux's sched.h and sys/mount.h; the same on x86-64 and aarch64.
CLONE_NEWNS, CLONE_NEWIPC, CLONE_NEWPID = 0x00020000, 0x08000000, 0x20000000
_MS_NOSUID, _MS_NODEV = 2, 4
_MNT_EXPIRE = 4
SCRATCH = "/tmp"  # noqa: S108  -- inside the jail
"""A tmpfs of each process's own."""


class Namespaces:
    """The namespaces of a forking process, and new ones for the child that it forks next.

    The parent makes them, because its pages hold the code that does so. A new child would copy a page of memory for
    every page of code and data that it uses to confine itself.
    """

    def __init__(self, *, share_ipc: bool) -> None:
        """Open the descriptors that lead back to the process's own namespaces. Needs ``/proc``.

        ``share_ipc``: programs cannot create anything in an ipc namespace (``seccomp``), so that all programs of a
        session may have the same.
        """
        self.share_ipc = share_ipc
        self._of_program = CLONE_NEWPID if share_ipc else CLONE_NEWPID | CLONE_NEWIPC
        self.proc = os.open("/proc", os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
        """``/proc``, which ``hide_proc`` takes out of the jail; session supervisors need it (``cpu_wait``)."""
        self._open_own()
        self.is_scratch_mounted = False
        """Whether there is a scratch of programs."""
        self._scratch_state: tuple[int, ...] | None = None
        """Of that scratch, when it was last known to be unused; ``None`` if that is not known."""

    def _open_own(self) -> None:
        self._own_pid = os.pidfd_open(os.getpid())
        self._own_mount, self._own_ipc = (
            os.open(f"self/ns/{name}", os.O_RDONLY | os.O_CLOEXEC, dir_fd=self.proc)
            for name in ("mnt", "ipc")
        )

    def adopt_this_process(self) -> None:
        """Give the calling process mount and ipc namespaces of its own. Call once in a session, after its fork."""
        check(libc.unshare(CLONE_NEWNS | CLONE_NEWIPC), "namespaces of the session")
        self._open_own()

    def move_descriptors(self, first: int) -> None:
        """Move the four descriptors to ``first`` and the numbers after it."""
        moved = (self._own_pid, self._own_mount, self._own_ipc, self.proc)
        for number, descriptor in enumerate(moved, first):
            os.dup2(descriptor, number)
        self._own_pid, self._own_mount, self._own_ipc, self.proc = range(first, first + len(moved))

    @property
    def own_descriptors(self) -> tuple[int, int, int]:
        """The descriptors that lead back to the process's own pid, mount and ipc namespaces."""
        return self._own_pid, self._own_mount, self._own_ipc

    def unshare_pid(self) -> None:
        """Make the next child PID 1 of a new pid namespace."""
        check(libc.unshare(CLONE_NEWPID), "new pid namespace")

    def unshare_program(self, scratch_options: bytes) -> None:
        """Make the next child, a program, PID 1 of a new pid namespace, with an empty scratch.

        ``scratch_options`` are mount options of tmpfs. Programs follow one another in the session's mount namespace:
        all that a program can change there is its scratch, which is mounted again if it was used. To make and end a
        mount namespace for each would cost a quarter of a fork.
        """
        check(libc.unshare(self._of_program), "namespaces of a program")
        if not self._is_scratch_unused():
            if self.is_scratch_mounted:
                check(libc.umount2(SCRATCH.encode(), MNT_DETACH), "unmount scratch")
            self.forget_scratch(is_mounted=False)
            _mount_scratch(scratch_options)
            self.is_scratch_mounted = True
            self._scratch_state = _scratch_state()
        os.chdir(SCRATCH)

    def forget_scratch(self, *, is_mounted: bool) -> None:
        """Mount the scratch of the next program again: other code has forked programs (``fork_loop``)."""
        self.is_scratch_mounted = is_mounted
        self._scratch_state = None

    def _is_scratch_unused(self) -> bool:
        """Whether no program has created, read or changed anything in the scratch since the last call, or holds it.

        A descriptor in a message that was not received outlives its program for a while, and keeps a lock. While there
        is one, the kernel does not mark the mount as expired (``EBUSY``). The mark is removed at the next use.
        """
        if self._scratch_state is None:
            return False
        os.chdir("/")
        if libc.umount2(SCRATCH.encode(), _MNT_EXPIRE) == 0 or ctypes.get_errno() != errno.EAGAIN:
            return False
        last_inode, *root = self._scratch_state
        try:
            self._scratch_state = _scratch_state()
        except OSError:  # full, or closed to all
            return False
        return self._scratch_state == (last_inode + 1, *root)

    def unshare_helper(self, scratch_options: bytes) -> None:
        """Put the next child, a checker or a compiler, into new mount and ipc namespaces, with an empty scratch.

        It lives in the session's pid namespace.
        """
        check(libc.unshare(CLONE_NEWNS | CLONE_NEWIPC), "new namespaces")
        if self.is_scratch_mounted:
            check(libc.umount2(SCRATCH.encode(), MNT_DETACH), "unmount the scratch of programs")
        _mount_scratch(scratch_options)
        os.chdir(SCRATCH)

    def restore_after_program(self) -> None:
        """Return to the caller's own namespaces, after a program was forked."""
        self.restore_pid()
        if not self.share_ipc:
            self._restore_ipc()

    def restore_after_helper(self) -> None:
        """Return to the caller's own namespaces, after a helper was forked."""
        check(libc.setns(self._own_mount, CLONE_NEWNS), "return to own mount namespace")
        self._restore_ipc()

    def _restore_ipc(self) -> None:
        check(libc.setns(self._own_ipc, CLONE_NEWIPC), "return to own ipc namespace")

    def restore_pid(self) -> None:
        """Start the next children in the caller's own pid namespace again."""
        check(libc.setns(self._own_pid, CLONE_NEWPID), "return to own pid namespace")


def _mount_scratch(options: bytes) -> None:
    flags = _MS_NOSUID | _MS_NODEV
    check(libc.mount(b"tmpfs", SCRATCH.encode(), b"tmpfs", flags, options), "mount scratch")


def _scratch_state() -> tuple[int, ...]:
    """Return the number of the next inode of the scratch, and what a program could change of its root.

    A file without a name is created to find that number. Whatever a program creates gets a number of its own, and the
    file system never gives one twice. The times of the root alone are too coarse: they count in milliseconds. (Before
    Linux 5.9 all file systems count together, so that a scratch always seems used.)
    """
    descriptor = os.open(SCRATCH, os.O_TMPFILE | os.O_RDWR | os.O_CLOEXEC, 0o600)
    inode = os.fstat(descriptor).st_ino
    os.close(descriptor)
    root = os.stat(SCRATCH)
    return inode, root.st_mode, root.st_uid, root.st_gid, root.st_atime_ns, root.st_mtime_ns, root.st_ctime_ns
