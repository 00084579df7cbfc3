"""Counts what this process and all its later child processes do, with the kernel's performance counters.

A count does not depend on how busy the machine is, as a time does. Instructions need a counter of the processor, which
most virtual machines do not have; page faults are counted by the kernel.
"""

import ctypes
import fcntl
import os
import platform
import struct
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

# From Linux's linux/perf_event.h.
_EVENTS = {"instructions": (0, 1), "page_faults": (1, 2), "cpu_ns": (1, 1)}
"""Name → type and number of the event."""
_COUNTED = ("instructions", "page_faults")
"""What ``opened`` counts."""
_DISABLED, _INHERIT, _EXCLUDE_KERNEL, _EXCLUDE_HYPERVISOR = 1, 1 << 1, 1 << 5, 1 << 6
_ATTRIBUTE_BYTES = 112
_ENABLE, _DISABLE = 0x2400, 0x2401
_SYSCALL = {"x86_64": 298, "aarch64": 241}
_CLOSE_ON_EXEC = 8


class NoCounter(Exception):
    """The machine has no such counter, or this process may not use it."""


@dataclass(slots=True)
class Counters:
    """Open counters, by name; those that the machine does not have are missing."""

    counts: dict[str, int] = field(default_factory=dict)
    """The counts of the last ``counting``."""
    reasons: dict[str, str] = field(default_factory=dict)
    """Why a counter is missing."""
    _descriptors: dict[str, int] = field(default_factory=dict)

    @contextmanager
    def counting(self) -> Iterator[None]:
        """Count from here to the end of the block."""
        before = {name: read_counter(descriptor) for name, descriptor in self._descriptors.items()}
        self._control(_ENABLE)
        try:
            yield
        finally:
            self._control(_DISABLE)
            self.counts = {name: read_counter(fd) - before[name] for name, fd in self._descriptors.items()}

    def _control(self, request: int) -> None:
        for descriptor in self._descriptors.values():
            fcntl.ioctl(descriptor, request, 0)


@contextmanager
def opened() -> Iterator[Counters]:
    """Open the counters. Call before the processes start that are to be counted."""
    counters = Counters()
    try:
        for name in _COUNTED:
            try:
                counters._descriptors[name] = open_counter(name)  # noqa: SLF001
            except NoCounter as error:
                counters.reasons[name] = str(error)
        yield counters
    finally:
        for descriptor in counters._descriptors.values():  # noqa: SLF001
            with suppress(OSError):
                os.close(descriptor)


def open_counter(name: str, thread: int = 0, *, starts: bool = False) -> int:
    """Return the descriptor of a counter of a thread and its later children; 0 is the calling thread.

    It counts at once if ``starts``.

    Raises:
        NoCounter: the machine has no such counter, or the thread is gone or is another user's.
    """
    number = _SYSCALL.get(platform.machine())
    if number is None:
        raise NoCounter(f"no counters are used on {platform.machine()}")
    kind, event = _EVENTS[name]
    flags = _INHERIT | (0 if starts else _DISABLED)
    flags |= _EXCLUDE_HYPERVISOR | _EXCLUDE_KERNEL if name == "instructions" else 0
    packed = struct.pack("IIQQQQQ", kind, _ATTRIBUTE_BYTES, event, 0, 0, 0, flags)
    attribute = ctypes.create_string_buffer(packed.ljust(_ATTRIBUTE_BYTES, b"\0"), _ATTRIBUTE_BYTES)
    libc = ctypes.CDLL(None, use_errno=True)
    descriptor: int = libc.syscall(number, attribute, thread, -1, -1, _CLOSE_ON_EXEC)
    if descriptor < 0:
        raise NoCounter(f"the kernel gives no counter of {name}: {os.strerror(ctypes.get_errno())}")
    return descriptor


def read_counter(descriptor: int) -> int:
    """Return the count of an open counter."""
    (count,) = struct.unpack("Q", os.read(descriptor, 8))
    return int(count)
