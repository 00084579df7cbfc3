"""Numbers the descriptors of a session's processes, and moves descriptors to their numbers."""

import fcntl
import os
import socket

CHANNEL, WAKEUP_FD = 3, 4
"""A candidate's descriptors: its channel to the checker, and the eventfd that wakes the checker."""
CONTROL, ORDERS, COMPILER_FD = 100, 101, 102
"""The supervisor's own descriptors: control socket, orders, the checker's end of the compiler's channel; from 103 on,
three for its namespaces and one for ``/proc``.
"""
UNCONFINED_FD = 107
"""The eventfd by which a new process tells the supervisor that it could not be confined (``confine``)."""
DESCRIPTORS_END = 128
"""Above every descriptor that a process of the guest may have open: no honest program has a hundred files open."""
ANCILLARY_BYTES = socket.CMSG_SPACE(4 * 4)
"""Room for four descriptors of four bytes: channel, wakeup descriptor, stdout, stderr."""


def move_descriptors(descriptors: list[int], targets: list[int]) -> None:
    """Move descriptors to the first of the ``targets``, and close all others but the standard ones and
    ``UNCONFINED_FD``.
    """
    high = [fcntl.fcntl(descriptor, fcntl.F_DUPFD, max(targets) + 1) for descriptor in descriptors]
    for descriptor, target in zip(high, targets, strict=False):
        os.dup2(descriptor, target)
    os.closerange(max(targets[: len(descriptors)]) + 1, UNCONFINED_FD)
    os.closerange(UNCONFINED_FD + 1, DESCRIPTORS_END)
