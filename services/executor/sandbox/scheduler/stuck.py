"""Decides from the clocks of a quiet session whether the test that it runs is stuck in the checker. Pure.

The checker enforces the limits of the candidate, and ends a test whose own code computes for too long. These limits are
for a checker that does not: one call that never returns, or processes that wait for each other.
"""

from services.executor.sandbox.scheduler.session import Session

_CHECKER_MARGIN_S = 2.0
"""CPU seconds beyond the CPU limit after which a checker is stuck: it ends a test of its own accord after one."""
_WALL_MARGIN_S = 10.0
"""Grace period after ``wall_s``. The checker enforces ``wall_s`` itself; one that is this late will not do it."""


def reason_if_stuck(
    session: Session, now_s: float, checker_s: float, cpu_limit_s: float, wall_limit_s: float
) -> str:
    """Return why the session's test is stuck; empty if it is not.

    ``checker_s`` is the CPU time that the checker used since its last message.
    """
    late_s = wall_limit_s + _WALL_MARGIN_S
    evaluating = session.evaluating
    if evaluating and evaluating.is_stuck(now_s, session.cpu_since_message_s(), cpu_limit_s, late_s):
        return "a test that evaluates an answer did not end"
    if checker_s > cpu_limit_s + _CHECKER_MARGIN_S:
        return "the test itself used more CPU time than a test may"
    if now_s - session.idle_since_s > late_s:
        return "the test itself did not end"
    return ""
