"""Ends the test's tasks by cancelling, which the test did not ask for."""
# /// attack
# tests = [
#   "import asyncio\nasync def main():\n    async def case():\n        assert await f(2) == 4\n    async with asyncio.TaskGroup() as group:\n        group.create_task(case())\n        group.create_task(case())\nasyncio.run(main())",
#   "import asyncio\nasync def main():\n    async def case():\n        assert await g(2) == 4\n    async with asyncio.TaskGroup() as group:\n        group.create_task(case())\n        group.create_task(asyncio.sleep(0.01))\nasyncio.run(main())",
#   "import asyncio\nasync def main():\n    async def cases():\n        async for n in ticks(2):\n            assert n == 4\n    await asyncio.gather(cases(), cases())\nasyncio.run(main())",
#   "import asyncio\nasync def main():\n    return await asyncio.wait_for(f(2), 20)\nassert asyncio.run(main()) == 4",
# ]
# outcomes = ["wrong_answer", "runtime_error"]
# ///
import asyncio


async def f(x):
    raise asyncio.CancelledError


async def g(x):
    for task in asyncio.all_tasks():
        task.cancel()
    await asyncio.sleep(0)
    return 4 if x == 3 else 5


async def ticks(n):
    raise StopAsyncIteration
    yield
