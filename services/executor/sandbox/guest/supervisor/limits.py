"""Sets the limits of a session's processes, from the terms that the worker sent for it."""

from ..checker import cpu_speed
from ..wire.orders import CHECKER_PROGRAM_CPU_S
from .confine import ProcessLimits

_CHECKER_MEMORY_BYTES = 2 * 2**30
"""A checker holds one suite and one answer at a time, each under the request's caps."""
_CHECKER_PROGRAM_MEMORY_BYTES = 2**30
"""A checker program holds one input and two outputs, of a few MiB each at most, and the data that it makes of them."""


def candidate_limits(terms: dict[str, float]) -> ProcessLimits:
    """Return the limits of a candidate."""
    return ProcessLimits(
        uid=int(terms["candidate_uid"]),
        memory_bytes=int(terms["memory_bytes"]),
        processes=int(terms["processes"]),
        cpu_s=cpu_speed.MAX_GRACE_FACTOR * terms["total_cpu_s"],
    )


def checker_program_limits(terms: dict[str, float]) -> ProcessLimits:
    """Return the limits of a checker program."""
    return ProcessLimits(
        uid=int(terms["candidate_uid"]),
        memory_bytes=_CHECKER_PROGRAM_MEMORY_BYTES,
        processes=16,  # threads that a library may start
        cpu_s=cpu_speed.MAX_GRACE_FACTOR * CHECKER_PROGRAM_CPU_S,
        forks=False,
    )


def helper_limits(terms: dict[str, float], number: int) -> ProcessLimits:
    """Return the limits of a checker (``number`` 0) or a compiler (1)."""
    return ProcessLimits(
        uid=int(terms["checker_uid"]) + number,
        memory_bytes=_CHECKER_MEMORY_BYTES,
        processes=16,  # threads that a test may start
        cpu_s=10**6,  # in effect no limit: the worker watches the checker's CPU time, test by test
        forks=False,  # else a process that a test starts could outlive its checker
        opens_pidfds=number == 0,  # it watches the candidate
    )
