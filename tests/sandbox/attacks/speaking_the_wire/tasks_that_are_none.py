"""Answers false numbers where the checker asks for tasks that are done."""
# /// attack
# tests = [
#   "import asyncio\nasync def main():\n    return await asyncio.gather(f(2), f(3))\nassert asyncio.run(main()) == [4, 9]",
#   "import asyncio\nasync def main():\n    return await asyncio.wait_for(f(2), 0.5)\nassert asyncio.run(main()) == 4",
# ]
# outcomes = ["wrong_answer", "runtime_error", "time_limit", "not_run"]
# ///
import sys

coroutines = next(module for name, module in sys.modules.items() if name.endswith("wire.coroutines"))
operations = sys.modules[coroutines.__name__.replace("coroutines", "operations")]
calls = 0


def wait(numbers, timeout_s):
    global calls
    calls += 1
    return [[99], ["x"], 5, [-1, 0, 0, 1], None, []][calls % 6]


def start(*args):
    return 10**6


operations.OPERATIONS["wait"] = wait


async def f(x):
    return 5
