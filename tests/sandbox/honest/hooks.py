"""Callables of the library, exceptions that steer, truth values and special attributes, as honest programs use them."""

from tests.sandbox.honest import HonestProgram

PROGRAMS = [
    HonestProgram(
        "callables of the library as arguments",
        """
def each(function, *values):
    return [function(value) for value in values]

def fold(function, values, start):
    for value in values:
        start = function(start, value)
    return start

def take(read):
    return [read(), read()]

def ordered(values, key):
    return sorted(values, key=key)
""",
        [
            "import math\nassert each(math.sqrt, 4, 9) == [2, 3] and each(str.upper, 'a', 'b') == ['A', 'B']",
            "import operator\nassert fold(operator.add, [1, 2, 3], 0) == 6 and fold(max, [1, 5, 3], 0) == 5",
            "from operator import attrgetter, itemgetter, methodcaller\nassert ordered(['ab', 'ba'], itemgetter(1)) == ['ba', 'ab'] and each(methodcaller('split', sep=','), 'a,b') == [['a', 'b']]\nassert ordered([3 + 1j, 1 + 2j], attrgetter('imag')) == [3 + 1j, 1 + 2j]",
            "from functools import partial\nassert each(partial(pow, 2), 3, 4) == [8, 16] and each(partial(lambda a, b: a - b, 5), 1) == [4]",
            "assert each('{:.2f}'.format, 1, 2.5) == ['1.00', '2.50'] and each(', '.join, ['a', 'b']) == ['a, b']",
            "prices = {'a': 3, 'b': 1}\nassert ordered('ab', prices.__getitem__) == ['b', 'a'] and each(prices.get, 'a', 'c') == [3, None]",
            "seen = []\neach(seen.append, 1, 2)\nassert seen == [1, 2] and take(iter('xyz').__next__) == ['x', 'y']",
            "from collections import Counter\nfrom decimal import Decimal\nassert each(Counter, 'aab') == [Counter('aab')] and each(Decimal, '1.5') == [Decimal('1.5')]",
            "import queue, io\nq = queue.Queue()\neach(q.put, 1, 2)\nassert take(q.get_nowait) == [1, 2]\nout = io.StringIO()\neach(out.write, 'x', 'y')\nassert out.getvalue() == 'xy'",
            "from functools import lru_cache\n@lru_cache\ndef double(x):\n    return x * 2\nassert each(double, 1, 2) == [2, 4]",
            "assert each(eval, '1 + 2', 'max(3, 4)') == [3, 4] and each(len, 'abc') == [3]",
            "import re, datetime\nassert each(re.compile('a+').findall, 'aab') == [['aa']] and each(datetime.date.fromisoformat, '2020-01-02') == [datetime.date(2020, 1, 2)]",
        ],
        mutations=[
            ("function(value)", "value"),
            ("[read(), read()]", "[read()]"),
            ("key=key", "reverse=True"),
        ],
    ),
    HonestProgram(
        "leaving a program and ending iterations",
        """
import sys

class Quit(SystemExit):
    pass

def main(argv):
    if not argv:
        sys.exit(2)
    if argv == ["quit"]:
        raise Quit(3)
    return len(argv)

def interrupt():
    raise KeyboardInterrupt

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

async def squares(n):
    for i in range(n):
        yield i * i

def numbers():
    yield 1
    return "end"
""",
        [
            "try:\n    main([])\nexcept SystemExit as error:\n    assert error.code == 2\nelse:\n    assert False",
            "try:\n    main(['quit'])\nexcept Quit as error:\n    assert error.code == 3\nelse:\n    assert False",
            "try:\n    main([])\nexcept EXITS as error:\n    assert error.code == 2\nelse:\n    assert False",
            "assert main(['a', 'b']) == 2",
            "try:\n    interrupt()\nexcept KeyboardInterrupt:\n    pass\nelse:\n    assert False",
            "import asyncio\nasync def read():\n    return [x async for x in Countdown(3)]\nassert asyncio.run(read()) == [2, 1, 0]",
            "import asyncio\nasync def read():\n    return [x async for x in squares(3)]\nassert asyncio.run(read()) == [0, 1, 4]",
            "import asyncio\nasync def read():\n    it = aiter(Countdown(1))\n    return await anext(it), await anext(it, 'end')\nassert asyncio.run(read()) == (0, 'end')",
            "it = numbers()\nassert next(it) == 1\ntry:\n    next(it)\nexcept StopIteration as stop:\n    assert stop.value == 'end'\nelse:\n    assert False",
        ],
        setup="EXITS = (SystemExit, KeyboardInterrupt)",
        mutations=[
            ("sys.exit(2)", "sys.exit(0)"),
            ("return self.n", "return 0"),
            ("raise KeyboardInterrupt", "pass"),
        ],
    ),
    HonestProgram(
        "truth of what a function returns",
        """
import re
from dataclasses import dataclass, field

@dataclass
class Report:
    errors: list = field(default_factory=list)

    def __len__(self):
        return len(self.errors)

@dataclass
class Point:
    x: int = 0

class Path(list):
    pass

class Stack:
    def __init__(self):
        self._items = []
    def push(self, item):
        self._items.append(item)
        return self
    def __len__(self):
        return len(self._items)

def check(text):
    return Report([word for word in text.split() if word.islower()])

def origin():
    return Point()

def find(nodes, node):
    return Path(nodes[: nodes.index(node)]) if node in nodes else Path()

def match(text):
    return re.match(r"[a-z]+", text)

def first(values):
    return next(iter(values), None)
""",
        [
            "report = check('A B')\nassert not report and len(report) == 0",
            "report = check('A b')\nassert report\nassert report.errors == ['b']",
            "assert origin() and origin().x == 0",
            "assert find([1, 2, 3], 3) and not find([1], 2) and find([1, 2], 2) == [1]",
            "assert match('abc') and not match('123') and match('ab1').group() == 'ab'",
            "stack = Stack()\nassert not stack\nstack.push(1)\nassert stack and stack._items == [1]",
            "assert not Stack() and Stack().push(2)",
            "assert first([]) is None and not first([0]) and first([3])",
        ],
        mutations=[
            ("word.islower()", "word.isupper()"),
            ("[a-z]+", "[0-9]+"),
            ("else Path()", "else Path([0])"),
        ],
    ),
    HonestProgram(
        "special attributes that a test names",
        """
import functools

def logged(function):
    @functools.wraps(function)
    def wrapper(*args):
        wrapper.calls += 1
        return function(*args)
    wrapper.calls = 0
    return wrapper

@logged
def area(width: int, height: int = 1) -> int:
    '''Return the area.'''
    return width * height

class Base:
    '''A base.'''
    __slots__ = ("_x",)
    def __init__(self, x):
        self._x = x
    def __private(self):
        return self._x
    def __enter__(self):
        return self
    def __exit__(self, *error):
        self._x = None

class Derived(Base):
    __hash__ = None
    def __call__(self):
        return self._x
""",
        [
            "assert area.__name__ == 'area' and area.__doc__ == 'Return the area.' and area.__wrapped__(2, 3) == 6",
            "assert area.__wrapped__.__defaults__ == (1,) and area.__annotations__['return'] is int and area.__module__ == Base.__module__",
            "import inspect\nassert str(inspect.signature(area)) == '(width: int, height: int = 1) -> int' and not inspect.iscoroutinefunction(area)",
            "assert issubclass(Derived, Base) and Base.__doc__ == 'A base.' and Derived.__qualname__ == 'Derived'",
            "d = Derived(4)\nassert d._Base__private() == 4 and d() == 4 and getattr(d, '_x') == 4 and hasattr(d, '__call__')\nwith d:\n    pass\nassert d._x is None",
            "for name in ('_x', '_Base__private'):\n    assert hasattr(Derived(1), name)",
        ],
        mutations=[
            ("'''Return the area.'''", "'''Area.'''"),
            ("return self._x\n    def __enter__", "return 0\n    def __enter__"),
        ],
    ),
    HonestProgram(
        "numbers and arrays of narrow types",
        """
import numpy as np

def single(x):
    return np.float32(x)

def byte(x):
    return np.int8(x)

def image():
    return np.array([[0, 128], [255, 7]], dtype=np.uint8)

def weights(*xs):
    return np.array(xs, dtype=np.float32)

def is_even(x):
    return np.bool_(x % 2 == 0)

def same(x):
    return x
""",
        [
            "assert single(0.1) == 0.1 and 0.1 == single(0.1) and single(0.5) == 0.5 and abs(single(0.1) - 0.1) < 1e-6",
            "import numpy as np\nx = single(2.5)\nassert x.dtype == np.float32 and isinstance(x, np.floating) and type(x) == np.float32 and x == np.float32(2.5) and f'{x:.2f}' == '2.50' and repr(x) == repr(np.float32(2.5))",
            "assert round(single(0.33333), 2) == 0.33 and single(3) // 2 == 1 and single(2) ** 2 == 4 and 1 / single(2) == 0.5 and max(single(1), single(2)) == 2",
            "import numpy as np\nx = byte(5)\nassert x == 5 and x + 1 == 6 and x.dtype == np.int8 and [0, 1, 2, 3, 4, 5][x] == 5 and x in {5} and {5: 1}[x] == 1 and range(x) == range(5) and isinstance(x, np.integer) and -x == -5 and 'ab' * byte(2) == 'abab'",
            "import numpy as np\nim = image()\nassert im.dtype == np.uint8 and type(im) == np.ndarray and im[1, 0] == 255 and im.max() == 255 and im.mean() == 97.5 and (im > 5).sum() == 3 and (im / 255.0).max() == 1.0 and np.array_equal(im, [[0, 128], [255, 7]])\nnp.testing.assert_array_equal(im, [[0, 128], [255, 7]])",
            "import numpy as np\nim = same(image())\nassert im.dtype == np.uint8 and (im == np.array([[0, 128], [255, 7]], dtype=np.uint8)).all() and np.sum(im) == 390",
            "import numpy as np\na = weights(0.1, 0.2)\nassert (a == np.array([0.1, 0.2], dtype=np.float32)).all() and (a == 0.1).tolist() == [True, False] and a[0] == 0.1 and np.allclose(a, [0.1, 0.2]) and repr(a) == repr(np.array([0.1, 0.2], dtype=np.float32))",
            "import numpy as np\na = weights(1, 2)\nassert (a + a).dtype == np.float32 and a @ a == 5 and list(a) == [1, 2] and a.sum() == 3\na += 1\nassert a.tolist() == [2, 3] and np.max(a) == 3 and (np.array([1, 2]) * single(2)).tolist() == [2, 4]",
            "import numpy as np\nassert is_even(2) and not is_even(3) and is_even(4) == True and isinstance(is_even(2), np.bool_)",
        ],
        mutations=[
            ("np.float32(x)", "np.float32(x + 0.01)"),
            ("255, 7", "254, 7"),
            ("x % 2 == 0", "x % 2 == 1"),
        ],
        scientific=True,
    ),
    HonestProgram(
        "empty arrays and objects that are arrays",
        """
import numpy as np

def keep(a, low):
    a = np.asarray(a, dtype=float)
    return a[a > low]

class Vector:
    def __init__(self, *x):
        self.x = np.array(x, dtype=float)
    def __array__(self, dtype=None, copy=None):
        return self.x.astype(dtype or float)
    def __len__(self):
        return len(self.x)
    def __getitem__(self, i):
        return self.x[i]
    def __add__(self, other):
        return Vector(*(self.x + np.asarray(other)))

def integrate(function, low, high, n=1000):
    x = np.linspace(low, high, n)
    y = function(x)
    return float(((y[1:] + y[:-1]) / 2 * np.diff(x)).sum())
""",
        [
            "import numpy as np\ne = keep([1, 2], 5)\nassert e.size == 0 and len(e) == 0 and e.tolist() == [] and np.allclose(e, []) and (e > 5).all() and (e * 2).size == 0 and e.sum() == 0 and (e != 3).all() and type(e) == np.ndarray",
            "import numpy as np\nnp.testing.assert_array_equal(keep([], 0), [])\nnp.testing.assert_allclose(keep([1], 2), np.zeros(0))\nassert np.array_equal(keep([1], 2), np.array([])) and (keep([1], 2) == np.array([])).all() and np.concatenate([keep([1], 2), np.ones(2)]).tolist() == [1, 1]",
            "import numpy as np\nassert np.allclose(keep([1, 7], 5), [7]) and (keep([1, 7], 5) == np.array([7])).all() and np.allclose(keep([7], 5), 7)",
            "import numpy as np\nv = Vector(3, 4)\nassert np.allclose(v, [3, 4]) and np.linalg.norm(v) == 5 and np.mean(v) == 3.5 and np.sum(v) == 7 and np.abs(v).tolist() == [3, 4] and (v + np.array([1, 1])).x.tolist() == [4, 5]",
            "import numpy as np\nassert abs(integrate(np.sin, 0, np.pi) - 2) < 1e-4 and abs(integrate(lambda x: x * x, 0, 3) - 9) < 1e-4",
        ],
        mutations=[("a[a > low]", "a[a >= 0]"), ("self.x + np.asarray(other)", "self.x"), ("/ 2 *", "*")],
        scientific=True,
    ),
]
