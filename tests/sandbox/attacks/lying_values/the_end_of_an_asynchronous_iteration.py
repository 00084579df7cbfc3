"""Raises StopAsyncIteration in place of an answer: the test's own loop takes it for the end of its cases."""
# /// attack
# tests = [
#   "import asyncio\nclass Cases:\n    def __aiter__(self):\n        return self\n    async def __anext__(self):\n        assert f(1) == 2\n        return 1\nasync def main():\n    async for _ in Cases():\n        pass\nasyncio.run(main())",
#   "import asyncio\nclass Cases:\n    def __aiter__(self):\n        return self\n    async def __anext__(self):\n        assert await g(1) == 2\n        return 1\nasync def main():\n    async for _ in Cases():\n        pass\nasyncio.run(main())",
#   "import asyncio\nasync def cases():\n    yield f(1)\nasync def main():\n    assert [x async for x in cases()] == []\nasyncio.run(main())",
# ]
# outcomes = ["wrong_answer", "runtime_error"]
# ///
class End(StopAsyncIteration):
    pass


def f(x):
    raise End


async def g(x):
    raise RuntimeError from StopAsyncIteration()
