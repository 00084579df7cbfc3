"""Makes the reward functions of a run: those of ``clients.adapters.trl``, watched by a monitor and timed.

The services are found by their addresses in ``ACECODER_URL`` and ``ACECODER_RM_URL``. While one is away, the functions
wait (``clients.adapters.outages``); they never make up a reward.
"""

import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import Any

from clients.adapters.trl import monitored, monitored_with_rm
from clients.contract import OnTimeout, RewardKind
from clients.monitor import RewardMonitor
from loop.rl.presets import uses_reward_model

Rewards = list[float | None]


class WaitClock:
    """Adds up the time in which at least one reward function runs; the trainer waits for all of them."""

    def __init__(self, wait_s: float = 0.0) -> None:
        """``wait_s``: the sum so far, of a training that is resumed."""
        self.wait_s = wait_s
        self._running = 0
        self._since = 0.0

    @contextmanager
    def measured(self) -> Iterator[None]:
        """Count the time of the block."""
        if self._running == 0:
            self._since = time.monotonic()
        self._running += 1
        try:
            yield
        finally:
            self._running -= 1
            if self._running == 0:
                self.wait_s += time.monotonic() - self._since


def reward_functions(run: str, monitor: RewardMonitor, clock: WaitClock) -> list[Any]:
    """Return the reward functions of a run, in the order of its weights: by tests, then by the reward model."""
    kind = RewardKind.PASS_RATE if run in ("pass_rate", "hybrid") else RewardKind.BINARY
    # A test that ran out of time settles a binary reward. The tests after it would take the time limit once more each,
    # and the whole step waits for its slowest program.
    timeout = OnTimeout.STOP if kind is RewardKind.BINARY else OnTimeout.CONTINUE
    if uses_reward_model(run):
        functions = monitored_with_rm(monitor, reward=kind, on_timeout=timeout)
        return [_timed_async(function, clock) for function in functions]
    return [_timed(monitored(monitor, reward=kind, on_timeout=timeout), clock)]


def _timed(function: Callable[..., Rewards], clock: WaitClock) -> Callable[..., Rewards]:
    def timed(**arguments: Any) -> Rewards:
        with clock.measured():
            return function(**arguments)

    timed.__name__ = function.__name__  # TRL names the reward's metrics by it
    return timed


def _timed_async(
    function: Callable[..., Awaitable[Rewards]], clock: WaitClock
) -> Callable[..., Awaitable[Rewards]]:
    async def timed(**arguments: Any) -> Rewards:
        with clock.measured():
            return await function(**arguments)

    timed.__name__ = function.__name__
    return timed
