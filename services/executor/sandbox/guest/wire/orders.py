"""Defines words of the messages between the processes of a session and the worker, and reads CPU clocks."""

import struct
import time

FORK, FORK_SCRIPT, KILL = b"f", b"s", b"k"
"""Orders to fork a candidate (with two descriptors: channel, wakeup descriptor), to fork one for a script (with one
or two more: stdout, stderr), and to end the candidate.
"""
FORK_CHECKER_PROGRAM = b"p"
"""Order to fork a process that runs a checker program, in place of the candidate, which is ended first. The same
descriptors and the same answer as ``FORK``.
"""
CHECKER_PROGRAM_CPU_S = 5.0
"""CPU seconds of one call of a checker program: of the suite's author, so they do not depend on the limits of the
program that it examines. Generous: an answer near this limit would depend on the machine.
"""
COMPILER = b"c"
"""Order to start another compiler in place of the running one (descriptors: the compiler's end of its channel, the
checker's end). It has no answer.
"""
WAIT = b"w"
"""Order to tell how long the candidate and the checker have waited for a core (``supervisor.cpu_wait``). The answer is
``WAITED``.
"""
WAITED = struct.Struct("d")
"""Answer to ``WAIT``: seconds; negative if the kernel does not tell."""
ANSWER = struct.Struct("i")
"""Answer to an order to fork: the pid. Answer to ``KILL``: the wait status of a candidate that had ended by itself,
else 0.
"""
RENEW = b"n"
"""The worker's order to start a new checker, with the descriptor of its channel: the session goes on with another
suite.
"""
CHECKER_END = b"e"
"""The worker's question how the checker ended, whose channel is closed. The answer is ``ANSWER``: its wait status, or
-1 if it lives on.
"""
DECIDED = "decided"
"""Last field of a test's report for a pass that the program alone decided; for other passes, whether its code had a
say.
"""
CPU = struct.Struct("dd")
"""Answer to the worker: CPU seconds of the checker; CPU seconds of compiler and living candidate (0 if none)
together.
"""


def cpu_of(pid: int) -> float:
    """Return the CPU seconds that a process has used; 0 if there is no such process."""
    if not pid:
        return 0.0
    try:
        return time.clock_gettime((~pid << 3) | 2)  # the kernel's encoding of "CPU clock of a process"
    except OSError:
        return 0.0
