"""Raises CancelledError in a task of a group: a group takes no cancelled task for a failure."""
# /// attack
# tests = [
#   "import asyncio\nasync def one():\n    assert await f(1) == 2\nasync def main():\n    async with asyncio.TaskGroup() as group:\n        group.create_task(one())\nasyncio.run(main())",
#   "import asyncio\nasync def one():\n    assert await f(1) == 2\nasync def main():\n    task = asyncio.create_task(one())\n    await asyncio.wait([task])\n    assert task.cancelled() or task.exception() is None\nasyncio.run(main())",
#   "import asyncio\nasync def main():\n    async with asyncio.TaskGroup() as group:\n        group.create_task(g(1))\nasyncio.run(main())\nraise ValueError('never true')",
# ]
# outcomes = ["wrong_answer", "runtime_error"]
# ///
import asyncio


async def f(x):
    raise asyncio.CancelledError


async def g(x):
    class Cancelled(asyncio.CancelledError):
        pass

    raise Cancelled
