"""One candidate's process as its checker sees it: forked and ended by the warden, its clock read here.

Decides nothing about what a candidate may use (``link``).
"""

import os
import select
import socket
from collections.abc import Callable, Sequence
from contextlib import suppress

from ..wire.orders import ANSWER, FORK, FORK_SCRIPT, KILL, cpu_of
from .cpu_wait import Turns

_LOOK_FOR_END_S = 0.05
"""How often patience is asked anew, while it has not ended."""


class Process:
    """A candidate's process, being forked from here on."""

    def __init__(self, orders: socket.socket, channel: Sequence[int], standard: Sequence[int]) -> None:
        """Have it forked with these descriptors for its ``channel``, and for stdout and stderr."""
        self._orders = orders
        self._pid = 0
        self._turns: Turns | None = None
        socket.send_fds(orders, [FORK_SCRIPT if standard else FORK], [*channel, *standard])

    @property
    def known(self) -> bool:
        """Whether its pid is: then its clock costs no waiting."""
        return self._pid > 0

    def pid(self) -> int:
        """Return its pid in the session's namespace; waits for the fork."""
        if not self._pid:
            answer = self._orders.recv(ANSWER.size)
            if len(answer) != ANSWER.size:
                os._exit(3)  # the warden is gone, and this session with it
            (self._pid,) = ANSWER.unpack(answer)
        return self._pid

    def clock(self) -> float:
        """Return its CPU seconds so far, by the kernel."""
        return cpu_of(self.pid())

    def waited_s(self) -> float | None:
        """Return the seconds it waited for a turn on the CPU since this was asked last (``turns``)."""
        if self._turns is None:
            self._turns = Turns(self.pid())
        return self._turns.waited_s()

    def ends(self, patient: Callable[[], bool]) -> bool:
        """Wait while ``patient``; return whether it has ended by then."""
        ended = False
        with suppress(OSError):
            process = os.pidfd_open(self.pid())
            while not ended and patient():
                ended = bool(select.select([process], [], [], _LOOK_FOR_END_S)[0])
            os.close(process)
        return ended


def end_candidate(orders: socket.socket) -> int:
    """Have the warden end the candidate there is; return its wait status if it had ended by itself."""
    orders.send(KILL)
    (status,) = ANSWER.unpack(orders.recv(ANSWER.size))
    return int(status)
