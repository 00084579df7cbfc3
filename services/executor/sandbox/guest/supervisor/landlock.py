"""Confines processes to a part of the host's files with Landlock, where there are no namespaces (profile D).

Every confined process may read Python's files and write to a scratch folder of its own. It may start no program file.
No process may read ``/proc``, where the command lines of the user's other processes are.
Landlock restricts opening, making, moving and removing files. It does not restrict ``stat``, ``chmod``, ``utime`` or
locks: the system-call filter refuses what of these changes something (``seccomp``, ``own_pid``).

Landlock also refuses access to the memory of processes with another set of rules, so of every other process. From
version 4 it refuses TCP, from version 6 signals to other processes and abstract sockets. The filter refuses these too:
profile D depends on it alone where the kernel has version 3.
"""

import ctypes
import os
import signal
import struct
from collections.abc import Sequence
from contextlib import suppress

# From linux/landlock.h, linux/prctl.h and asm-generic/unistd.h; the same on x86-64 and aarch64.
_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446
_PATH_BENEATH = 1
_WRITE_FILE, _READ_FILE, _READ_DIR, _TRUNCATE = 1 << 1, 1 << 2, 1 << 3, 1 << 14
_RIGHTS_OF_VERSION = {3: 15, 4: 15}
"""Version → number of rights on files that it knows; later versions know ``_MOST_RIGHTS``."""
_MOST_RIGHTS = 16
_FILE_RIGHTS = _WRITE_FILE | _READ_FILE | _TRUNCATE
_SCRATCH_RIGHTS = _FILE_RIGHTS | _READ_DIR | 1 << 4 | 1 << 5 | 1 << 7 | 1 << 8 | 1 << 10 | 1 << 12 | 1 << 13
"""Beside reading and writing: remove folders and files; make folders, regular files, pipes and links; rename between
folders."""
_NETWORK_RIGHTS, _SCOPES = 3, 3
"""Bind and connect TCP (version 4); abstract unix sockets and signals (version 6)."""
_PR_SET_PDEATHSIG = 1
_DESCRIPTORS = 1024
"""More than a session supervisor has."""
_libc = ctypes.CDLL(None, use_errno=True)


class HostView:
    """The part of the host's files that confined processes may use."""

    def __init__(
        self,
        readable: list[str],
        scratch_root: str,
        landlock_version: int,
        *,
        sets_home: bool,
        leftovers: Sequence[str] = (),
    ) -> None:
        """``sets_home``: whether ``HOME`` of a confined process is its scratch folder. ``leftovers``: folders of jails
        that have ended, which are removed.
        """
        for leftover in leftovers:
            remove_tree(leftover)
        self._readable = readable
        self._scratch_root = scratch_root
        self._version = landlock_version
        self._sets_home = sets_home

    def make_scratch(self) -> str:
        """Make a scratch folder and return its path, which no other process can guess.

        Called by the session supervisor: if it fails, the session does, and not a program.
        """
        scratch = os.path.join(self._scratch_root, os.urandom(16).hex())
        os.mkdir(scratch, 0o700)
        return scratch

    def enter(self, scratch: str, parent: int) -> None:
        """Confine the calling process, which ends when ``parent`` does; it cannot undo this. ``scratch`` may be empty.

        Raises:
            OSError: the kernel refused; the process must not go on.
        """
        if _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0) or os.getppid() != parent:
            raise OSError("the parent process has ended")
        rules = [(path, _READ_FILE | _READ_DIR) for path in self._readable]
        rules.append(("/dev/null", _FILE_RIGHTS))
        os.chdir("/")
        if scratch:
            os.chdir(scratch)
            rules.append((scratch, _SCRATCH_RIGHTS))
            if self._sets_home:
                os.environ["HOME"] = scratch
        self._restrict(rules)

    def _restrict(self, rules: list[tuple[str, int]]) -> None:
        handled = (1 << _RIGHTS_OF_VERSION.get(self._version, _MOST_RIGHTS)) - 1
        attributes = [
            handled,
            *([_NETWORK_RIGHTS] if self._version >= 4 else []),
            *([_SCOPES] if self._version >= 6 else []),
        ]
        packed = struct.pack(f"{len(attributes)}Q", *attributes)
        ruleset = _call(_CREATE_RULESET, packed, ctypes.c_size_t(len(packed)), 0)
        for path, rights in rules:
            with suppress(FileNotFoundError):
                _add_rule(ruleset, path, rights & handled)
        _call(_RESTRICT_SELF, ruleset, 0)
        os.close(ruleset)

    def remove(self, scratch: str) -> None:
        """Remove the scratch folder of a process that has ended.

        Where it is not empty, a child process removes it, and is not waited for: a program may leave a hundred
        thousand files.
        """
        try:
            os.rmdir(scratch)
        except FileNotFoundError:  # also for an empty path
            return
        except OSError:
            _remove_in_child(scratch)


