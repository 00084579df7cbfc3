"""State and time: mutation, aliasing, caches, globals, coroutines, threads."""

from tests.sandbox.honest import HonestProgram

PROGRAMS = [
    HonestProgram(
        "mutates its arguments",
        """
def rotate(items, k):
    k %= max(len(items), 1)
    items[:] = items[-k:] + items[:-k]

def move_zeros(nums):
    at = 0
    for i, n in enumerate(nums):
        if n:
            nums[at], nums[i] = nums[i], nums[at]
            at += 1

def register(book, name, number):
    book.setdefault(name, []).append(number)

def visit(seen, x):
    seen.add(x)
    return len(seen)

def paint(grid, y, x):
    grid[y][x] = "#"
""",
        [
            "a = [1, 2, 3]\nrotate(a, 1)\nassert a == [3, 1, 2]",
            "a = [0, 1, 0, 2]\nassert move_zeros(a) is None\nassert a == [1, 2, 0, 0]",
            "book = {}\nregister(book, 'ann', 1)\nregister(book, 'ann', 2)\nassert book == {'ann': [1, 2]}",
            "seen = {1}\nassert visit(seen, 2) == 2 and seen == {1, 2}",
            "grid = [['.'] * 2 for _ in range(2)]\npaint(grid, 0, 1)\nassert grid == [['.', '#'], ['.', '.']]",
            "row = ['.']\ngrid = [row, row]\npaint(grid, 0, 0)\nassert grid[1] == ['#'] and row == ['#']",
            "data = bytearray(b'ab')\nrotate(data, 1)\nassert data == bytearray(b'ba')",
            "a = b = [1, 2]\nrotate(a, 1)\nassert b == [2, 1] and a is b",
        ],
        mutations=[("items[:] = items[-k:]", "items = items[-k:]")],
    ),
    HonestProgram(
        "identity and aliasing",
        """
def same(x):
    return x

def copied(x):
    return list(x)

def twice(x):
    return [x, x]

def append(items, item):
    items.append(item)
    return items
""",
        [
            "x = [1]\nassert same(x) is x",
            "x = [1]\nassert copied(x) == x and copied(x) is not x",
            "a, b = twice([])\na.append(1)\nassert b == [1] and a is b",
            "x = []\ny = append(x, 1)\ny.append(2)\nassert x == [1, 2] and y is x",
            "x = {'k': [1]}\nassert same(x)['k'] is x['k']",
            "class Own:\n    pass\no = Own()\nassert same(o) is o and twice(o)[1] is o",
            "assert same(None) is None and same(True) is True and same(...) is ...",
        ],
        mutations=[("return list(x)", "return x")],
    ),
    HonestProgram(
        "leaves its arguments alone",
        """
def without(items, unwanted):
    return [item for item in items if item != unwanted]

def merged(a, b):
    return {**a, **b}
""",
        [
            "x = [1, 2, 1]\nassert without(x, 1) == [2] and x == [1, 2, 1]",
            "a, b = {'x': 1}, {'x': 2}\nassert merged(a, b) == {'x': 2} and a == {'x': 1} and b == {'x': 2}",
            "assert merged({}, {}) == {}",
        ],
        mutations=[("return {**a, **b}", "a.update(b)\n    return a")],
    ),
    HonestProgram(
        "lru_cache",
        """
from functools import lru_cache

calls = 0

@lru_cache(maxsize=None)
def fib(n):
    global calls
    calls += 1
    return n if n < 2 else fib(n - 1) + fib(n - 2)

def count():
    return calls
""",
        [
            "assert fib(80) == 23416728348467685",
            "fib(50)\nbefore = count()\nfib(50)\nassert count() == before",
            "fib.cache_clear()\nfib(3)\nassert fib.cache_info().currsize == 4",
        ],
        mutations=[("return n if n < 2", "return 1 if n < 2")],
    ),
    HonestProgram(
        "functools.partial",
        """
from functools import partial

def scale(factor, value, *, offset=0):
    return factor * value + offset

double = partial(scale, 2)
shifted = partial(scale, 1, offset=10)
""",
        [
            "assert double(4) == 8",
            "assert shifted(1) == 11 and shifted(1, offset=0) == 1",
            "from functools import partial\nassert partial(scale, 3)(3) == 9",
            "assert list(map(double, [1, 2])) == [2, 4]",
            "assert sorted([3, 1], key=partial(scale, -1)) == [3, 1]",
        ],
        mutations=[("offset=10", "offset=1")],
    ),
    HonestProgram(
        "global state",
        """
LOG = []
total = 0

def add(n):
    global total
    total += n
    LOG.append(n)
    return total

def reset():
    global total
    total = 0
    LOG.clear()
""",
        [
            "reset()\nadd(1)\nassert add(2) == 3",
            "reset()\nadd(5)\nassert LOG == [5]",
            "reset()\nassert LOG == [] and add(0) == 0",
        ],
        mutations=[("    LOG.clear()\n", "")],
    ),
    HonestProgram(
        "asyncio",
        """
import asyncio

async def slow_double(n):
    await asyncio.sleep(0)
    return n * 2

async def all_doubled(numbers):
    return await asyncio.gather(*(slow_double(n) for n in numbers))

async def ticks(n):
    for i in range(n):
        await asyncio.sleep(0)
        yield i

async def collect(n):
    return [i async for i in ticks(n)]

def run(n):
    return asyncio.run(slow_double(n))
""",
        [
            "assert run(4) == 8",
            "import asyncio\nassert asyncio.run(slow_double(2)) == 4",
            "import asyncio\nassert asyncio.run(all_doubled([1, 2, 3])) == [2, 4, 6]",
            "import asyncio\nassert asyncio.run(collect(3)) == [0, 1, 2]",
            "import asyncio\nasync def main():\n    return await slow_double(1) + await slow_double(2)\nassert asyncio.run(main()) == 6",
        ],
        mutations=[("return n * 2", "return n + 2")],
    ),
    HonestProgram(
        "threads that finish",
        """
import threading
from concurrent.futures import ThreadPoolExecutor

def parallel_sum(chunks):
    totals, lock = [], threading.Lock()

    def work(chunk):
        with lock:
            totals.append(sum(chunk))

    threads = [threading.Thread(target=work, args=(chunk,)) for chunk in chunks]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(totals)

def squares(numbers):
    with ThreadPoolExecutor(max_workers=2) as pool:
        return list(pool.map(lambda n: n * n, numbers))
""",
        [
            "assert parallel_sum([[1, 2], [3], []]) == 6",
            "assert squares(range(5)) == [0, 1, 4, 9, 16]",
        ],
        mutations=[("totals.append(sum(chunk))", "totals.append(len(chunk))")],
    ),
]
