"""Runs blocking calls of an engine one after another in one thread, which does not keep the process from ending.

``ThreadPoolExecutor`` would: Python joins its threads at exit, and a call to an engine that died may never return.
"""

import threading
from collections.abc import Callable
from concurrent.futures import Future
from queue import SimpleQueue
from typing import Generic, TypeVar

T = TypeVar("T")
_Job = tuple["Future[T]", Callable[[], T]]


class EngineThread(Generic[T]):
    """A daemon thread with a queue of calls."""

    def __init__(self, name: str) -> None:
        self._jobs: SimpleQueue[_Job[T] | None] = SimpleQueue()
        threading.Thread(target=self._run, name=name, daemon=True).start()

    def submit(self, call: Callable[[], T]) -> "Future[T]":
        """Queue a call, and return the future of its result."""
        future: Future[T] = Future()
        self._jobs.put((future, call))
        return future

    def close(self) -> None:
        """End the thread after the calls that are queued."""
        self._jobs.put(None)

    def _run(self) -> None:
        while job := self._jobs.get():
            future, call = job
            if not future.set_running_or_notify_cancel():
                continue
            try:
                future.set_result(call())
            except BaseException as error:  # noqa: BLE001 - it belongs to the caller, whatever it is
                future.set_exception(error)
