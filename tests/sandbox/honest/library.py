"""Parts of the standard library: patterns, views, copies, heaps, text tools, byte buffers."""

from tests.sandbox.honest import HonestProgram

PROGRAMS = [
    HonestProgram(
        "matches and patterns",
        """
import re

PAIR = re.compile(r"(?P<key>\\w+)\\s*=\\s*(?P<value>\\d+)")

def first(text):
    return PAIR.search(text)

def pairs(text):
    return {m["key"]: int(m["value"]) for m in PAIR.finditer(text)}

def masked(text):
    return re.sub(r"\\d", lambda m: "#" if int(m.group()) > 4 else m.group(), text)

def split(text):
    return re.split(r"[,;]\\s*", text)
""",
        [
            "m = first('x: a = 12')\nassert m and m['key'] == 'a' and m.group('value', 'key') == ('12', 'a') and m.span() == (3, 9)",
            "assert first('nothing') is None and pairs('a=1, b = 22') == {'a': 1, 'b': 22}",
            "assert masked('a1b9') == 'a1b#' and split('a, b;c') == ['a', 'b', 'c']",
            "import re\nassert isinstance(first('q=1'), re.Match) and first('q=1').re.pattern.startswith('(?P<key>')",
            "assert [m.start() for m in PAIR.finditer('a=1 b=2')] == [0, 4]",
        ],
        mutations=[("\\s*=\\s*", "=")],
    ),
    HonestProgram(
        "copies, deep and not",
        """
import copy

class Board:
    def __init__(self, cells):
        self.cells = cells

    def clone(self):
        return copy.deepcopy(self)

    def __copy__(self):
        return Board(self.cells)

    def __eq__(self, other):
        return self.cells == other.cells

def snapshot(state):
    return copy.deepcopy(state)
""",
        [
            "a = Board([[1]])\nb = a.clone()\nb.cells[0][0] = 5\nassert a.cells == [[1]] and b.cells == [[5]] and a != b",
            "import copy\na = Board([[1]])\nb = copy.copy(a)\nassert b is not a and b == a\nb.cells[0].append(2)\nassert a.cells == [[1, 2]]",
            "import copy\na = Board([[1]])\nb = copy.deepcopy(a)\nb.cells[0][0] = 9\nassert a.cells == [[1]]",
            "state = {'a': [1]}\nkept = snapshot(state)\nstate['a'].append(2)\nassert kept == {'a': [1]}",
        ],
        mutations=[
            ("return copy.deepcopy(self)", "return copy.copy(self)"),
            ("return copy.deepcopy(state)", "return dict(state)"),
        ],
    ),
    HonestProgram(
        "views of dictionaries",
        """
def average(values):
    return sum(values) / len(values)

def shared(a, b):
    return a.keys() & b.keys()

def best(items):
    return max(items, key=lambda pair: pair[1])[0]

def keys(d):
    return d.keys()
""",
        [
            "assert average({'a': 1, 'b': 2}.values()) == 1.5",
            "assert shared({'a': 1, 'b': 2}, {'b': 3}) == {'b'}",
            "assert best({'x': 1, 'y': 5}.items()) == 'y'",
            "assert keys({'a': 1}) == {'a'} and list(keys({'b': 2})) == ['b'] and sorted(keys({2: 0, 1: 0})) == [1, 2]",
            "assert average({1: 4}.keys()) == 1",
        ],
        mutations=[("a.keys() & b.keys()", "a.keys() | b.keys()"), ("pair[1])[0]", "pair[0])[1]")],
    ),
    HonestProgram(
        "memory views and byte arrays",
        """
import struct

def halves(data):
    view = memoryview(data)
    return view[: len(view) // 2], view[len(view) // 2 :]

def invert(buffer):
    for i in range(len(buffer)):
        buffer[i] ^= 0xFF

def header(data):
    magic, version, size = struct.unpack_from(">2sBI", data)
    return {"magic": magic, "version": version, "size": size}
""",
        [
            "a, b = halves(b'abcd')\nassert bytes(a) == b'ab' and b == b'cd' and a.nbytes == 2",
            "data = bytearray(b'\\x00\\x0f')\ninvert(data)\nassert data == b'\\xff\\xf0'",
            "assert header(b'AB\\x01\\x00\\x00\\x01\\x00') == {'magic': b'AB', 'version': 1, 'size': 256}",
            "assert header(bytearray(b'AB\\x02\\x00\\x00\\x00\\x07zz'))['size'] == 7",
        ],
        mutations=[('">2sBI"', '"<2sBI"'), ("buffer[i] ^= 0xFF", "buffer[i] |= 0xFF")],
    ),
    HonestProgram(
        "text tools",
        """
import string
import textwrap
from difflib import get_close_matches

def caesar(text, shift):
    lower, upper = string.ascii_lowercase, string.ascii_uppercase
    table = str.maketrans(lower + upper, lower[shift:] + lower[:shift] + upper[shift:] + upper[:shift])
    return text.translate(table)

def wrap(text, width):
    return textwrap.wrap(text, width)

def fill(template, values):
    return string.Template(template).safe_substitute(values)

def suggest(word, words):
    return get_close_matches(word, words, n=1)

def justify(words, width):
    gaps = max(len(words) - 1, 1)
    spaces, extra = divmod(width - sum(map(len, words)), gaps)
    return "".join(w + " " * (spaces + (i < extra)) for i, w in enumerate(words))[:width]
""",
        [
            "assert caesar('Hello, Zed', 3) == 'Khoor, Chg' and caesar(caesar('abc', 5), 21) == 'abc'",
            "assert wrap('the quick brown fox', 10) == ['the quick', 'brown fox']",
            "assert fill('$a and ${b}', {'a': 1}) == '1 and ${b}'",
            "assert suggest('appel', ['ape', 'apple', 'peach']) == ['apple'] and suggest('zzz', []) == []",
            "assert justify(['a', 'b', 'c'], 8) == 'a   b  c'",
        ],
        mutations=[("upper[shift:] + upper[:shift]", "upper"), ("(spaces + (i < extra))", "spaces")],
    ),
    HonestProgram(
        "heaps, merges and groups",
        """
import heapq
from bisect import bisect_left, insort
from collections import ChainMap, UserDict, deque
from itertools import accumulate, chain, groupby, pairwise, takewhile
from operator import itemgetter

class PriorityQueue:
    def __init__(self):
        self._heap, self._n = [], 0

    def push(self, item, priority):
        heapq.heappush(self._heap, (-priority, self._n, item))
        self._n += 1

    def pop(self):
        return heapq.heappop(self._heap)[-1]

def merged(*lists):
    return heapq.merge(*lists)

def runs(text):
    return [(ch, len(list(group))) for ch, group in groupby(text)]

def rising(numbers):
    return all(a < b for a, b in pairwise(numbers))

def running(numbers):
    return list(accumulate(numbers, max))

def rank(scores, score):
    return bisect_left(sorted(scores), score)

def settings(**given):
    return ChainMap(given, {"colour": "red", "size": 1})

class Lower(UserDict):
    def __setitem__(self, key, value):
        super().__setitem__(key.lower(), value)
""",
        [
            "q = PriorityQueue()\nq.push('low', 1)\nq.push('high', 5)\nq.push('also high', 5)\nassert [q.pop(), q.pop(), q.pop()] == ['high', 'also high', 'low']",
            "assert list(merged([1, 4], [2, 3], [])) == [1, 2, 3, 4]",
            "assert runs('aabccc') == [('a', 2), ('b', 1), ('c', 3)] and runs('') == []",
            "assert rising([1, 2, 5]) and not rising([1, 1]) and rising([])",
            "assert running([3, 1, 4, 1, 5]) == [3, 3, 4, 4, 5] and rank([10, 30, 20], 20) == 1",
            "s = settings(size=3)\nassert s['size'] == 3 and s['colour'] == 'red' and dict(s) == {'colour': 'red', 'size': 3}",
            "d = Lower(A=1)\nd['B'] = 2\nassert d['a'] == 1 and dict(d) == {'a': 1, 'b': 2} and d.data == {'a': 1, 'b': 2}",
        ],
        mutations=[
            ("(-priority, self._n, item)", "(-priority, -self._n, item)"),
            ("a < b for", "a <= b for"),
        ],
    ),
    HonestProgram(
        "json, csv and lines",
        """
import csv
import io
import json
from datetime import date

def parse(text):
    return [dict(row) for row in csv.DictReader(io.StringIO(text))]

def write(rows):
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\\n")
    writer.writerows(rows)
    return out.getvalue()

def to_json(value):
    def default(other):
        if isinstance(other, date):
            return other.isoformat()
        raise TypeError(type(other).__name__)
    return json.dumps(value, default=default, indent=None, ensure_ascii=False)

def flatten(value, prefix=""):
    if isinstance(value, dict):
        return {k: v for key, each in value.items() for k, v in flatten(each, f"{prefix}{key}.").items()}
    return {prefix[:-1]: value}
""",
        [
            "assert parse('a,b\\n1,2\\n3,4\\n') == [{'a': '1', 'b': '2'}, {'a': '3', 'b': '4'}]",
            "assert write([['x', 1], ['y z', 'a,b']]) == 'x,1\\ny z,\"a,b\"\\n'",
            "from datetime import date\nassert to_json({'d': date(2024, 1, 2), 'é': [None, 1.0]}) == '{\"d\": \"2024-01-02\", \"é\": [null, 1.0]}'",
            "try:\n    to_json({1, 2})\nexcept TypeError as error:\n    assert str(error) == 'set'\nelse:\n    assert False",
            "assert flatten({'a': {'b': 1, 'c': {'d': 2}}, 'e': 3}) == {'a.b': 1, 'a.c.d': 2, 'e': 3}",
        ],
        mutations=[("ensure_ascii=False", "ensure_ascii=True"), ("prefix[:-1]", "prefix")],
    ),
    HonestProgram(
        "functions named like modules",
        """
def calendar(month):
    return [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month - 1]

def queue(items):
    return list(items)[::-1]

def select(items, wanted):
    return [item for item in items if wanted(item)]

def code(text):
    return "".join(chr(ord(ch) + 1) for ch in text)

def bisect(function, low, high):
    while high - low > 1e-9:
        middle = (low + high) / 2
        low, high = (middle, high) if function(middle) < 0 else (low, middle)
    return low
""",
        [
            "assert calendar(2) == 28",
            "assert queue('abc') == ['c', 'b', 'a'] and code('ab') == 'bc'",
            "assert select([1, 2, 3], lambda n: n > 1) == [2, 3]",
            "import math\nassert math.isclose(bisect(lambda x: x * x - 2, 0, 2), math.sqrt(2), rel_tol=1e-6)",
        ],
        mutations=[("[month - 1]", "[month]"), ("[::-1]", "")],
    ),
    HonestProgram(
        "copies of files and folders",
        """
import os
import shutil
import tempfile

def copied(names):
    with tempfile.TemporaryDirectory() as folder:
        source = os.path.join(folder, "source")
        os.makedirs(os.path.join(source, "deep"))
        for name in names:
            with open(os.path.join(source, "deep", name), "w") as file:
                file.write(name)
        shutil.copytree(source, os.path.join(folder, "copy"))
        shutil.copy2(os.path.join(source, "deep", names[0]), os.path.join(folder, "one"))
        found = sorted(os.listdir(os.path.join(folder, "copy", "deep")))
        with open(os.path.join(folder, "one")) as file:
            return found, file.read()
""",
        ["assert copied(['b', 'a']) == (['a', 'b'], 'b')"],
        mutations=[('"copy", "deep"', '"copy"')],
    ),
]
