"""Runs asynchronous calls for synchronous code, in one event loop in a daemon thread that the process shares.

It also works where an event loop already runs (a notebook, an async trainer's callback), because its own
loop runs in another thread. A forked child does not have its parent's thread, so it starts a new one.
An interrupt in the calling thread cancels the call it was waiting for.
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
    """The portal that the process shares. After a fork, ``pid`` shows the child that the portal is its parent's."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    pid: int = 0
    portal: BlockingPortal | None = None
    context: AbstractContextManager[BlockingPortal] | None = None
    abandoned: list[object] = field(default_factory=list)
    """A parent's contexts in a forked child. Kept, because collecting them would touch the parent's loop."""


_shared = _Shared()


def run(call: Callable[[], Awaitable[T]]) -> T:
    """Run ``call`` in the portal's event loop and return its result."""
    future: Future[T] = _portal().start_task_soon(call)
    try:
        return future.result()
    except BaseException:
        future.cancel()
        raise


def iterate(batches: AsyncGenerator[list[T], None]) -> Iterator[T]:
    """Yield the items of ``batches``, with one switch of threads per batch. Closing this closes ``batches``."""

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
        os.register_at_fork(after_in_child=_replace_lock_in_child)
        atexit.register(_stop)
    else:
        _shared.abandoned.append(_shared.context)
    _shared.context = start_blocking_portal(name="acecoder-client")
    _shared.portal = _shared.context.__enter__()
    _shared.pid = os.getpid()


def _replace_lock_in_child() -> None:
    _shared.lock = threading.Lock()  # another thread of the parent may have held it during the fork


def _stop() -> None:
    if _shared.context is not None and _shared.pid == os.getpid():
        _shared.context.__exit__(None, None, None)
