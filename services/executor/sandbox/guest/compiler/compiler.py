"""Compiles programs for a session's candidates, in a process that neither runs programs nor knows tests.

A candidate is a fresh fork: compiling there copies two hundred pages of its parent's memory before the program
has begun, and again for the next one. A process that stays compiles four times faster. Nothing depends on it:
without an answer the candidate compiles for itself, and tells of what is wrong with the program.

What one program does to it must not reach the next: a compilation is ended by the kernel at ``_CPU_S``, and a compiler
that has grown leaves. The checker then has the warden start another (``orders.COMPILER``).

On the wire, one message each way: a mark and the program's text; the same mark and the code as ``marshal`` writes it
(nothing after the mark: none). The mark binds an answer to its question: one that comes late, to a question of an
earlier checker's, must never pass for another program's.
"""

import marshal
import os
import resource
import signal
import socket
import struct

from ..wire.orders import COMPILER

_CPU_S = 0.5
"""Programs compile in milliseconds. One that takes this long is compiled by its candidate, under its own limits."""
_GROWTH_KB = 32 * 1024
"""Larger than what any honest program leaves, far smaller than what would be felt beside a jail's other processes."""
_MESSAGE_BYTES = 1 << 16
"""Of a text with its mark, and of its code: programs are a few thousand bytes. Larger ones are their candidates'."""
_MARK_BYTES = 8
"""Drawn anew for each question, so that a late answer to another is not taken for its own."""
_ANSWERS_S = 4
"""Wall seconds, above what ``_CPU_S`` takes on a machine with a few times more work than cores. Two of them are less
than the worker waits for a session that shows no progress.
"""
_ATTEMPTS = 2
"""The first may meet a compiler that is just leaving; a text that ends the second is not compilable here."""


def serve(sock: socket.socket) -> None:
    """Compile until the checker hangs up, or until this process has grown."""
    most_kb = _peak_kb() + _GROWTH_KB
    try:
        while question := sock.recv(_MESSAGE_BYTES):
            sock.send(question[:_MARK_BYTES] + _compiled(question[_MARK_BYTES:]))
            if _peak_kb() > most_kb:
                return
    except OSError:
        return  # nobody waits for the answer


def _compiled(text: bytes) -> bytes:
    """Return the code; empty if there is none, or none that fits a message: the candidate will say what is wrong, at
    its own expense.
    """
    signal.setitimer(signal.ITIMER_PROF, _CPU_S)  # of CPU time; its signal ends this process
    try:
        code = marshal.dumps(compile(text, "<program>", "exec", dont_inherit=True))
    except Exception:  # noqa: BLE001  -- whatever it is, it is the program's
        return b""
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
    return code if len(code) <= _MESSAGE_BYTES - _MARK_BYTES else b""


def _peak_kb() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def open_channel() -> tuple[socket.socket, socket.socket]:
    """Return the checker's end and the compiler's."""
    asks, answers = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    asks.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, struct.pack("ll", _ANSWERS_S, 0))
    return asks, answers


class CompilerClient:
    """The checker's end."""

    def __init__(self, client_end: socket.socket, orders: socket.socket) -> None:
        self._socket = client_end
        self._orders = orders

    def compile(self, text: str) -> bytes:
        """Return a program's code; empty if the candidate is to compile it itself. Call without a candidate whose
        pid is still to be read from ``orders``.
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
        """Have the warden start another compiler in place of this one."""
        self._socket.close()
        self._socket, compiler_end = open_channel()
        with compiler_end:
            socket.send_fds(self._orders, [COMPILER], [compiler_end.fileno(), self._socket.fileno()])
