"""Synchronous calls into the asynchronous core: one event loop in a daemon thread, shared by the process.

Works where a loop is running already (a notebook, an async trainer's callback), because the loop is
another thread's. A forked child finds the parent's thread gone and starts its own.
An interrupt in the calling thread cancels what it was waiting for.
"""

import atexit
import os
import threading
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator
from concurrent.futures import Future
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import TypeVar

from anyio.from_thread import BlockingPortal, start_blocking_portal

T = TypeVar("T")


@dataclass
class _Shared:
    """The process's one portal. ``pid`` tells a forked child that it is not the child's."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    pid: int = 0
    portal: BlockingPortal | None = None
    context: AbstractContextManager[BlockingPortal] | None = None
    abandoned: list[object] = field(default_factory=list)  # a parent's: collecting them would touch its loop


_shared = _Shared()


def run(call: Callable[[], Awaitable[T]]) -> T:
    """Run ``call`` in the portal's loop and return what it returns."""
    future: Future[T] = _portal().start_task_soon(call)
    try:
        return future.result()
    except BaseException:
        future.cancel()
        raise


def iterate(batches: AsyncGenerator[list[T], None]) -> Iterator[T]:
    """Yield the items of ``batches``; one crossing of threads per batch. Closing closes ``batches``."""

    async def next_batch() -> list[T] | None:
        return await anext(batches, None)

    try:
        while (batch := run(next_batch)) is not None:
            yield from batch
    finally:
        run(batches.aclose)


def _portal() -> BlockingPortal:
    with _shared.lock:
        if _shared.portal is None or _shared.pid != os.getpid():
            _start()
        assert _shared.portal is not None
        return _shared.portal


def _start() -> None:
    if _shared.context is None:
        os.register_at_fork(after_in_child=_forget)
        atexit.register(_stop)
    else:
        _shared.abandoned.append(_shared.context)
    _shared.context = start_blocking_portal(name="acecoder-client")
    _shared.portal = _shared.context.__enter__()
    _shared.pid = os.getpid()


def _forget() -> None:
    _shared.lock = threading.Lock()  # the parent's may have been held by another thread


def _stop() -> None:
    if _shared.context is not None and _shared.pid == os.getpid():
        _shared.context.__exit__(None, None, None)
