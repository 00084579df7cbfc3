"""Containers, and which values are equal; values of classes from the standard library."""

from tests.sandbox.honest import HonestProgram

PROGRAMS = [
    HonestProgram(
        "nested containers",
        """
def table(n):
    return {i: {"squares": [i * i], "pair": (i, {i})} for i in range(n)}

def transpose(rows):
    return [list(column) for column in zip(*rows)]

def deep(n):
    out = []
    for _ in range(n):
        out = [out]
    return out
""",
        [
            "assert table(2) == {0: {'squares': [0], 'pair': (0, {0})}, 1: {'squares': [1], 'pair': (1, {1})}}",
            "assert table(3)[2]['pair'][1] == {2}",
            "assert transpose([[1, 2], [3, 4]]) == [[1, 3], [2, 4]]",
            "assert transpose([]) == []",
            "d = deep(50)\nn = 0\nwhile d:\n    d = d[0]\n    n += 1\nassert n == 50",
            "assert transpose(transpose([(1, 2)])) == [[1, 2]]",
        ],
        mutations=[("[i * i]", "[i + i]")],
    ),
    HonestProgram(
        "a value that holds itself",
        """
def knot():
    items = [1]
    items.append(items)
    return items
""",
        ["k = knot()\nassert k[0] == 1 and k[1] is k and len(k) == 2"],
        mutations=[("items.append(items)", "items.append(items[:])")],
    ),
    HonestProgram(
        "tuples are not lists",
        """
def pair(a, b):
    return a, b

def pairs(items):
    return [(a, b) for a in items for b in items if a < b]
""",
        [
            "assert pair(1, 2) == (1, 2) and pair(1, 2) != [1, 2]",
            "assert pairs([1, 2]) == [(1, 2)]",
            "assert isinstance(pair(1, 2), tuple) and type(pairs([])) is list",
            "a, b = pair('x', 'y')\nassert a + b == 'xy'",
            "assert pair(*pair(1, 2)) + (3,) == (1, 2, 3)",
        ],
        mutations=[("return a, b", "return [a, b]")],
    ),
    HonestProgram(
        "None",
        """
def find(items, wanted):
    for i, item in enumerate(items):
        if item == wanted:
            return i

def nothing():
    pass
""",
        [
            "assert find('abc', 'c') == 2",
            "assert find([], 1) is None",
            "assert nothing() is None and nothing() == None",
            "assert not find('a', 'a') and find('a', 'a') is not None",
        ],
        mutations=[("return i", "return i or None")],
    ),
    HonestProgram(
        "sorting is stable",
        """
def by_score(people):
    return sorted(people, key=lambda p: p["score"], reverse=True)

def by_two(rows):
    return sorted(rows, key=lambda r: (r[1], -r[0]))
""",
        [
            "people = [{'n': 'a', 'score': 1}, {'n': 'b', 'score': 2}, {'n': 'c', 'score': 1}]\nassert [p['n'] for p in by_score(people)] == ['b', 'a', 'c']",
            "people = [{'n': 'a', 'score': 1}]\nassert by_score(people)[0] is people[0]",
            "assert by_two([(1, 'x'), (2, 'x'), (3, 'a')]) == [(3, 'a'), (2, 'x'), (1, 'x')]",
        ],
        mutations=[('key=lambda p: p["score"], reverse=True)', 'key=lambda p: p["score"])[::-1]')],
    ),
    HonestProgram(
        "formatting",
        """
def money(n):
    return f"{n:,.2f}"

def row(name, n):
    return "%-6s|%4d" % (name, n)

def fill(template, **values):
    return template.format(**values)

def table(rows):
    return "\\n".join(f"{a:<3}{b:>3}" for a, b in rows)
""",
        [
            "assert money(1234567.891) == '1,234,567.89'",
            "assert row('ann', 7) == 'ann   |   7'",
            "assert fill('{a}-{b:03d}', a='x', b=7) == 'x-007'",
            'assert table([("a", 1), ("bb", 22)]) == """a    1\nbb  22"""',
            "assert f'{money(5)}!' == '5.00!' and '%s' % money(1) == '1.00'",
        ],
        mutations=[("{n:,.2f}", "{n:.2f}")],
    ),
    HonestProgram(
        "dictionaries",
        """
def invert(d):
    return {v: k for k, v in d.items()}

def views(d):
    return d.keys(), d.values()

def index(words):
    out = {}
    for i, word in enumerate(words):
        out.setdefault(word, []).append(i)
    return out
""",
        [
            "assert invert({'a': 1, 'b': 2}) == {1: 'a', 2: 'b'}",
            "assert list(invert({'z': 1, 'a': 2}).values()) == ['z', 'a']",
            "keys, values = views({'a': 1})\nassert list(keys) == ['a'] and list(values) == [1] and 'a' in keys",
            "assert index('aba')['a'] == [0, 2]",
            "assert index([(1, 2), (1, 2)]) == {(1, 2): [0, 1]}",
            "assert invert({True: None}) == {None: True}",
        ],
        mutations=[("out.setdefault(word, []).append(i)", "out[word] = [i]")],
    ),
    HonestProgram(
        "ranges, slices and map objects",
        """
def countdown(n):
    return range(n, 0, -1)

def doubled(items):
    return map(lambda x: 2 * x, items)

def numbered(items):
    return enumerate(items, start=1)

def middle(n):
    return slice(n // 3, 2 * n // 3)
""",
        [
            "assert list(countdown(3)) == [3, 2, 1]",
            "assert countdown(3) == range(3, 0, -1) and len(countdown(5)) == 5",
            "assert list(doubled([1, 2])) == [2, 4]",
            "assert dict(numbered('ab')) == {1: 'a', 2: 'b'}",
            "assert 'abcdef'[middle(6)] == 'cd'",
            "m = doubled([1, 2])\nassert next(m) == 2 and list(m) == [4]",
        ],
        mutations=[("range(n, 0, -1)", "range(n, -1, -1)")],
    ),
    HonestProgram(
        "classes from the standard library",
        """
import re
import uuid
from pathlib import PurePosixPath
from types import SimpleNamespace

def find(pattern, text):
    return re.search(pattern, text)

def settings(**values):
    return SimpleNamespace(**values)

def suffix(path):
    return PurePosixPath(path).suffix

def parent(path):
    return PurePosixPath(path).parent

def fixed():
    return uuid.UUID(int=5)
""",
        [
            "m = find(r'(\\d+)-(\\d+)', 'a 10-20')\nassert m.group(1) == '10' and m.groups() == ('10', '20')",
            "assert find('x', 'abc') is None",
            "s = settings(a=1)\ns.b = 2\nassert (s.a, s.b) == (1, 2)",
            "assert suffix('a/b.tar.gz') == '.gz'",
            "from pathlib import PurePosixPath\nassert parent('a/b') == PurePosixPath('a') and str(parent('a/b')) == 'a'",
            "assert fixed().int == 5",
        ],
        mutations=[("re.search", "re.match")],
    ),
    HonestProgram(
        "random with a seed",
        """
import random

def shuffled(items, seed):
    items = list(items)
    random.Random(seed).shuffle(items)
    return items

def roll(rng):
    return rng.randint(1, 6)
""",
        [
            "assert sorted(shuffled(range(10), 1)) == list(range(10))",
            "assert shuffled(range(10), 1) == shuffled(range(10), 1)",
            "import random\nassert 1 <= roll(random.Random(3)) <= 6",
            "import random\na, b = random.Random(7), random.Random(7)\nassert [roll(a) for _ in range(5)] == [roll(b) for _ in range(5)]",
        ],
        mutations=[("return items", "return items[1:]")],
    ),
    HonestProgram(
        "heaps, bisect and itertools",
        """
import bisect
import heapq
import itertools

def smallest(items, n):
    return heapq.nsmallest(n, items)

def push(heap, item):
    heapq.heappush(heap, item)
    return heap[0]

def insert(items, item):
    bisect.insort(items, item)

def pairs(items):
    return itertools.combinations(items, 2)
""",
        [
            "assert smallest([3, 1, 2], 2) == [1, 2]",
            "heap = []\nassert [push(heap, n) for n in (3, 1, 2)] == [3, 1, 1] and len(heap) == 3",
            "a = [1, 3]\ninsert(a, 2)\nassert a == [1, 2, 3]",
            "assert list(pairs('abc')) == [('a', 'b'), ('a', 'c'), ('b', 'c')]",
        ],
        mutations=[("nsmallest", "nlargest")],
    ),
    HonestProgram(
        "a name the program imported",
        """
import math
from collections import Counter

def area(r):
    return math.pi * r ** 2
""",
        [
            "assert area(1) == math.pi",
            "assert Counter('aa') == {'a': 2}",
            "assert math.isclose(area(2), 4 * math.pi)",
        ],
        mutations=[("math.pi * r", "2 * math.pi * r")],
    ),
    HonestProgram(
        "containers of classes of the program's, which the test makes",
        """
import json
class Bag(list):
    def second(self): return self[1]
class Table(dict):
    def total(self): return sum(self.values())
    def __getattr__(self, n):
        try: return self[n]
        except KeyError: raise AttributeError(n) from None
class Uniq(set):
    def add_all(self, *xs): self.update(xs); return self
class Loud(dict):
    def __setitem__(self, k, v): super().__setitem__(k, v * 2)
class Sorted(list):
    def append(self, x):
        super().append(x); self.sort()
def mk(): return Bag([1])
""",
        [
            "l = Bag([1,2])\nl.append(3)\nassert l.second() == 2 and l == [1,2,3] and [1,2,3] == l and len(l) == 3 and isinstance(l, list)",
            "l = Bag([3,1,2])\nl.sort()\nassert l == [1,2,3]\nl.extend([9])\nassert l[-1] == 9 and l.index(9) == 3\ndel l[0]\nassert l == [2,3,9] and l != [2,3]",
            "d = Table()\nd['k'] = 1\nd.update(z=2)\nassert d == {'k':1,'z':2} and sorted(d.items()) == [('k',1),('z',2)] and d.total() == 3 and d.k == 1",
            "l = Bag('ab')\nassert l[::-1] == ['b','a'] and l[0:1] == ['a']\nl[0] = 'z'\nassert l == ['z','b'] and 'z' in l\nassert [x for x in l] == ['z','b']",
            "import copy\nl = Bag([[1]])\nm = copy.deepcopy(l)\nm[0].append(2)\nassert l == [[1]] and m == [[1,2]]",
            "u = Uniq([1]).add_all(2, 3)\nassert u == {1,2,3} and {1,2,3} == u and isinstance(u, set) and 2 in u and u >= {1}",
            "d = Loud()\nd['a'] = 2\nassert d == {'a': 4} and dict(d) == {'a': 4} and isinstance(d, dict) and isinstance(d, Loud)",
            "s = Sorted()\nfor x in (3, 1, 2):\n    s.append(x)\nassert s == [1,2,3] and s.__class__.__name__ == 'Sorted' and type(s).__name__ == 'Sorted'",
            "assert Bag([1]) == Bag([1]) and Bag([1]) != Bag([2]) and type(Bag()) is Bag and Bag().__class__ is Bag",
            "assert [Bag([1])] == [[1]] and {'a': Table(x=1)} == {'a': {'x': 1}}",
            "assert Bag([1,2]) < [1,3] and Bag([2]) > [1]",
            "assert mk() == [1] and mk() == Bag([1])",
            "assert not Bag() and Bag([0])",
            "assert Bag([1]) != (1,) and not Bag([1]) == 'x'",
        ],
        mutations=[
            ("self[1]", "self[0]"),
            ("sum(self.values())", "len(self)"),
            ("self.update(xs)", "self.update(xs[:1])"),
            ("k, v * 2", "k, v * 3"),
            ("self.sort()", "self.reverse()"),
            ("Bag([1])", "Bag([2])"),
        ],
    ),
    HonestProgram(
        "functions of dataclasses on the program's objects",
        """
from dataclasses import dataclass, field
@dataclass
class P:
    x: int
    y: list = field(default_factory=list)
@dataclass
class Q:
    p: P
    n: str = 'q'
def mk(): return Q(P(1, [2]))
""",
        [
            "import dataclasses\nassert dataclasses.asdict(mk()) == {'p': {'x': 1, 'y': [2]}, 'n': 'q'}",
            "from dataclasses import asdict, astuple, replace, fields\nassert asdict(P(1)) == {'x': 1, 'y': []} and astuple(P(3)) == (3, [])\nassert replace(P(1), x=4) == P(4)\nassert [f.name for f in fields(P)] == ['x', 'y'] == [f.name for f in fields(P(1))]",
            "from dataclasses import dataclass, asdict\n@dataclass\nclass Mine:\n    a: int\nassert asdict(Mine(3)) == {'a': 3} and asdict(P(1))['x'] == 1",
        ],
        mutations=[
            ("n: str = 'q'", "n: str = 'p'"),
            (
                "    x: int\n    y: list = field(default_factory=list)",
                "    y: list = field(default_factory=list)\n    x: int = 0",
            ),
            ("default_factory=list", "default_factory=dict"),
            ("@dataclass\nclass P", "@dataclass(eq=False)\nclass P"),
        ],
    ),
    HonestProgram(
        "names of an object's attributes, as dir lists them",
        """
class Temp:
    def __init__(self): self.c = 1
    @property
    def f(self): return 2
    def of(self): return 3
class Dyn:
    def __dir__(self): return ['b', 'a']
""",
        [
            "assert 'f' in dir(Temp)",
            "assert [a for a in dir(Temp) if not a.startswith('_')] == ['f', 'of']",
            "assert [a for a in dir(Temp()) if not a.startswith('_')] == ['c', 'f', 'of']",
            "assert dir(Dyn()) == ['a', 'b']",
            "import inspect\nassert [n for n, _ in inspect.getmembers(Temp(), callable) if not n.startswith('_')] == ['of']",
        ],
        mutations=[
            ("def of(self)", "def off(self)"),
            ("self.c = 1", "self.d = 1"),
            ("['b', 'a']", "['b', 'c']"),
        ],
    ),
    HonestProgram(
        "a path that the program returns, asked whether it is there",
        """
import pathlib
def mk(d):
    p = pathlib.Path(d); p.mkdir(parents=True, exist_ok=True); (p / 'a').write_text('x'); return p
""",
        [
            "p = mk('sub/dir')\nassert p.is_dir() and str(p) == 'sub/dir' and p.name == 'dir'",
            "assert [q.name for q in mk('z').iterdir()] == ['a']",
            "assert (mk('q') / 'a').exists() and (mk('q') / 'a').is_file()",
        ],
        mutations=[
            (
                "p.mkdir(parents=True, exist_ok=True); (p / 'a')",
                "p.mkdir(parents=True, exist_ok=True); (p / 'b')",
            ),
            ("return p", "return p / 'a'"),
        ],
    ),
]
