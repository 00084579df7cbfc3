"""Lets a test await several coroutines of the program side by side: ``gather``, task groups, time-outs, cancelling.

A coroutine that the test awaits alone is run to its end in one call. Beside other tasks or timers of the test's loop,
it becomes a task in the candidate (``wire.coroutines``). A callback of the test's loop then lets the candidate run its
tasks while no task of the test can go on: until one of them is done, or the test's next timer is due.

A cancellation reaches the test only if the test's own loop asked for it; any other is an ordinary error
(``control_flow``).
"""

import sys
import threading
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

if TYPE_CHECKING:
    from .candidate_caller import CandidateCaller

_THREADS_EVERY_S = 0.05
"""How often the loop looks for what another thread of the test sent it."""


async def perform_awaited(caller: "CandidateCaller", operation: str, target: Any, *args: Any) -> Any:
    """Perform an operation whose result the program awaits."""
    asyncio = sys.modules.get("asyncio")
    loop = asyncio and asyncio._get_running_loop()  # noqa: SLF001  -- ``None`` if another library awaits
    if loop is None or _is_alone(asyncio, loop):
        return caller.perform(operation, target, *args)
    tasks = _ALL.get(loop)
    if tasks is None or tasks.caller is not caller:
        tasks = _ALL[loop] = _ProgramTasks(loop, caller)
    return await tasks.run(operation, target, *args)


def _is_alone(asyncio: Any, loop: Any) -> bool:
    """Whether nothing else can happen on the loop until the running task goes on."""
    waits = getattr(loop, "_scheduled", None) or getattr(loop, "_ready", None)
    return not waits and len(asyncio.all_tasks(loop)) <= 1


class _ProgramTasks:
    """The tasks in the candidate that coroutines of one loop of the test wait for."""

    def __init__(self, loop: Any, caller: "CandidateCaller") -> None:
        self.caller = caller
        self._loop = loop
        self._waiting: dict[int, Any] = {}
        """Future of each task."""
        self._is_scheduled = False

    async def run(self, operation: str, target: Any, *args: Any) -> Any:
        """Run an operation as a task; return its result."""
        asyncio = sys.modules["asyncio"]
        number = self.caller.perform("start", operation, target, *args)
        if type(number) is not int or number in self._waiting:
            raise TypeError("the program returned no number of a task")
        future = self._waiting[number] = self._loop.create_future()
        self._schedule()
        try:
            await future
        except asyncio.CancelledError:
            is_done = future.done() and not future.cancelled()
            if is_done or self.caller.perform("cancel", number) is True:
                raise
        finally:
            self._waiting.pop(number, None)
        return self.caller.perform("anext_result" if operation == "anext" else "result", number)

    def _schedule(self) -> None:
        if not self._is_scheduled:
            self._is_scheduled = True
            self._loop.call_soon(self._let_run)

    def _let_run(self) -> None:
        """Let the candidate run its tasks for as long as the test's own tasks have nothing to do."""
        self._is_scheduled = False
        waiting = {number: future for number, future in self._waiting.items() if not future.done()}
        if not waiting:
            return
        try:
            for number in self.caller.perform("wait", list(waiting), self._pause_s()):
                waiting[number].set_result(None)
        except BaseException as error:  # noqa: BLE001  -- a callback of a loop must not raise: those that wait do
            for future in waiting.values():
                if not future.done():
                    future.set_exception(error)
            return
        self._schedule()

    def _pause_s(self) -> float | None:
        """Return how long nothing of the test's can happen; ``None`` if only the program can go on."""
        if self._loop._ready:  # noqa: SLF001
            return 0
        timers = [timer.when() for timer in self._loop._scheduled if not timer.cancelled()]  # noqa: SLF001
        pause_s = max(0.0, min(timers) - self._loop.time()) if timers else None
        if threading.active_count() > 1:
            return _THREADS_EVERY_S if pause_s is None else min(pause_s, _THREADS_EVERY_S)
        return pause_s


_ALL: "WeakKeyDictionary[Any, _ProgramTasks]" = WeakKeyDictionary()
