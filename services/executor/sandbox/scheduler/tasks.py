"""One program on its way through a suite: what was found out about it so far. Decides nothing."""

import math
from dataclasses import dataclass, field, replace

from clients.contract import TestResult
from services.executor.sandbox.scheduler.again import Tries


@dataclass(slots=True, eq=False)
class Task:
    """One program on its way through the suite."""

    index: int
    program: str
    tries: Tries
    tests: list[TestResult] = field(default_factory=list)
    spent_cpu_s: float = 0.0
    spent_idle_s: float = 0.0
    idle_before_s: float = 0.0
    """What earlier judgements spent: one allowance for all of them."""
    again_since_s: float = math.inf
    """When it was given out to be judged again, by the monotonic clock."""
    put_off: bool = False
    """Whether it was found asleep where there was no place to sleep, and ended: the next time it has one."""
    eager: bool = False
    """Whether the checker tells of every test before it starts the next."""
    deaths: int = 0
    """Sessions that died while the test at ``len(tests)`` ran."""
    silences: int = 0
    """Sessions whose warden did not answer while it was in hand."""
    at_edge: bool = False
    """Whether a test of this judgement went a little over its CPU limit."""

    def later(self) -> "Task":
        """Return the same judgement, not begun: it finds nothing of what this one did."""
        idle_s = self.idle_before_s
        return replace(self, tests=[], spent_cpu_s=0.0, spent_idle_s=idle_s, put_off=True, at_edge=False)

    def once_more(self) -> "Task":
        """Return the next judgement of the same program."""
        idle_s = self.spent_idle_s
        return Task(self.index, self.program, self.tries, spent_idle_s=idle_s, idle_before_s=idle_s)

    def overdue(self, now_s: float) -> bool:
        """Whether it is being judged again, for longer than is left for that."""
        return now_s - self.again_since_s > self.tries.wall_left_s
