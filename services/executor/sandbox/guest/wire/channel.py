"""Reads lines of text from a descriptor, under a cap on their length. Each line is one JSON value.

What the lines mean is the caller's part.
"""

import os
import select
from collections import deque

_READ_BYTES = 1 << 16
"""Size of one read; most lines are far shorter."""


class ChannelClosed(Exception):
    """The other end is closed."""


class LineTooLong(Exception):
    """A line is longer than the reader allows."""


class LineReader:
    """Splits what arrives on a stream socket into lines."""

    def __init__(self, descriptor: int, cap_bytes: int) -> None:
        self._descriptor = descriptor
        self.cap_bytes = cap_bytes
        self.ready: deque[bytes] = deque()
        self._parts: list[bytes] = []
        self._pending_bytes = 0

    def drain(self) -> None:
        """Read what has arrived on a non-blocking descriptor into ``ready``.

        Raises:
            ChannelClosed: the other end is closed, and no line is ready.
            LineTooLong: more than ``cap_bytes`` arrived in one call, or without a newline.
        """
        read_bytes = 0
        while read_bytes <= self.cap_bytes:
            try:
                data = os.read(self._descriptor, _READ_BYTES)
            except BlockingIOError:
                return
            except ConnectionError:
                data = b""
            if not data:
                if self.ready:
                    return
                raise ChannelClosed
            self._split(data)
            read_bytes += len(data)
            if len(data) < _READ_BYTES:
                return
        raise LineTooLong

    def is_silent(self, wait_s: float) -> bool:
        """Whether no line is ready, and nothing arrives for ``wait_s``."""
        return not self.ready and not select.select([self._descriptor], [], [], wait_s)[0]

    def read(self) -> bytes:
        """Wait for the next line and return it. Raises ``ChannelClosed``, ``LineTooLong``."""
        while not self.ready:
            data = os.read(self._descriptor, _READ_BYTES)
            if not data:
                raise ChannelClosed
            self._split(data)
        return self.ready.popleft()

    def _split(self, data: bytes) -> None:
        *lines, rest = data.split(b"\n")
        if lines:
            self._parts.append(lines[0])
            self.ready.append(b"".join(self._parts))
            self.ready.extend(lines[1:])
            self._parts, self._pending_bytes = [], 0
        if rest:
            self._parts.append(rest)
            self._pending_bytes += len(rest)
        if self._pending_bytes > self.cap_bytes:
            raise LineTooLong


def redirect_to_null(*descriptors: int) -> None:
    """Make descriptors refer to ``/dev/null``."""
    null = os.open(os.devnull, os.O_RDWR)
    for descriptor in descriptors:
        os.dup2(null, descriptor)
    if null not in descriptors:
        os.close(null)
