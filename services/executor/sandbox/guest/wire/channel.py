"""Lines of text over a descriptor: one JSON value a line, under a byte cap.

Decides nothing about what lines mean. A reader that meets more than its cap without a newline raises
``LineTooLong``; a peer that is gone is ``ChannelClosed``.
"""

import os
from collections import deque

_READ_BYTES = 1 << 16
"""Of one read; lines are mostly far shorter."""


class ChannelClosed(Exception):
    """The other end is closed."""


class LineTooLong(Exception):
    """A line is longer than the reader allows."""


class LineReader:
    """Incoming lines of a stream socket, by its descriptor."""

    def __init__(self, descriptor: int, cap_bytes: int) -> None:
        self._descriptor = descriptor
        self.cap_bytes = cap_bytes
        self.ready: deque[bytes] = deque()
        self._parts: list[bytes] = []
        self._pending_bytes = 0

    def drain(self) -> None:
        """Take what has arrived, of a descriptor that does not block. Raises ``ChannelClosed`` (with nothing ready),
        ``LineTooLong``.
        """
        taken_bytes = 0
        while taken_bytes <= self.cap_bytes:
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
            self._take(data)
            taken_bytes += len(data)
            if len(data) < _READ_BYTES:
                return
        raise LineTooLong

    def read(self) -> bytes:
        """Return the next line, waiting for it. Raises ``ChannelClosed``, ``LineTooLong``."""
        while not self.ready:
            data = os.read(self._descriptor, _READ_BYTES)
            if not data:
                raise ChannelClosed
            self._take(data)
        return self.ready.popleft()

    def _take(self, data: bytes) -> None:
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
    """Point descriptors at ``/dev/null``."""
    null = os.open(os.devnull, os.O_RDWR)
    for descriptor in descriptors:
        os.dup2(null, descriptor)
    if null not in descriptors:
        os.close(null)
