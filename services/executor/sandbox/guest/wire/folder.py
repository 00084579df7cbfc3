"""Carries the files of a scratch directory between test and program, as plain data.

Test and program have a scratch directory each, at the same path. Before a call the checker sends what the test changed
in its own, and with the answer the candidate sends what the program changed. So the checker never opens a file of the
program's: each file that a test sees was written by this module, under the test's user id, and is a regular file.

What arrives may be hostile. A path is a list of names below the directory; no symbolic link is followed on the way, and
nothing that is not a regular file is opened. Not carried: links, pipes, devices, and what exceeds the limits below.
"""

import os
import stat
from base64 import b64decode, b64encode
from collections.abc import Iterator
from contextlib import suppress
from io import FileIO
from typing import Any

from .codec import WireError

MAX_ENTRIES = 1000
"""Files and directories that are carried at most. A test that makes more of them is rare; each costs a few calls of the
kernel for each call of the program's."""
_MAX_DEPTH = 20
_MAX_NAME_BYTES = 255
_MAX_TIME_NS = 1 << 62
_READ = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_WRITE = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC

Entry = list[Any]
"""``[path]`` is gone · ``[path, 0]`` is a directory · ``[path, mode, mtime_ns, base64]`` is a file."""


class CarriedFolder:
    """One side's scratch directory, and what the other side is known to have of it."""

    def __init__(self, root: str) -> None:
        self.root = root
        self._known: dict[str, tuple[int, ...]] = {}

    def changes(self, budget_bytes: int) -> tuple[list[Entry], list[str]]:
        """Return what changed since the last exchange, and the paths of what cannot be carried.

        What exceeds ``budget_bytes`` counts as not carried this time.
        """
        gone: list[Entry] = []
        entries: list[Entry] = []
        left_out: list[str] = []
        present = set()
        for path, status in self._walk(left_out):
            if stat.S_ISDIR(status.st_mode):
                state: tuple[int, ...] = (0,)
                entry: Entry = [path, 0]
            else:
                content = self._read(path, status, budget_bytes)
                if content is None:
                    left_out.append(path)
                    continue
                state = (status.st_mode & 0o777, status.st_mtime_ns, hash(content))
                entry = [path, *state[:2], content]
            present.add(path)
            known = self._known.get(path)
            if known == state:
                continue
            if len(entry) > 2:
                budget_bytes -= len(entry[3]) * 4 // 3
                entry[3] = b64encode(entry[3]).decode()
            if known is not None and len(known) != len(state):
                gone.append([path])
            self._known[path] = state
            entries.append(entry)
        for path in sorted(self._known.keys() - present, reverse=True):
            gone.append([path])
            del self._known[path]
        return gone + entries, left_out

    def apply(self, entries: Any) -> tuple[list[str], list[str]]:
        """Do here what the other side did; return the paths that changed, and those that could not be carried.

        Raises:
            WireError: it is not a list of entries.
        """
        if type(entries) is not list or len(entries) > 2 * MAX_ENTRIES:
            raise WireError("not a list of files")
        changed, left_out = [], []
        for entry in entries:
            path, names = _checked(entry)
            try:
                self._apply(path, names, entry)
                changed.append(path)
            except OSError:  # no space is left, or something of this side's own is in the way
                left_out.append(path)
        return changed, left_out

    def _walk(self, left_out: list[str]) -> Iterator[tuple[str, os.stat_result]]:
        """Yield path and status of directories and regular files, directories first, without following links."""
        waiting = [""]
        count = 0
        while waiting:
            folder = waiting.pop()
            try:
                with os.scandir(os.path.join(self.root, folder)) as items:
                    children = sorted(items, key=lambda item: item.name)
            except OSError:
                continue
            for child in children:
                path = f"{folder}/{child.name}" if folder else child.name
                with suppress(OSError, UnicodeEncodeError):
                    path.encode()
                    status = child.stat(follow_symlinks=False)
                    is_folder = stat.S_ISDIR(status.st_mode)
                    count += 1
                    if count > MAX_ENTRIES or not (is_folder or stat.S_ISREG(status.st_mode)):
                        left_out.append(path)
                        continue
                    if is_folder and path.count("/") < _MAX_DEPTH - 1:
                        waiting.append(path)
                    yield path, status

    def _read(self, path: str, status: os.stat_result, limit_bytes: int) -> bytes | None:
        """Return the content of a regular file; ``None`` if it is too large or cannot be read."""
        if status.st_size * 4 // 3 > limit_bytes:
            return None
        try:
            descriptor = os.open(os.path.join(self.root, path), _READ)
        except OSError:
            return None
        with FileIO(descriptor, "r") as file:  # the test may have replaced ``open``
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                return None
            content = file.read(status.st_size + 1)
            return content if content is not None and len(content) <= status.st_size else None

    def _apply(self, path: str, names: list[str], entry: Entry) -> None:
        parent = os.open(self.root, _FOLDER)
        try:
            for name in names[:-1]:
                inner = os.open(name, _FOLDER, dir_fd=parent)
                os.close(parent)
                parent = inner
            self._known.pop(path, None)
            if len(entry) == 1:
                _remove(names[-1], parent)
            elif len(entry) == 2:
                with suppress(FileExistsError):
                    os.mkdir(names[-1], 0o700, dir_fd=parent)
                os.close(os.open(names[-1], _FOLDER, dir_fd=parent))  # it is a directory, and no link to one
                self._known[path] = (0,)
            else:
                self._known[path] = _write(names[-1], parent, *entry[1:])
        finally:
            os.close(parent)

    def clear(self) -> None:
        """Remove all that is in the directory."""
        self._known.clear()
        folders, waiting = [], [self.root]
        while waiting:
            folder = waiting.pop()
            with suppress(OSError), os.scandir(folder) as items:
                for item in items:
                    if item.is_dir(follow_symlinks=False):
                        with suppress(OSError):
                            os.chmod(item.path, 0o700)
                        folders.append(item.path)
                        waiting.append(item.path)
                    else:
                        with suppress(OSError):
                            os.unlink(item.path)
        for folder in reversed(folders):
            with suppress(OSError):
                os.rmdir(folder)