class ScratchFolders:
    """The scratch folders of one session's processes. Without a ``view`` there are none: their paths are empty."""

    def __init__(self, view: HostView | None) -> None:
        self._view = view
        self._paths: dict[str, str] = {}
        """Process → its folder."""

    def renew(self, process: str) -> str:
        """Remove the folder of a process that has ended, and return a new one for the next of its kind."""
        if self._view is None:
            return ""
        self.remove(process)
        self._paths[process] = self._view.make_scratch()
        return self._paths[process]

    def remove(self, *processes: str) -> None:
        """Remove the folders of processes that have ended, by default of all."""
        if self._view is not None:
            for process in processes or list(self._paths):
                self._view.remove(self._paths.pop(process, ""))


def _add_rule(ruleset: int, path: str, rights: int) -> None:
    opened = os.open(path, os.O_PATH | os.O_CLOEXEC)
    if not os.path.isdir(path):
        rights &= _FILE_RIGHTS
    _call(_ADD_RULE, ruleset, _PATH_BENEATH, struct.pack("=Qi", rights, opened), 0)
    os.close(opened)


def _remove_in_child(scratch: str) -> None:
    pid = os.fork()
    if pid:
        os.waitpid(pid, 0)
        return
    try:
        if os.fork() == 0:
            os.closerange(0, _DESCRIPTORS)  # else it would keep the session's sockets open
            remove_tree(scratch)
    finally:
        os._exit(0)


def remove_tree(folder: str) -> None:
    """Remove a folder whose content may be hostile: unreadable folders, links, paths of any depth.

    No other process may change it meanwhile. Folders in it are moved up to ``folder`` before they are opened, so no
    path is long and no recursion is deep. What cannot be removed stays.
    """
    top = os.fsencode(folder)
    prefix = os.path.join(top, os.urandom(16).hex().encode())  # a name that the program cannot have used
    waiting = [top]
    moved = 0
    while waiting:
        current = waiting.pop()
        for path, is_folder in _content(current):
            with suppress(OSError):
                if not is_folder:
                    os.unlink(path)
                    continue
                moved += 1
                os.chmod(path, 0o700)  # a folder that is not writable cannot be moved
                os.rename(path, prefix + b"%d" % moved)
                waiting.append(prefix + b"%d" % moved)
        with suppress(OSError):
            os.rmdir(current)
    with suppress(OSError):
        os.rmdir(top)


def _content(folder: bytes) -> list[tuple[bytes, bool]]:
    """Return the path of each entry of a folder, and whether it is a folder and no link to one."""
    with suppress(OSError):
        os.chmod(folder, 0o700)
        with os.scandir(folder) as entries:
            return [(entry.path, entry.is_dir(follow_symlinks=False)) for entry in entries]
    return []


def _call(number: int, *arguments: object) -> int:
    result: int = _libc.syscall(number, *arguments)
    if result < 0:
        code = ctypes.get_errno()
        raise OSError(code, f"landlock: {os.strerror(code)}")
    return result
