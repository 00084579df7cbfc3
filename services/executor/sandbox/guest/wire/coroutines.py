"""Runs awaitables on an event loop that lives as long as the process: one to its end, or several side by side.

The candidate does this for a test that awaits the program's coroutines (``checker.awaiting``). Tasks have numbers; they
run only while ``wait`` or ``finish`` runs.
"""

import itertools
from typing import Any

_loops: list[Any] = []
_tasks: dict[int, Any] = {}
_numbers = itertools.count()


def _loop() -> Any:
    import asyncio  # noqa: PLC0415  -- slow to import and rarely needed

    if not _loops:
        _loops.append(asyncio.new_event_loop())
    return _loops[0]


async def _result_of(awaitable: Any) -> Any:
    return await awaitable


def run(awaitable: Any) -> Any:
    """Run an awaitable to its end; return its result."""
    return _loop().run_until_complete(_result_of(awaitable))


def _awaitable(operation: str, target: Any, *args: Any) -> Any:
    if operation == "anext":
        return anext(target)
    if operation == "aenter":
        return type(target).__aenter__(target)
    return type(target).__aexit__(target, *args) if operation == "aexit" else target


def start(operation: str, target: Any, *args: Any) -> int:
    """Make a task of an operation that is awaited; return its number."""
    number = next(_numbers)
    _tasks[number] = _loop().create_task(_result_of(_awaitable(operation, target, *args)))
    return number


def wait(numbers: list[int], timeout_s: float | None) -> list[int]:
    """Run all tasks until one of these is done, or for so long; return those done.

    With 0 seconds, each task that is ready takes a step.
    """
    import asyncio  # noqa: PLC0415

    async def run_for_a_while() -> None:
        if timeout_s == 0:
            await asyncio.sleep(0)
        else:
            tasks = [_tasks[number] for number in numbers]
            await asyncio.wait(tasks, timeout=timeout_s, return_when=asyncio.FIRST_COMPLETED)

    _loop().run_until_complete(run_for_a_while())
    return [number for number in numbers if _tasks[number].done()]


def cancel(number: int) -> bool:
    """Cancel a task and run it to its end; return whether it was cancelled, rather than ended by itself."""
    import asyncio  # noqa: PLC0415

    task = _tasks[number]
    task.cancel()
    _loop().run_until_complete(asyncio.wait([task]))
    if task.cancelled():
        del _tasks[number]
        return True
    return False


def result(number: int) -> Any:
    """Return the result of a task that is done, or raise its exception."""
    return _tasks.pop(number).result()
