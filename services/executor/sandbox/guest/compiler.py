"""Compiles programs for a session's candidates, in a process that neither runs programs nor knows tests.

A candidate is a fresh fork: compiling there copies two hundred pages of its parent's memory before the program
has begun, and again for the next one. A process that stays compiles four times faster. Nothing depends on it:
without an answer the candidate compiles for itself, and tells of what is wrong with the program.

On the wire: a length and the program's text; back, a length, a mark of that text, and the code as ``marshal`` writes
it (length 0: none). The mark binds an answer to its question: one that comes late, after its asker gave up, must never
pass for another program's.
"""

import hashlib
import marshal
import socket
import struct

_LENGTH = struct.Struct("I")
_MARK_BYTES = 16
_ANSWERS_S = 1.0
"""Programs compile in milliseconds. One that takes a second is compiled under its own limits, by its candidate."""


def serve(sock: socket.socket) -> None:
    """Compile until the checker hangs up."""
    while header := _read(sock, _LENGTH.size):
        text = _read(sock, *_LENGTH.unpack(header))
        try:
            code = marshal.dumps(compile(text, "<program>", "exec", dont_inherit=True))
        except Exception:  # noqa: BLE001  -- the candidate will say what is wrong, at its own expense
            code = b""
        sock.sendall(_LENGTH.pack(len(code)) + _mark(text) + code)


def _mark(text: bytes) -> bytes:
    return hashlib.blake2b(text, digest_size=_MARK_BYTES).digest()


def _read(sock: socket.socket, size: int) -> bytes:
    parts = []
    while size:
        data = sock.recv(min(size, 1 << 18))
        if not data:
            return b""
        parts.append(data)
        size -= len(data)
    return b"".join(parts)


class Compiler:
    """The checker's end. Silent for too long, or gone, it is not asked again."""

    def __init__(self, sock: socket.socket) -> None:
        self._sock: socket.socket | None = sock
        self._sock.settimeout(_ANSWERS_S)

    def code(self, text: str) -> bytes:
        """Return a program's code; empty if the candidate is to compile it itself."""
        if self._sock is None:
            return b""
        try:
            source = text.encode()
            self._sock.sendall(_LENGTH.pack(len(source)) + source)
            header = _read(self._sock, _LENGTH.size)
            mark = _read(self._sock, _MARK_BYTES)
            code = _read(self._sock, *_LENGTH.unpack(header))
            if mark != _mark(source):
                raise OSError("an answer to another question")
            return code
        except UnicodeEncodeError:
            return b""
        except (OSError, struct.error):
            self._sock.close()
            self._sock = None
            return b""
