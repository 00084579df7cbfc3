"""Whether a worker is fit to judge: asked after a failure, by judging a program whose verdict is known.

Tells what failed through the chunk in hand from what failed through the machine: no descriptors, processes, memory
or disk left, no jail to be had. A worker that is unfit mends itself before it takes more work, so that the
chunks wait for a fit one instead of failing one after another; nobody has to restart it.
"""

import time
from collections.abc import Callable, Mapping

import structlog

from clients.contract import Limits, Outcome, Suite
from services.executor.sandbox import Rules, Sandbox

KNOWN = Suite(id="known", asserts=["assert known(1) == 2"])
PASSES = "def known(x): return x + 1"
FIRST_WAIT_S = 0.25
"""One look at the stop signal (``LOOK_S``); each wait is twice the last."""
LONGEST_WAIT_S = 5
"""A machine without processes or disk is not helped by jails that are started every moment."""
LOOK_S = 0.25
"""How long a stop signal may go unnoticed while mending."""


def trouble(sandbox: Sandbox) -> str:
    """Why a sandbox cannot judge now, or an empty text."""
    try:
        (judgement,) = sandbox.judge(KNOWN, [PASSES], Rules(Limits()))
    except Exception as exc:  # noqa: BLE001 - whatever it is, nothing is judged
        return str(exc) or type(exc).__name__
    if judgement.fault:
        return judgement.fault
    return "" if judgement.tests[0].outcome is Outcome.PASSED else f"judged wrongly: {judgement.tests[0]}"


class Fitness:
    """What a worker knows of its jails. Thread-safe: a flag that threads raise and the worker's loop lowers."""

    def __init__(self, sandboxes: Mapping[str, Sandbox], say_fit: Callable[[bool], None]) -> None:
        """``say_fit`` tells the others."""
        self._sandboxes = sandboxes
        self._say_fit = say_fit
        self._doubted = False

    def doubt(self, environment: str) -> str:
        """After a failure: what is wrong with the jail, if it is the jail; an empty text if it judges."""
        wrong = trouble(self._sandboxes[environment])
        self._doubted = self._doubted or bool(wrong)
        return wrong

    def doubt_all(self) -> None:
        """After a failure that no jail had a part in."""
        self._doubted = True

    def mend(self, told_to_stop: Callable[[], bool]) -> None:
        """Return when every jail judges, which is at once unless there was a doubt, or when told to stop."""
        if not self._doubted:
            return
        wait_s = FIRST_WAIT_S
        while (wrong := self._wrong()) and not told_to_stop():
            structlog.get_logger().error("not fit to judge; trying again", wait_s=wait_s, **wrong)
            self._say_fit(False)
            _sleep(wait_s, told_to_stop)
            wait_s = min(2 * wait_s, LONGEST_WAIT_S)
        if not wrong:
            self._doubted = False
            self._say_fit(True)

    def _wrong(self) -> dict[str, str]:
        found = {name: trouble(sandbox) for name, sandbox in self._sandboxes.items()}
        return {name: why for name, why in found.items() if why}


def _sleep(wait_s: float, told_to_stop: Callable[[], bool]) -> None:
    wakes_at = time.monotonic() + wait_s
    while time.monotonic() < wakes_at and not told_to_stop():
        time.sleep(LOOK_S)
