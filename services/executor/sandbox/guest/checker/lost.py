"""How a candidate is lost: what every later question of a test meets, and what the end of a process says.

When one is given up is ``link``'s to decide.
"""

import os
import signal

ENDED_ITSELF = "the program ended its own process"
"""What is said of a process that left, by whatever exit."""


class Lost(BaseException):
    """The candidate is gone: every later question of this test ends here. Not an ``Exception``, so that a
    test's ``except Exception`` does not hide it.
    """

    def __init__(self, outcome: str, message: str, *, edge: bool = False) -> None:
        super().__init__(message)
        self.outcome = outcome
        self.message = message
        self.edge = edge
        """Whether it ended by itself, so little beyond its limit that a quiet machine might do better."""


def said_of_end(status: int) -> tuple[str, str]:
    """Return the outcome and the words for a process that ended within its limits, by its wait status."""
    if not os.WIFSIGNALED(status):
        return "runtime_error", ENDED_ITSELF
    number = os.WTERMSIG(status)
    if number == signal.SIGKILL:  # what is PID 1 of its namespace can be killed only from outside it
        return "memory_limit", "the process was ended for using too much memory"
    return "runtime_error", f"the process died of signal {number}"
