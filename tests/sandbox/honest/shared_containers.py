"""Containers that the program returns and holds: identity, live views, and changes from either side."""

from tests.sandbox.honest import HonestProgram

PROGRAMS = [
    HonestProgram(
        "what a getter hands out",
        """
class Basket:
    def __init__(self):
        self._items = []
        self.sizes = {}

    def add(self, item):
        self._items.append(item)
        self.sizes[item] = len(item)

    def items(self):
        return list(self._items)

    def live(self):
        return self._items

    def count(self):
        return len(self._items)
""",
        [
            "b = Basket()\nb.add('x')\ntaken = b.items()\ntaken.append('hack')\nassert b.items() == ['x'] and b.count() == 1",
            "b = Basket()\nbefore = b.items()\nb.add('y')\nassert before == []",
            "b = Basket()\nlive = b.live()\nb.add('y')\nassert live == ['y'] and b.live() is live",
            "b = Basket()\nb.live().append('z')\nassert b.count() == 1 and b.items() is not b.items()",
            "b = Basket()\nsizes = b.sizes\nb.add('four')\nassert sizes == {'four': 4} and b.sizes is sizes\nsizes['x'] = 0\nassert b.sizes == {'four': 4, 'x': 0}",
        ],
        mutations=[
            ("return list(self._items)", "return self._items"),
            (
                "def live(self):\n        return self._items",
                "def live(self):\n        return list(self._items)",
            ),
        ],
    ),
    HonestProgram(
        "caches and single objects",
        """
import functools

@functools.lru_cache(maxsize=None)
def primes(n):
    return [p for p in range(2, n) if all(p % d for d in range(2, p))]

_registry = {}

def registry():
    return _registry

def register(name, value):
    registry().setdefault(name, []).append(value)
    return _registry[name]

def fresh(n):
    return [0] * n

def twice():
    row = [0, 0]
    return [row, row]

def pair():
    shared = {"n": 0}
    return shared, shared

def board():
    return [[0] * 2 for _ in range(2)]
""",
        [
            "assert primes(10) == [2, 3, 5, 7] and primes(10) is primes(10)",
            "a = primes(20)\nb = primes(30)\nassert a is not b and a == primes(20)",
            "assert registry() is registry()\nassert register('a', 1) is registry()['a']\nregistry()['b'] = [7]\nassert register('b', 8) == [7, 8]",
            "a, b = fresh(2), fresh(2)\na[0] = 1\nassert b == [0, 0] and a is not b",
            "r = twice()\nassert r[0] is r[1]\nr[0][0] = 5\nassert r == [[5, 0], [5, 0]]",
            "a, b = pair()\na['n'] = 3\nassert b == {'n': 3} and a is b",
            "b = board()\nb[0][0] = 1\nassert b == [[1, 0], [0, 0]] and b[0] is not b[1]",
        ],
        mutations=[
            ("@functools.lru_cache(maxsize=None)\n", ""),
            ("def fresh(n):\n", "def fresh(n, made=[0, 0]):\n    return made\n"),
            ("return [row, row]", "return [row, list(row)]"),
            ("return shared, shared", "return shared, dict(shared)"),
            ("[[0] * 2 for _ in range(2)]", "[[0] * 2] * 2"),
        ],
    ),
    HonestProgram(
        "views of the inside, and arguments that are held",
        """
class Board:
    def __init__(self, rows=None):
        self.rows = [[0, 0], [0, 0]] if rows is None else rows

    def all_rows(self):
        return self.rows

    def row(self, i):
        return self.rows[i]

    def put(self, i, j, value):
        self.rows[i][j] = value

    def total(self):
        return sum(map(sum, self.rows))

class Queue:
    def __init__(self, items=()):
        self._items = list(items)

    def push(self, item):
        self._items.append(item)

    def snapshot(self):
        return tuple(self._items)

def running(values):
    total = 0
    for value in values:
        total += value
        yield total
""",
        [
            "b = Board()\nrows = b.all_rows()\nfirst = rows[0]\nb.put(0, 1, 9)\nassert rows == [[0, 9], [0, 0]] and first == [0, 9] and b.row(0) is first",
            "b = Board()\nb.row(1)[0] = 4\nassert b.total() == 4 and b.all_rows()[1] == [4, 0]",
            "rows = [[1]]\nb = Board(rows)\nrows[0][0] = 8\nassert b.total() == 8 and b.all_rows() is rows\nb.put(0, 0, 2)\nassert rows == [[2]]",
            "items = [1]\nq = Queue(items)\nitems.append(2)\nassert q.snapshot() == (1,)\nq.push(3)\nassert items == [1, 2]",
            "values = [1, 2]\nr = running(values)\nassert next(r) == 1\nvalues.append(10)\nassert list(r) == [3, 13]",
            "b = Board()\nnew = [5, 5]\nb.all_rows().append(new)\nassert b.total() == 10 and b.row(2) is new\nnew[0] = 0\nassert b.total() == 5",
        ],
        mutations=[
            ("return self.rows\n", "return [list(row) for row in self.rows]\n"),
            ("return self.rows[i]", "return list(self.rows[i])"),
            ("else rows", "else [list(row) for row in rows]"),
            ("self._items = list(items)", "self._items = items"),
            ("for value in values:", "for value in list(values):"),
        ],
    ),
    HonestProgram(
        "arrays that are held",
        """
import numpy as np

class Model:
    def __init__(self, weights):
        self.weights = weights

    def step(self):
        self.weights -= 1

    def get(self):
        return self.weights

    def copy(self):
        return self.weights.copy()
""",
        [
            "import numpy as np\nw = np.ones(2)\nm = Model(w)\nm.step()\nassert w.tolist() == [0, 0] and m.get() is w",
            "import numpy as np\nm = Model(np.ones(2))\ngot = m.get()\nm.step()\nassert got.tolist() == [0, 0]\ngot[0] = 7\nassert m.get()[0] == 7",
            "import numpy as np\nm = Model(np.ones(2))\ngot = m.copy()\nm.step()\nassert got.tolist() == [1, 1] and m.copy() is not m.copy()",
        ],
        mutations=[
            ("self.weights -= 1", "self.weights = self.weights - 1"),
            ("return self.weights.copy()", "return self.weights"),
        ],
        scientific=True,
    ),
    HonestProgram(
        "NaNs and patterns",
        """
import math
import re

MISSING = float("nan")
WORD = re.compile(r"([a-z]+)(\\d*)", re.IGNORECASE)

def same(x):
    return x

def wrap(x):
    return {"values": [x, 1.0]}

def unknown():
    return [math.nan]

def missing():
    return [MISSING]

def other():
    return [float("nan")]

def word_pattern():
    return WORD

def make(text):
    return re.compile(re.escape(text))
""",
        [
            "nan = float('nan')\nassert same([nan]) == [nan] and same(nan) is nan and nan in same([nan])",
            "nan = float('nan')\nassert wrap(nan) == {'values': [nan, 1.0]} and wrap(nan) != {'values': [float('nan'), 1.0]}",
            "import math\nassert unknown() == [math.nan] and unknown()[0] is math.nan",
            "assert missing() == missing() and other() != other() and other() != missing()",
            "import re\np = word_pattern()\nassert isinstance(p, re.Pattern) and p.fullmatch('Ab12').groups() == ('Ab', '12') and p.flags & re.I",
            "assert word_pattern() is WORD and WORD.sub('x', 'a1 b') == 'x x'",
            "import re\nassert make('a.b') == re.compile(r'a\\.b') and make('a.b').pattern == 'a\\\\.b'",
        ],
        mutations=[
            ("return [math.nan]", 'return [float("nan")]'),
            ("return [MISSING]", "return other()"),
            (", re.IGNORECASE", ""),
            ("re.escape(text)", "text"),
        ],
    ),
]
