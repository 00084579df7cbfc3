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
]