def _checked(entry: Any) -> tuple[str, list[str]]:
    """Return the path of an entry and the names it consists of. Raises ``WireError``."""
    if type(entry) is not list or len(entry) not in (1, 2, 4) or type(entry[0]) is not str:
        raise WireError("not a file")
    path = entry[0]
    names = path.split("/")
    try:
        is_path = len(names) <= _MAX_DEPTH and all(
            0 < len(name.encode()) <= _MAX_NAME_BYTES and name not in (".", "..") and "\0" not in name
            for name in names
        )
    except UnicodeEncodeError:
        is_path = False
    numbers = entry[1:3]
    if not is_path or any(type(number) is not int or not 0 <= number < _MAX_TIME_NS for number in numbers):
        raise WireError("not a file")
    return path, names


def _remove(name: str, parent: int) -> None:
    with suppress(FileNotFoundError):
        try:
            os.unlink(name, dir_fd=parent)
        except OSError:
            os.rmdir(name, dir_fd=parent)


def _write(name: str, parent: int, mode: int, mtime_ns: int, encoded: Any) -> tuple[int, ...]:
    """Write a file and return its state."""
    try:
        content = b64decode(encoded)
    except (TypeError, ValueError):
        raise WireError("not a file") from None
    mode &= 0o777
    try:
        descriptor = os.open(name, _WRITE, 0o600, dir_fd=parent)
    except PermissionError:  # its own mode forbids to write it
        os.unlink(name, dir_fd=parent)
        descriptor = os.open(name, _WRITE | os.O_EXCL, 0o600, dir_fd=parent)
    with FileIO(descriptor, "w") as file:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise FileExistsError(name)
        rest = memoryview(content)
        while rest:
            rest = rest[file.write(rest) :]
        os.fchmod(descriptor, mode)
        os.utime(descriptor, ns=(mtime_ns, mtime_ns))
        mtime_ns = os.fstat(descriptor).st_mtime_ns
    return (mode, mtime_ns, hash(content))
