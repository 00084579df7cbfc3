"""Offers the programs of one ``judge`` call that are not begun to the caller, while one program computes for long.

A program that loops costs its whole limit in every test, seconds in all, and the programs behind it wait. Whether
another worker has time for them is the caller's to know: it accepts an offer or refuses it. What is accepted gets no
judgement here. A program that was begun is never offered, so no program has two answers.
"""

import time
from collections.abc import Callable, Sequence

from services.executor.sandbox.scheduler.session import Session
from services.executor.sandbox.scheduler.tasks import TaskQueue

LONG_S = 0.06
"""CPU seconds of a program after its first sample, which is taken after 0.04 s, until those behind it are offered. So a
program takes 0.1 s before, as long as ten usual ones, and a chunk more costs worker, API and Redis 7 ms together. Loops
of one question are found one after another, so each adds 0.1 s to the time until the last verdict
(``benchmarks.tail_simulation``). Seconds of the clock would count programs as long where the machine is busy."""
_AGAIN_S = 0.1
"""How long after an offer that was refused the next one is made: each is a round trip of the worker."""


class Offers:
    """The offers of one call."""

    def __init__(self, accept: Callable[[Sequence[int]], bool]) -> None:
        """``accept`` gets positions of programs in the call, and returns whether another worker judges them."""
        self._accept = accept
        self._offered_at_s = 0.0

    def make(self, queue: TaskQueue, sessions: Sequence[Session]) -> None:
        """Offer what waits, if a program has computed for long and there was no offer lately."""
        now_s = time.monotonic()
        active = next((session for session in sessions if not session.retiring), None)
        if active is None or not active.tasks or active.computed_s() < LONG_S:
            return
        behind = [*list(active.tasks)[1:], *queue.ready]
        if not behind or now_s - self._offered_at_s < _AGAIN_S or any(task.is_begun for task in behind):
            return
        self._offered_at_s = now_s
        if self._accept([task.index for task in behind]):
            # The checker has the next program's text already: it ends with the session, without a result.
            active.retiring = bool(active.take_back(keep=1))
            queue.hand_over(behind)
