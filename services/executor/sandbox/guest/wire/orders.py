"""What checker and warden say to each other, and the clock both read."""

import struct
import time

FORK, FORK_SCRIPT, KILL = b"f", b"s", b"k"
"""Fork a candidate (descriptors: channel, bell), the same with a stdout of its own, end the one
there is. A script may have a stderr, too."""
COMPILER = b"c"
"""Start another compiler in place of the one there is (descriptors: its end, the checker's). Not answered."""
ANSWER = struct.Struct("i")
"""A pid (to ``FORK``), or the wait status of a candidate that had ended by itself, else 0 (to ``KILL``)."""
RENEW = b"n"
"""A new checker, whose channel comes along: the session goes on with another suite."""
CPU = struct.Struct("dd")
"""CPU seconds of the checker, and of the candidate now alive (0 if none) and the compiler together."""


def cpu_of(pid: int) -> float:
    """Return the CPU seconds a process has used; 0 if there is none."""
    if not pid:
        return 0.0
    try:
        return time.clock_gettime((~pid << 3) | 2)  # the kernel's encoding of "CPU clock of a process"
    except OSError:
        return 0.0
