"""Checks after a failure whether the worker's sandboxes still judge, and waits until they do.

A check judges a program whose verdict is known. It tells a failure caused by the chunk from a failure of the machine:
no descriptors, processes, memory or disk left, or no jail that starts. A worker that is not healthy takes no work until
every sandbox judges again. So chunks wait for a healthy worker instead of failing one after another, and no operator
has to restart the worker.
"""

import time
from collections.abc import Callable, Mapping

import structlog

from clients.contract import Limits, Outcome, Suite
from services.executor.sandbox import Rules, Sandbox

PROBE_SUITE = Suite(id="known", asserts=["assert known(1) == 2"])
PROBE_PROGRAM = "def known(x): return x + 1"
FIRST_WAIT_S = 0.25
"""The wait after the first failed recovery, as long as ``POLL_S``. Each wait is twice the last."""
LONGEST_WAIT_S = 5
"""A machine without processes or disk is not helped by starting jails all the time."""
POLL_S = 0.25
"""How often a recovering worker checks whether it must stop."""


def failure_reason(sandbox: Sandbox) -> str:
    """Return why a sandbox cannot judge now; empty if it can."""
    try:
        (judgement,) = sandbox.judge(PROBE_SUITE, [PROBE_PROGRAM], Rules(Limits()))
    except Exception as exc:  # noqa: BLE001 - any error means that the sandbox cannot judge
        return str(exc) or type(exc).__name__
    if judgement.fault:
        return judgement.fault
    return "" if judgement.tests[0].outcome is Outcome.PASSED else f"judged wrongly: {judgement.tests[0]}"


class SandboxHealth:
    """Remembers whether a sandbox of the worker failed. Set by the threads of chunks, cleared by the main loop."""

    def __init__(self, sandboxes: Mapping[str, Sandbox], set_available: Callable[[bool], None]) -> None:
        """``set_available`` publishes whether the worker takes work (``Heartbeat.set_available``)."""
        self._sandboxes = sandboxes
        self._set_available = set_available
        self._needs_recovery = False

    def check(self, environment: str) -> str:
        """Check a sandbox after a failure; return why it cannot judge, or an empty text if it can."""
        reason = failure_reason(self._sandboxes[environment])
        self._needs_recovery = self._needs_recovery or bool(reason)
        return reason

    def require_recovery(self) -> None:
        """Record a failure of the machine that no sandbox took part in: all are checked before the next chunk."""
        self._needs_recovery = True

    def recover(self, is_stopping: Callable[[], bool]) -> None:
        """Wait until every sandbox judges, or until the worker must stop. Returns at once if nothing failed."""
        if not self._needs_recovery:
            return
        wait_s = FIRST_WAIT_S
        while (reasons := self._failure_reasons()) and not is_stopping():
            structlog.get_logger().error("sandbox cannot judge; trying again", wait_s=wait_s, **reasons)
            self._set_available(False)
            _sleep(wait_s, is_stopping)
            wait_s = min(2 * wait_s, LONGEST_WAIT_S)
        if not reasons:
            self._needs_recovery = False
            self._set_available(True)

    def _failure_reasons(self) -> dict[str, str]:
        reasons = {name: failure_reason(sandbox) for name, sandbox in self._sandboxes.items()}
        return {name: reason for name, reason in reasons.items() if reason}


def _sleep(wait_s: float, is_stopping: Callable[[], bool]) -> None:
    wakes_at = time.monotonic() + wait_s
    while time.monotonic() < wakes_at and not is_stopping():
        time.sleep(POLL_S)
