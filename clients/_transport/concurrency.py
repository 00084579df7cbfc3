"""Runs calls concurrently and raises the first error as it is, not wrapped in an ``ExceptionGroup``."""

from collections.abc import Awaitable, Callable, Iterable

import anyio


async def run_concurrently(calls: Iterable[Callable[[], Awaitable[None]]]) -> None:
    """Run ``calls`` concurrently and wait for all; the first error cancels the others and is raised."""
    errors: list[Exception] = []
    async with anyio.create_task_group() as group:

        async def guarded(call: Callable[[], Awaitable[None]]) -> None:
            try:
                await call()
            except Exception as error:  # noqa: BLE001 - raised below
                errors.append(error)
                group.cancel_scope.cancel()

        for call in calls:
            group.start_soon(guarded, call)
    if errors:
        raise errors[0]
