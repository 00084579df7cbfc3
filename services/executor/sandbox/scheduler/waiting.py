"""Programs of one run that no session has: which is next. Pure.

Those that are ready go first. Then, one at a time and with no other awake beside them, those at the edge of a limit, to
be judged again, and those that were found asleep where every place to sleep in was taken.
"""

from collections import deque
from collections.abc import Iterable

from services.executor.sandbox.scheduler.tasks import Task


class Waiting:
    """The programs of one run that no session has."""

    def __init__(self, tasks: Iterable[Task]) -> None:
        self.ready = deque(tasks)
        self.edge: deque[Task] = deque()
        """To be judged again, alone."""
        self.sleepers: deque[Task] = deque()
        """To be judged when there is a place to sleep in."""

    @property
    def awake(self) -> bool:
        """Whether any of them has something to do now."""
        return bool(self.ready or self.edge)

    def all_is_quiet(self, now_s: float) -> None:
        """No program of the run is awake, and none is ready: one at the edge now is, if there is any."""
        if self.edge and not self.ready:
            task = self.edge.popleft()
            task.again_since_s = min(task.again_since_s, now_s)
            self.ready.append(task)

    def take_all(self) -> list[Task]:
        """Return every program; none waits any more."""
        tasks = [*self.edge, *self.ready, *self.sleepers]
        for queue in (self.edge, self.ready, self.sleepers):
            queue.clear()
        return tasks
