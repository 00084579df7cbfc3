"""Longer tests: reference solutions in setup, loops, objects that the test makes."""

from tests.sandbox.honest import HonestProgram

PROGRAMS = [
    HonestProgram(
        "game with rules",
        """
class Board:
    def __init__(self, n=3):
        self.cells = [[" "] * n for _ in range(n)]

    def play(self, y, x, mark):
        if self.cells[y][x] != " ":
            raise ValueError("taken")
        self.cells[y][x] = mark
        return self.winner()

    def winner(self):
        n = len(self.cells)
        lines = self.cells + [list(c) for c in zip(*self.cells)]
        lines += [[self.cells[i][i] for i in range(n)], [self.cells[i][n - 1 - i] for i in range(n)]]
        for line in lines:
            if line[0] != " " and len(set(line)) == 1:
                return line[0]
        return None

    def __str__(self):
        return "\\n".join("".join(row) for row in self.cells)
""",
        [
            "b = Board()\nassert b.play(0, 0, 'x') is None\nb.play(1, 1, 'x')\nassert b.play(2, 2, 'x') == 'x'",
            "b = Board()\nb.play(0, 0, 'o')\ntry:\n    b.play(0, 0, 'x')\nexcept ValueError as e:\n    assert e.args == ('taken',)\nelse:\n    assert False",
            "b = Board(2)\nfor i, mark in enumerate('oxox'):\n    b.play(i // 2, i % 2, mark)\nassert str(b) == 'ox\\nox'",
            "assert str(Board(1)) == ' ' and Board().cells[0] == [' ', ' ', ' ']",
        ],
        mutations=[('raise ValueError("taken")', "return None")],
    ),
    HonestProgram(
        "tests with loops and a reference",
        """
def primes(limit):
    sieve = bytearray([1]) * (limit + 1)
    sieve[:2] = b"\\0\\0"[: limit + 1]
    for n in range(2, int(limit ** 0.5) + 1):
        if sieve[n]:
            sieve[n * n :: n] = bytes(len(range(n * n, limit + 1, n)))
    return [n for n, prime in enumerate(sieve) if prime]
""",
        [
            "assert primes(30) == [n for n in range(31) if slow_is_prime(n)]",
            "for limit in range(60):\n    assert primes(limit) == [n for n in range(limit + 1) if slow_is_prime(n)], limit",
            "assert len(primes(10_000)) == 1229",
            "import random\nrng = random.Random(0)\nfor _ in range(20):\n    limit = rng.randint(2, 500)\n    assert all(slow_is_prime(p) for p in primes(limit))",
        ],
        setup="""
def slow_is_prime(n):
    return n > 1 and all(n % d for d in range(2, int(n ** 0.5) + 1))
""",
        mutations=[("range(2, int(limit ** 0.5) + 1)", "range(2, int(limit ** 0.5))")],
    ),
    HonestProgram(
        "cache with state",
        """
from collections import OrderedDict

class LRUCache:
    def __init__(self, capacity: int):
        self.capacity = capacity
        self.items = OrderedDict()

    def get(self, key: int) -> int:
        if key not in self.items:
            return -1
        self.items.move_to_end(key)
        return self.items[key]

    def put(self, key: int, value: int) -> None:
        self.items[key] = value
        self.items.move_to_end(key)
        if len(self.items) > self.capacity:
            self.items.popitem(last=False)
""",
        [
            "c = LRUCache(2)\nc.put(1, 1)\nc.put(2, 2)\nassert c.get(1) == 1\nc.put(3, 3)\nassert c.get(2) == -1\nassert c.get(3) == 3",
            "c = LRUCache(1)\nassert c.get(0) == -1 and c.put(0, 5) is None and c.get(0) == 5",
            """
commands = ["put", "put", "get", "put", "get"]
arguments = [[1, 1], [2, 2], [1], [3, 3], [2]]
wanted = [None, None, 1, None, -1]
cache = LRUCache(2)
for command, args, want in zip(commands, arguments, wanted):
    assert getattr(cache, command)(*args) == want
""",
        ],
        mutations=[("        self.items.move_to_end(key)\n        return", "        return")],
    ),
    HonestProgram(
        "observers given by the test",
        """
class Subject:
    def __init__(self):
        self.observers = []

    def attach(self, observer):
        self.observers.append(observer)

    def publish(self, event):
        for observer in self.observers:
            observer.notify(event)
        return len(self.observers)
""",
        [
            """
class Recorder:
    def __init__(self):
        self.events = []

    def notify(self, event):
        self.events.append(event)

subject, recorder = Subject(), Recorder()
subject.attach(recorder)
assert subject.publish({"kind": "hello"}) == 1
assert recorder.events == [{"kind": "hello"}]
""",
            "assert Subject().publish('x') == 0",
        ],
        mutations=[("return len(self.observers)", "return 1")],
    ),
    HonestProgram(
        "files of its own",
        """
import os
import tempfile

def round_trip(text):
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "note.txt")
        with open(path, "w") as file:
            file.write(text)
        with open(path) as file:
            return file.read()
""",
        ["assert round_trip('kept') == 'kept'", "assert round_trip('') == ''"],
        mutations=[("file.write(text)", "file.write(text.upper())")],
    ),
    HonestProgram(
        "io objects",
        """
import io
import json

def copy_upper(source, target):
    for line in source:
        target.write(line.upper())

def dump(value):
    out = io.StringIO()
    json.dump(value, out, sort_keys=True)
    return out.getvalue()
""",
        [
            "import io\ntarget = io.StringIO()\ncopy_upper(io.StringIO('a\\nb'), target)\nassert target.getvalue() == 'A\\nB'",
            "assert dump({'b': [1, None], 'a': True}) == '{\"a\": true, \"b\": [1, null]}'",
            "import json\nassert json.loads(dump([1.5, 'é'])) == [1.5, 'é']",
        ],
        mutations=[("sort_keys=True", "sort_keys=False")],
    ),
]
