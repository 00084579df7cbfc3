"""Keeps a test's functions from the descriptors by which this process judges. For the checker only.

A program chooses the arguments of a callback. With a number in place of a path, ``open(path, "w").write(text)`` in a
test's own function would write to any descriptor of this process: to the worker as a verdict, or to another process of
the jail. So ``open``, and the functions of ``os`` that take a descriptor, refuse sockets and anonymous files (wakeup
descriptors, polls) as if they were closed, unless the judge's own code calls. Files and pipes of a test are of neither
kind.
"""

import errno
import functools
import operator
import os
import stat
import sys
from collections.abc import Callable
from contextlib import suppress
from types import FrameType
from typing import Any

from .namespace import BUILTINS

_ONE = (
    "read write close dup readv writev pread pwrite set_blocking set_inheritable eventfd_read eventfd_write"
)
_DESCRIPTORS = {**dict.fromkeys(_ONE.split(), 1), "dup2": 2, "sendfile": 2}
"""Functions of ``os`` that act on sockets or anonymous files, with the number of their descriptors."""
_OUR_PACKAGE = __name__.partition("checker")[0]


def install() -> None:
    """Replace ``open`` and the functions of ``os``, for all code that is not the judge's own."""
    BUILTINS["open"] = _GUARDED_OPEN
    for module in ("builtins", "io", "_io"):
        vars(sys.modules[module])["open"] = _GUARDED_OPEN
    vars(os).update(_GUARDED)


def _guarded(function: Callable[..., Any], count: int) -> Callable[..., Any]:
    """Return the function, which refuses the judge's descriptors among its first ``count`` arguments."""

    @functools.wraps(function)
    def guarded(*args: Any, **kwargs: Any) -> Any:
        if _is_ours(sys._getframe(1)):  # noqa: SLF001
            return function(*args, **kwargs)
        first = [_checked(value) for value in args[:count]]
        named = {
            key: _checked(value) if key in ("file", "fd", "fd2") else value for key, value in kwargs.items()
        }
        return function(*first, *args[count:], **named)

    return guarded


def _is_ours(caller: FrameType) -> bool:
    name: str = caller.f_globals.get("__name__", "")
    return name.startswith(_OUR_PACKAGE)


def _open_pidfd(pid: int, flags: int = 0) -> int:
    """Open a handle of a process for the judge's own code. It is an anonymous file, which other code could not close
    again: to that code the kernel seems to refuse it, as some do. ``subprocess`` asks when it is imported.
    """
    if _is_ours(sys._getframe(1)):  # noqa: SLF001
        return _REAL_OPEN_PIDFD(pid, flags)
    raise PermissionError(errno.EPERM, os.strerror(errno.EPERM))


def _close_range(low: int, high: int) -> None:
    """Close the descriptors of a range, as ``os.closerange`` does, apart from the judge's."""
    for descriptor in range(max(low, 0), min(high, os.sysconf("SC_OPEN_MAX"))):
        if not _is_judge_s(descriptor):
            with suppress(OSError):  # most numbers of a range are not open
                os.close(descriptor)


def _checked(value: Any) -> Any:
    """Return a path as it is, and a descriptor as a plain number. Raises ``OSError`` for one of the judge's."""
    if issubclass(type(value), (str, bytes)):  # its real type: a proxy has the class that the program claims
        return value
    try:
        # once only: the next time, an object of the program's may give another
        descriptor = operator.index(value)
    except TypeError:
        return value
    if _is_judge_s(descriptor):
        raise OSError(errno.EBADF, os.strerror(errno.EBADF))
    return descriptor


def _is_judge_s(descriptor: int) -> bool:
    """Whether a descriptor is a socket or an anonymous file."""
    try:
        mode = os.fstat(descriptor).st_mode
    except OSError:  # it is not open
        return False
    return stat.S_ISSOCK(mode) or stat.S_IFMT(mode) == 0


# Made once, before the zygote forks: each new checker would write to a hundred pages to make them.
_GUARDED_OPEN = _guarded(open, 1)
_GUARDED = {name: _guarded(getattr(os, name), count) for name, count in _DESCRIPTORS.items()}
_REAL_OPEN_PIDFD = os.pidfd_open
_GUARDED |= {"closerange": _close_range, "pidfd_open": _open_pidfd}
