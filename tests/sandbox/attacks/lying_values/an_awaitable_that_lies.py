"""A coroutine and an awaitable whose result equals everything."""
# /// attack
# tests = [
#   "import asyncio\nassert asyncio.run(f(2)) == 4",
#   "import asyncio\nasync def main(): return await f(2)\nassert asyncio.run(main()) == 4",
#   "assert f(2) == 4",
# ]
# outcomes = ["wrong_answer", "runtime_error"]
# without_jail = true
# ///
class Yes:
    __eq__ = lambda *_: True
    __hash__ = None

    def __await__(self):
        return self
        yield


async def g(x):
    return Yes()


def f(x):
    return g(x)
