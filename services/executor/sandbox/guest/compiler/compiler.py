"""Compiles programs for a session's candidates, in a process that runs no program and knows no test.

A candidate is a new fork: compiling there copies two hundred pages of its parent's memory before the program has begun,
and again in the next candidate. A process that stays compiles four times faster. Nothing depends on it: without an
answer, the candidate compiles the program itself and reports what is wrong with it.

One program must not affect the compilation of the next: the kernel ends a compilation that takes ``_CPU_S``, and a
compiler whose memory has grown ends itself. The checker then has the session supervisor start another
(``orders.COMPILER``).

On the wire, a request is a mark and the program's text; the answer is the same mark and the code in ``marshal`` format
(nothing after the mark: there is no code). The mark binds an answer to its request: a late answer, to a request of an
earlier checker, must not be used for another program.
"""

import marshal
import os
import resource
import signal
import socket
import struct

from ..wire.orders import COMPILER

_CPU_S = 0.5
"""Programs compile in milliseconds. One that takes this long is compiled by its candidate, under the candidate's
limits.
"""
_GROWTH_KB = 32 * 1024
"""More than any honest program leaves behind, and little beside the memory of a jail's other processes."""
_MESSAGE_BYTES = 1 << 16
"""Largest request and largest answer. Programs are a few thousand bytes; their candidate compiles larger ones."""
_MARK_BYTES = 8
"""Length of the mark, which is random for each request."""
_ANSWER_TIMEOUT_S = 4
"""Wall seconds to wait for an answer. More than ``_CPU_S`` takes on a machine with a few times more work than cores.
Two attempts take less time than the worker waits for a session that shows no progress.
"""
_ATTEMPTS = 2
"""The first may reach a compiler that is just ending. A text that ends a second one cannot be compiled here."""


def serve(sock: socket.socket) -> None:
    """Compile until the checker closes its end, or until this process has grown by ``_GROWTH_KB``."""
    max_kb = _peak_kb() + _GROWTH_KB
    try:
        while request := sock.recv(_MESSAGE_BYTES):
            sock.send(request[:_MARK_BYTES] + _compile(request[_MARK_BYTES:]))
            if _peak_kb() > max_kb:
                return
    except OSError:
        return  # the checker has closed its end and does not need the answer


def _compile(text: bytes) -> bytes:
    """Return the code; empty if the text does not compile, or if the code does not fit a message.

    The candidate then compiles the text itself, at its own expense, and reports what is wrong.
    """
    signal.setitimer(signal.ITIMER_PROF, _CPU_S)  # counts CPU time; its signal ends this process
    try:
        # As text: in bytes, a comment that names an encoding would give every letter beyond ASCII another meaning.
        code = marshal.dumps(compile(text.decode("utf-8-sig"), "<program>", "exec", dont_inherit=True))
    except Exception:  # noqa: BLE001  -- whatever it is, it is the fault of the program
        return b""
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
    return code if len(code) <= _MESSAGE_BYTES - _MARK_BYTES else b""


def _peak_kb() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def open_channel() -> tuple[socket.socket, socket.socket]:
    """Return the checker's end and the compiler's end of a new channel."""
    client_end, compiler_end = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    client_end.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, struct.pack("ll", _ANSWER_TIMEOUT_S, 0))
    return client_end, compiler_end


class CompilerClient:
    """Asks a compiler for the code of programs; replaces a compiler that does not answer. Used by the checker."""

    def __init__(self, client_end: socket.socket, orders: socket.socket) -> None:
        self._socket = client_end
        self._orders = orders

    def compile(self, text: str) -> bytes:
        """Return a program's code; empty if the candidate must compile it itself.

        Do not call this while the pid of a new candidate is still to be read from ``orders``.
        """
        try:
            source = text.encode()
        except UnicodeEncodeError:
            return b""
        if len(source) > _MESSAGE_BYTES - _MARK_BYTES:
            return b""
        for _attempt in range(_ATTEMPTS):
            try:
                return self._request(source)
            except OSError:
                self._replace_compiler()
        return b""

    def _request(self, source: bytes) -> bytes:
        mark = os.urandom(_MARK_BYTES)
        self._socket.send(mark + source)
        while answer := self._socket.recv(_MESSAGE_BYTES):
            if answer.startswith(mark):
                return answer[_MARK_BYTES:]
        raise ConnectionResetError

    def _replace_compiler(self) -> None:
        """Order the session supervisor to start another compiler in place of this one."""
        self._socket.close()
        self._socket, compiler_end = open_channel()
        with compiler_end:
            socket.send_fds(self._orders, [COMPILER], [compiler_end.fileno(), self._socket.fileno()])
