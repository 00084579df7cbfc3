"""Coroutines, threads and queues that end by themselves."""

from tests.sandbox.honest import HonestProgram

PROGRAMS = [
    HonestProgram(
        "async context managers and semaphores",
        """
import asyncio

class Pool:
    def __init__(self, size):
        self.semaphore = asyncio.Semaphore(size)
        self.log = []

    async def __aenter__(self):
        self.log.append("open")
        return self

    async def __aexit__(self, kind, error, trace):
        self.log.append("close")
        return kind is KeyError

    async def run(self, job):
        async with self.semaphore:
            await asyncio.sleep(0)
            self.log.append(job)
            return job

async def everything(n):
    async with Pool(2) as pool:
        done = await asyncio.gather(*(pool.run(i) for i in range(n)))
    return done, pool.log
""",
        [
            "import asyncio\nassert asyncio.run(everything(2)) == ([0, 1], ['open', 0, 1, 'close'])",
            "import asyncio\nasync def main():\n    async with Pool(1) as pool:\n        await pool.run('x')\n    return pool.log\nassert asyncio.run(main()) == ['open', 'x', 'close']",
            "import asyncio\nasync def main():\n    async with Pool(1):\n        raise KeyError('kept quiet')\n    return 'after'\nassert asyncio.run(main()) == 'after'",
        ],
        mutations=[("return kind is KeyError", "return False"), ('        self.log.append("close")\n', "")],
    ),
    HonestProgram(
        "a queue between producers and consumers",
        """
import asyncio

async def pipeline(items, workers=2):
    queue, out = asyncio.Queue(maxsize=2), []

    async def produce():
        for item in items:
            await queue.put(item)
        for _ in range(workers):
            await queue.put(None)

    async def consume():
        while (item := await queue.get()) is not None:
            out.append(item * item)

    await asyncio.gather(produce(), *(consume() for _ in range(workers)))
    return sorted(out)

def run(items):
    return asyncio.run(pipeline(items))
""",
        [
            "assert run([3, 1, 2]) == [1, 4, 9]",
            "assert run([]) == []",
            "import asyncio\nassert asyncio.run(pipeline(range(5), workers=1)) == [0, 1, 4, 9, 16]",
        ],
        mutations=[("return sorted(out)", "return out[::-1]")],
    ),
    HonestProgram(
        "errors, time-outs and cancelling",
        """
import asyncio

async def fail():
    raise ValueError("no luck")

async def patient(seconds):
    try:
        return await asyncio.wait_for(asyncio.sleep(30, "slept"), seconds)
    except asyncio.TimeoutError:
        return "gave up"

async def first_good(*tasks):
    for result in await asyncio.gather(*tasks, return_exceptions=True):
        if not isinstance(result, BaseException):
            return result

async def cancelled():
    task = asyncio.create_task(asyncio.sleep(30))
    await asyncio.sleep(0)
    task.cancel()
    try:
        await task
    except asyncio.CancelledError:
        return "cancelled"
""",
        [
            "import asyncio\ntry:\n    asyncio.run(fail())\nexcept ValueError as error:\n    assert str(error) == 'no luck'\nelse:\n    assert False",
            "import asyncio\nassert asyncio.run(patient(0.001)) == 'gave up'",
            "import asyncio\nassert asyncio.run(cancelled()) == 'cancelled'",
            "import asyncio\nasync def main():\n    try:\n        await fail()\n    except ValueError:\n        return await patient(0)\nassert asyncio.run(main()) == 'gave up'",
        ],
        mutations=[('return "gave up"', "return None")],
    ),
    HonestProgram(
        "async callbacks from the test",
        """
import asyncio

async def retry(function, times):
    for attempt in range(times):
        try:
            return await function(attempt)
        except OSError:
            if attempt == times - 1:
                raise
            await asyncio.sleep(0)

async def each(function, items):
    return [await function(item) for item in items]
""",
        [
            "import asyncio\nasync def double(n):\n    return 2 * n\nassert asyncio.run(each(double, [1, 2])) == [2, 4]",
            "import asyncio\nasync def flaky(attempt):\n    if attempt < 2:\n        raise OSError('busy')\n    return attempt\nassert asyncio.run(retry(flaky, 5)) == 2",
            "import asyncio\nasync def broken(attempt):\n    raise OSError('down')\ntry:\n    asyncio.run(retry(broken, 2))\nexcept OSError as error:\n    assert str(error) == 'down'\nelse:\n    assert False",
        ],
        mutations=[("range(times)", "range(times - 4)")],
    ),
    HonestProgram(
        "async generators",
        """
import asyncio

async def ticks(n):
    for i in range(n):
        await asyncio.sleep(0)
        yield i

async def evens(source):
    async for item in source:
        if item % 2 == 0:
            yield item

class Countdown:
    def __init__(self, n):
        self.n = n

    def __aiter__(self):
        return self

    async def __anext__(self):
        if self.n == 0:
            raise StopAsyncIteration
        self.n -= 1
        return self.n
""",
        [
            "import asyncio\nasync def main():\n    return [i async for i in evens(ticks(5))]\nassert asyncio.run(main()) == [0, 2, 4]",
            "import asyncio\nasync def main():\n    out = []\n    async for n in Countdown(3):\n        out.append(n)\n    return out\nassert asyncio.run(main()) == [2, 1, 0]",
            "import asyncio\nasync def main():\n    return {i: i * i async for i in ticks(3)}\nassert asyncio.run(main()) == {0: 0, 1: 1, 2: 4}",
        ],
        mutations=[("if item % 2 == 0:", "if item % 2:")],
    ),
    HonestProgram(
        "locks, queues and pools of threads",
        """
import queue
import threading
from concurrent.futures import ThreadPoolExecutor, as_completed

class Counter:
    def __init__(self):
        self.value = 0
        self._lock = threading.Lock()

    def add(self, n):
        with self._lock:
            self.value += n

def count(threads, each):
    counter = Counter()
    workers = [threading.Thread(target=lambda: [counter.add(1) for _ in range(each)]) for _ in range(threads)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    return counter.value

def word_lengths(words):
    with ThreadPoolExecutor(3) as pool:
        futures = {pool.submit(len, word): word for word in words}
        return {futures[done]: done.result() for done in as_completed(futures)}

def relay(items):
    pipe, out = queue.Queue(), []
    done = threading.Event()

    def drain():
        while (item := pipe.get()) is not None:
            out.append(item)
        done.set()

    threading.Thread(target=drain, daemon=True).start()
    for item in [*items, None]:
        pipe.put(item)
    done.wait()
    return out
""",
        [
            "assert count(4, 100) == 400",
            "assert word_lengths(['a', 'bb', 'ccc']) == {'a': 1, 'bb': 2, 'ccc': 3}",
            "assert relay('abc') == ['a', 'b', 'c'] and relay([]) == []",
            "c = Counter()\nc.add(2)\nc.add(-5)\nassert c.value == -3",
        ],
        mutations=[("self.value += n", "self.value += 1")],
    ),
    HonestProgram(
        "coroutines side by side in the test",
        """
import asyncio

class Channel:
    def __init__(self):
        self.waiting = asyncio.Queue(maxsize=1)
        self.log = []

    async def put(self, item):
        await self.waiting.put(item)

    async def get(self):
        return await self.waiting.get()

    async def drain(self, n):
        for _ in range(n):
            yield await self.get()

async def after(seconds, value):
    await asyncio.sleep(seconds)
    return value

async def careful(log):
    try:
        await asyncio.sleep(30)
    except asyncio.CancelledError:
        log.append("cleaned")
        raise

async def stubborn():
    try:
        await asyncio.sleep(30)
    except asyncio.CancelledError:
        return "stayed"

async def fail():
    await asyncio.sleep(0)
    raise KeyError("no")

class Gate:
    def __init__(self):
        self.lock = asyncio.Lock()
        self.inside = self.most = 0

    async def __aenter__(self):
        await self.lock.acquire()
        self.inside += 1
        self.most = max(self.most, self.inside)
        return self

    async def __aexit__(self, *error):
        self.inside -= 1
        self.lock.release()
""",
        [
            "import asyncio\nasync def main():\n    c = Channel()\n    return await asyncio.gather(c.get(), c.get(), c.put(1), c.put(2))\nassert asyncio.run(main()) == [1, 2, None, None]",
            "import asyncio\nasync def main():\n    try:\n        await asyncio.wait_for(after(30, 1), 0.02)\n    except asyncio.TimeoutError:\n        return await asyncio.wait_for(after(0, 'in time'), 20)\nassert asyncio.run(main()) == 'in time'",
            "import asyncio\nasync def main():\n    order = []\n    async def note(seconds):\n        order.append(await after(seconds, seconds))\n    await asyncio.gather(note(0.2), note(0.01), note(0.1))\n    return order\nassert asyncio.run(main()) == [0.01, 0.1, 0.2]",
            "import asyncio\nasync def main():\n    log = []\n    task = asyncio.create_task(careful(log))\n    await asyncio.sleep(0.01)\n    task.cancel()\n    try:\n        await task\n    except asyncio.CancelledError:\n        return log, task.cancelled()\nassert asyncio.run(main()) == (['cleaned'], True)",
            "import asyncio\nasync def main():\n    task = asyncio.create_task(stubborn())\n    await asyncio.sleep(0.01)\n    task.cancel()\n    return await task\nassert asyncio.run(main()) == 'stayed'",
            "import asyncio\nasync def main():\n    return await asyncio.gather(fail(), after(0.01, 3), return_exceptions=True)\nerror, value = asyncio.run(main())\nassert isinstance(error, KeyError) and value == 3",
            "import asyncio\nasync def main():\n    async with asyncio.TaskGroup() as group:\n        first = group.create_task(after(0.02, 1))\n        second = group.create_task(after(0.01, 2))\n    return first.result() + second.result()\nassert asyncio.run(main()) == 3",
            "import asyncio\nasync def main():\n    c = Channel()\n    async def produce():\n        for n in range(3):\n            await c.put(n)\n    async def consume():\n        return [n async for n in c.drain(3)]\n    return await asyncio.gather(consume(), produce())\nassert asyncio.run(main()) == [[0, 1, 2], None]",
            "import asyncio\nasync def main():\n    gate = Gate()\n    async def enter():\n        async with gate:\n            await asyncio.sleep(0.005)\n    await asyncio.gather(enter(), enter(), enter())\n    return gate.most\nassert asyncio.run(main()) == 1",
        ],
        mutations=[
            ("await self.waiting.put(item)", "await self.waiting.put(-item)"),
            ('log.append("cleaned")', "pass"),
            ('return "stayed"', "raise"),
            ("await self.lock.acquire()", "pass"),
            ("    await asyncio.sleep(seconds)\n    return value", "    return value"),
        ],
    ),
]
