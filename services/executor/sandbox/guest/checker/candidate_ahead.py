"""Has a candidate forked before its program has come, while the checker waits for a suite.

A fork takes longer than the judgement of a small program. The candidate waits for its load as every candidate does; its
CPU clock stands still meanwhile. A process of another kind, such as that of a script, is not forked ahead.
"""

import os
import socket
from collections.abc import Sequence

from ..wire.orders import ANSWER, KILL
from .candidate_process import CandidateProcess


class CandidateConnection:
    """A candidate that is being forked, and the checker's ends of what connects them."""

    def __init__(self, orders: socket.socket, standard: Sequence[int] = (), order: bytes = b"") -> None:
        """Order the fork; ``standard`` and ``order`` are those of ``CandidateProcess``."""
        self.sock, candidate_sock = socket.socketpair()
        self.sock.setblocking(False)
        self.wakeup_fd = os.eventfd(0)
        self.process = CandidateProcess(orders, [candidate_sock.fileno(), self.wakeup_fd], standard, order)
        candidate_sock.close()

    def is_open(self) -> bool:
        """Whether the process, to which nothing was sent yet, lives."""
        try:
            self.sock.recv(1, socket.MSG_PEEK)
        except BlockingIOError:
            return True
        except OSError:
            pass
        return False

    def close(self) -> None:
        """Close the checker's ends. The process is ended by the session supervisor."""
        self.sock.close()
        os.close(self.wakeup_fd)


class CandidateAhead:
    """The candidate that was forked ahead, if there is one."""

    def __init__(self) -> None:
        self._connection: CandidateConnection | None = None

    def fork(self, orders: socket.socket) -> None:
        """Have it forked, and wait until it is: no other order may be sent before the answer to this one is read."""
        self._connection = CandidateConnection(orders)
        self._connection.process.pid()

    def connect(
        self, orders: socket.socket, standard: Sequence[int] = (), order: bytes = b""
    ) -> CandidateConnection:
        """Return the connection to it if it is what is wanted and lives; else have another process forked."""
        ahead, self._connection = self._connection, None
        if ahead is not None:
            if not standard and not order and ahead.is_open():
                return ahead
            ahead.close()
        return CandidateConnection(orders, standard, order)

    def forget(self) -> None:
        """Close the connection to it: the session supervisor ends it."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None


candidate_ahead = CandidateAhead()
"""One for the process."""


def end_candidate(orders: socket.socket) -> int:
    """Have the session supervisor end the live candidate; return its wait status if it had ended by itself, else 0."""
    candidate_ahead.forget()
    orders.send(KILL)
    answer = orders.recv(ANSWER.size)
    if len(answer) != ANSWER.size:
        # The session supervisor is gone: the candidate could not be confined, or the machine failed.
        os._exit(3)
    (status,) = ANSWER.unpack(answer)
    return int(status)
