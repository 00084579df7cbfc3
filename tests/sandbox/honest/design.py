"""Small systems of classes, as tasks in class design ask for."""

from tests.sandbox.honest import HonestProgram

PROGRAMS = [
    HonestProgram(
        "bank account with a history",
        """
class InsufficientFunds(Exception):
    pass

class BankAccount:
    interest = 0.02

    def __init__(self, owner, balance=0):
        self.owner = owner
        self._balance = balance
        self.history = []

    @property
    def balance(self):
        return self._balance

    def deposit(self, amount):
        if amount <= 0:
            raise ValueError("amount must be positive")
        self._balance += amount
        self.history.append(("deposit", amount))
        return self._balance

    def withdraw(self, amount):
        if amount > self._balance:
            raise InsufficientFunds(f"balance is {self._balance}")
        self._balance -= amount
        self.history.append(("withdraw", amount))

    def transfer(self, other, amount):
        self.withdraw(amount)
        other.deposit(amount)

    @classmethod
    def from_text(cls, text):
        owner, balance = text.split(":")
        return cls(owner, float(balance))

    def __repr__(self):
        return f"BankAccount({self.owner!r}, {self._balance})"
""",
        [
            "a = BankAccount('ann', 100)\na.deposit(50)\na.withdraw(30)\nassert a.balance == 120 and a.history == [('deposit', 50), ('withdraw', 30)]",
            "a, b = BankAccount('ann', 100), BankAccount('bob')\na.transfer(b, 40)\nassert (a.balance, b.balance) == (60, 40)",
            "a, b = BankAccount('ann', 1), BankAccount('bob')\ntry:\n    a.transfer(b, 2)\nexcept InsufficientFunds as error:\n    assert str(error) == 'balance is 1'\nelse:\n    raise AssertionError('it was paid')\nassert b.balance == 0",
            "assert BankAccount.from_text('cy:2.5').balance == 2.5",
            "try:\n    BankAccount('x').balance = 5\nexcept AttributeError:\n    pass\nelse:\n    assert False",
            "assert repr(BankAccount('d', 3)) == \"BankAccount('d', 3)\" and BankAccount.interest == 0.02",
        ],
        mutations=[
            ("if amount > self._balance:", "if amount > self._balance + 1:"),
            ("        other.deposit(amount)\n", ""),
        ],
    ),
    HonestProgram(
        "inventory of dataclasses",
        """
from dataclasses import dataclass, field

@dataclass
class Item:
    name: str
    price: float
    quantity: int = 0

    def __post_init__(self):
        if self.price < 0:
            raise ValueError("negative price")

    @property
    def total(self):
        return self.price * self.quantity

@dataclass
class Inventory:
    items: dict[str, Item] = field(default_factory=dict)

    def add(self, item):
        if item.name in self.items:
            self.items[item.name].quantity += item.quantity
        else:
            self.items[item.name] = item

    def remove(self, name, quantity):
        item = self.items[name]
        item.quantity -= quantity
        if item.quantity <= 0:
            del self.items[name]

    @property
    def total(self):
        return sum(item.total for item in self.items.values())
""",
        [
            "stock = Inventory()\nstock.add(Item('nut', 0.5, 10))\nstock.add(Item('nut', 0.5, 6))\nassert stock.items['nut'].quantity == 16 and stock.total == 8.0",
            "stock = Inventory()\nstock.add(Item('nut', 1.0, 2))\nstock.remove('nut', 2)\nassert 'nut' not in stock.items and len(stock.items) == 0",
            "try:\n    Item('x', -1)\nexcept ValueError as error:\n    assert 'negative' in str(error)\nelse:\n    assert False",
            "assert Item('a', 1.0) == Item('a', 1.0, 0) and Item('a', 1.0) != Item('b', 1.0)",
            "try:\n    Inventory().remove('x', 1)\nexcept KeyError as error:\n    assert error.args == ('x',)",
            "assert Inventory() == Inventory() and Inventory().items == {}",
        ],
        mutations=[
            ("self.items[item.name].quantity += item.quantity", "self.items[item.name] = item"),
            ("if item.quantity <= 0:", "if item.quantity < 0:"),
        ],
    ),
    HonestProgram(
        "parking lot with enums",
        """
from enum import Enum

class Size(Enum):
    SMALL = 1
    LARGE = 2

class Vehicle:
    size = Size.SMALL

    def __init__(self, plate):
        self.plate = plate

class Truck(Vehicle):
    size = Size.LARGE

class ParkingLot:
    def __init__(self, small, large):
        self.free = {Size.SMALL: small, Size.LARGE: large}
        self.parked = {}

    def park(self, vehicle):
        sizes = [size for size in Size if size.value >= vehicle.size.value]
        for size in sizes:
            if self.free[size]:
                self.free[size] -= 1
                self.parked[vehicle.plate] = size
                return True
        return False

    def leave(self, plate):
        self.free[self.parked.pop(plate)] += 1
""",
        [
            "lot = ParkingLot(1, 1)\nassert lot.park(Vehicle('a')) and lot.park(Vehicle('b')) and not lot.park(Truck('t'))",
            "lot = ParkingLot(0, 1)\nassert lot.park(Truck('t'))\nlot.leave('t')\nassert lot.park(Vehicle('c')) is True",
            "lot = ParkingLot(1, 1)\nlot.park(Vehicle('a'))\nassert lot.parked == {'a': Size.SMALL} and lot.free[Size.SMALL] == 0",
            "assert Truck('x').size is Size.LARGE and isinstance(Truck('x'), Vehicle)",
        ],
        mutations=[(">= vehicle.size.value", "== vehicle.size.value")],
    ),
    HonestProgram(
        "trie",
        """
class Trie:
    def __init__(self):
        self.children = {}
        self.ends = False

    def insert(self, word):
        node = self
        for ch in word:
            node = node.children.setdefault(ch, Trie())
        node.ends = True

    def _find(self, prefix):
        node = self
        for ch in prefix:
            node = node.children.get(ch)
            if node is None:
                return None
        return node

    def search(self, word):
        node = self._find(word)
        return node is not None and node.ends

    def startsWith(self, prefix):
        return self._find(prefix) is not None

    def words(self, prefix=""):
        if self.ends:
            yield prefix
        for ch in sorted(self.children):
            yield from self.children[ch].words(prefix + ch)
""",
        [
            "t = Trie()\nt.insert('apple')\nassert t.search('apple') and not t.search('app') and t.startsWith('app')\nt.insert('app')\nassert t.search('app')",
            "t = Trie()\nfor word in ('to', 'tea', 'ten', 'i'):\n    t.insert(word)\nassert list(t.words()) == ['i', 'tea', 'ten', 'to']",
            "t = Trie()\nassert not t.search('') and t.startsWith('')",
            "t = Trie()\nt.insert('ab')\nassert list(t.children) == ['a'] and t.children['a'].children['b'].ends",
        ],
        mutations=[("return node is not None and node.ends", "return node is not None")],
    ),
    HonestProgram(
        "graph with searches",
        """
from collections import defaultdict, deque

class Graph:
    def __init__(self, edges=(), directed=False):
        self.edges = defaultdict(set)
        for a, b in edges:
            self.edges[a].add(b)
            self.edges[b]
            if not directed:
                self.edges[b].add(a)

    def shortest(self, start, goal):
        paths, seen = deque([[start]]), {start}
        while paths:
            path = paths.popleft()
            if path[-1] == goal:
                return path
            for following in sorted(self.edges[path[-1]] - seen):
                seen.add(following)
                paths.append([*path, following])
        return None

    def topological(self):
        waiting = {node: 0 for node in self.edges}
        for targets in self.edges.values():
            for target in targets:
                waiting[target] += 1
        ready, order = sorted(n for n, count in waiting.items() if not count), []
        while ready:
            node = ready.pop(0)
            order.append(node)
            for target in sorted(self.edges[node]):
                waiting[target] -= 1
                if not waiting[target]:
                    ready.append(target)
        if len(order) < len(self.edges):
            raise ValueError("cycle")
        return order
""",
        [
            "assert Graph([(1, 2), (2, 3), (1, 3)]).shortest(1, 3) == [1, 3]",
            "assert Graph([(1, 2), (2, 4), (1, 3), (3, 5), (5, 4)]).shortest(1, 4) == [1, 2, 4]",
            "assert Graph([('a', 'b'), ('c', 'd')]).shortest('a', 'd') is None",
            "assert Graph([(1, 2), (1, 3), (3, 2)], directed=True).topological() == [1, 3, 2]",
            "try:\n    Graph([(1, 2), (2, 1)], directed=True).topological()\nexcept ValueError as error:\n    assert error.args[0] == 'cycle'\nelse:\n    assert False",
            "g = Graph({(1, 2)})\nassert g.edges == {1: {2}, 2: {1}} and g.shortest(2, 2) == [2]",
        ],
        mutations=[
            (
                "            if not directed:\n                self.edges[b].add(a)",
                "            self.edges[b].add(a)",
            ),
            ("path = paths.popleft()", "path = paths.pop()"),
        ],
    ),
    HonestProgram(
        "text editor with undo",
        """
class Editor:
    def __init__(self):
        self.text = ""
        self._undo, self._redo = [], []

    def _do(self, text):
        self._undo.append(self.text)
        self._redo.clear()
        self.text = text
        return self

    def write(self, more):
        return self._do(self.text + more)

    def delete(self, n):
        return self._do(self.text[:-n] if n else self.text)

    def undo(self):
        if self._undo:
            self._redo.append(self.text)
            self.text = self._undo.pop()
        return self

    def redo(self):
        if self._redo:
            self._undo.append(self.text)
            self.text = self._redo.pop()
        return self
""",
        [
            "e = Editor().write('ab').write('cd').delete(1)\nassert e.text == 'abc' and e.undo().text == 'abcd' and e.undo().undo().undo().text == ''",
            "e = Editor().write('a').undo()\nassert e.redo().text == 'a' and e.redo().text == 'a'",
            "e = Editor().write('a').undo().write('b')\nassert e.redo().text == 'b'",
            "e = Editor()\nassert e.write('x') is e and e.delete(0).text == 'x'",
        ],
        mutations=[
            ("        self._redo.clear()\n", ""),
            ("self.text[:-n] if n else self.text", "self.text[:-n]"),
        ],
    ),
    HonestProgram(
        "events and observers",
        """
from collections import defaultdict

class EventBus:
    def __init__(self):
        self._handlers = defaultdict(list)

    def on(self, name, handler=None):
        if handler is None:
            return lambda function: self.on(name, function)
        self._handlers[name].append(handler)
        return handler

    def off(self, name, handler):
        self._handlers[name].remove(handler)

    def emit(self, name, *args, **kwargs):
        return [handler(*args, **kwargs) for handler in list(self._handlers[name])]
""",
        [
            "bus, seen = EventBus(), []\nbus.on('save', seen.append)\nbus.emit('save', 1)\nbus.emit('load', 2)\nassert seen == [1]",
            "bus = EventBus()\ndef double(n):\n    return 2 * n\nbus.on('n', double)\nbus.on('n', lambda n: -n)\nassert bus.emit('n', 4) == [8, -4]\nbus.off('n', double)\nassert bus.emit('n', 4) == [-4]",
            "bus = EventBus()\n@bus.on('x')\ndef handler(*, key):\n    return key\nassert bus.emit('x', key='k') == ['k'] and handler(key=1) == 1",
        ],
        mutations=[
            ("self._handlers[name].remove(handler)", "self._handlers[name].clear()"),
            ("        return handler\n", ""),
        ],
    ),
    HonestProgram(
        "matrix",
        """
class Matrix:
    def __init__(self, rows):
        self.rows = [list(row) for row in rows]
        if len({len(row) for row in self.rows}) > 1:
            raise ValueError("ragged rows")

    @classmethod
    def identity(cls, n):
        return cls([[int(x == y) for x in range(n)] for y in range(n)])

    @property
    def shape(self):
        return len(self.rows), len(self.rows[0])

    @property
    def T(self):
        return Matrix(zip(*self.rows))

    def __getitem__(self, at):
        y, x = at
        return self.rows[y][x]

    def __setitem__(self, at, value):
        y, x = at
        self.rows[y][x] = value

    def __add__(self, other):
        return Matrix([[a + b for a, b in zip(r, s)] for r, s in zip(self.rows, other.rows)])

    def __matmul__(self, other):
        return Matrix([[sum(a * b for a, b in zip(r, c)) for c in zip(*other.rows)] for r in self.rows])

    def __mul__(self, k):
        return Matrix([[a * k for a in row] for row in self.rows])

    __rmul__ = __mul__

    def __pow__(self, n):
        out = Matrix.identity(len(self.rows))
        for _ in range(n):
            out = out @ self
        return out

    def __eq__(self, other):
        return isinstance(other, Matrix) and self.rows == other.rows

    def __iter__(self):
        return iter(self.rows)

    def __str__(self):
        return "\\n".join(" ".join(map(str, row)) for row in self.rows)
""",
        [
            "m = Matrix([[1, 2], [3, 4]])\nassert m @ Matrix.identity(2) == m and m.T == Matrix([(1, 3), (2, 4)])",
            "assert (Matrix([[1, 1], [1, 0]]) ** 10)[0, 1] == 55",
            "assert Matrix([[1, 2], [3, 4]]) @ Matrix([[1, 1], [0, 1]]) == Matrix([[1, 3], [3, 7]])",
            "m = Matrix([[1, 2]])\nm[0, 1] = 9\nassert m.rows == [[1, 9]] and m.shape == (1, 2) and list(m) == [[1, 9]]",
            "assert 2 * Matrix([[1]]) + Matrix([[3]]) == Matrix([[5]]) == Matrix([[1]]) * 5",
            "try:\n    Matrix([[1], [1, 2]])\nexcept ValueError:\n    pass\nelse:\n    assert False",
            "assert str(Matrix([[1, 2], [3, 4]])) == '1 2\\n3 4' and Matrix([[1]]) != [[1]]",
        ],
        mutations=[("for c in zip(*other.rows)", "for c in other.rows"), ("int(x == y)", "1")],
    ),
    HonestProgram(
        "state machine",
        """
class TrafficLight:
    _next = {"red": "green", "green": "yellow", "yellow": "red"}

    def __init__(self, state="red"):
        if state not in self._next:
            raise ValueError(f"unknown state {state!r}")
        self.state = state
        self.ticks = 0

    def tick(self, times=1):
        for _ in range(times):
            self.state = self._next[self.state]
            self.ticks += 1
        return self.state

    def __iter__(self):
        state = self.state
        for _ in range(3):
            yield state
            state = self._next[state]
""",
        [
            "light = TrafficLight()\nassert [light.tick() for _ in range(4)] == ['green', 'yellow', 'red', 'green'] and light.ticks == 4",
            "assert list(TrafficLight('yellow')) == ['yellow', 'red', 'green']",
            "try:\n    TrafficLight('blue')\nexcept ValueError as error:\n    assert str(error) == \"unknown state 'blue'\"\nelse:\n    assert False",
            "light = TrafficLight()\nlist(light)\nassert light.state == 'red' and light.tick(5) == 'yellow'",
        ],
        mutations=[("        state = self.state\n        for", "        state = 'red'\n        for")],
    ),
    HonestProgram(
        "rate limiter with the test's clock",
        """
import time
from collections import deque

class RateLimiter:
    def __init__(self, calls, period, clock=time.monotonic):
        self.calls, self.period, self.clock = calls, period, clock
        self.times = deque()

    def allow(self):
        now = self.clock()
        while self.times and self.times[0] <= now - self.period:
            self.times.popleft()
        if len(self.times) >= self.calls:
            return False
        self.times.append(now)
        return True
""",
        [
            "now = [0.0]\nlimiter = RateLimiter(2, 10, clock=lambda: now[0])\nassert [limiter.allow() for _ in range(3)] == [True, True, False]\nnow[0] = 10.0\nassert limiter.allow()",
            "times = iter([0, 1, 2, 11])\nlimiter = RateLimiter(1, 10, times.__next__)\nassert [limiter.allow() for _ in range(4)] == [True, False, False, True]",
            "assert RateLimiter(1, 1000).allow() is True",
        ],
        mutations=[("<= now - self.period", "< now - self.period")],
    ),
    HonestProgram(
        "LFU cache and a doubly linked list",
        """
from collections import OrderedDict, defaultdict

class LFUCache:
    def __init__(self, capacity):
        self.capacity, self.least = capacity, 0
        self.values, self.uses = {}, {}
        self.keys = defaultdict(OrderedDict)

    def _use(self, key):
        n = self.uses[key]
        del self.keys[n][key]
        if not self.keys[n] and self.least == n:
            self.least += 1
        self.uses[key] = n + 1
        self.keys[n + 1][key] = None

    def get(self, key):
        if key not in self.values:
            return -1
        self._use(key)
        return self.values[key]

    def put(self, key, value):
        if self.capacity <= 0:
            return
        if key in self.values:
            self.values[key] = value
            self._use(key)
            return
        if len(self.values) >= self.capacity:
            old, _ = self.keys[self.least].popitem(last=False)
            del self.values[old], self.uses[old]
        self.values[key], self.uses[key], self.least = value, 1, 1
        self.keys[1][key] = None
""",
        [
            """
cache = LFUCache(2)
cache.put(1, 1)
cache.put(2, 2)
assert cache.get(1) == 1
cache.put(3, 3)
assert cache.get(2) == -1 and cache.get(3) == 3
cache.put(4, 4)
assert [cache.get(k) for k in (1, 3, 4)] == [-1, 3, 4]
""",
            "cache = LFUCache(0)\ncache.put(0, 0)\nassert cache.get(0) == -1",
            "cache = LFUCache(2)\ncache.put(1, 1)\ncache.put(1, 5)\ncache.put(2, 2)\ncache.put(3, 3)\nassert cache.get(1) == 5 and cache.get(2) == -1",
        ],
        mutations=[
            ("popitem(last=False)", "popitem()"),
            ("            self._use(key)\n            return\n", "            return\n"),
        ],
    ),
    HonestProgram(
        "library with search by keyword",
        """
class Book:
    def __init__(self, title, author, year, tags=None):
        self.title, self.author, self.year = title, author, year
        self.tags = set(tags or ())

    def __eq__(self, other):
        return isinstance(other, Book) and (self.title, self.author) == (other.title, other.author)

    def __hash__(self):
        return hash((self.title, self.author))

    def __lt__(self, other):
        return (self.year, self.title) < (other.year, other.title)

    def __repr__(self):
        return f"<{self.title}, {self.year}>"

class Library:
    def __init__(self, *books):
        self._books = list(dict.fromkeys(books))

    def __len__(self):
        return len(self._books)

    def __contains__(self, book):
        return book in self._books

    def __getitem__(self, i):
        return self._books[i]

    def find(self, *, tag=None, author=None, **fields):
        found = []
        for book in self._books:
            if tag is not None and tag not in book.tags:
                continue
            if author is not None and author.lower() not in book.author.lower():
                continue
            if all(getattr(book, name) == value for name, value in fields.items()):
                found.append(book)
        return sorted(found)
""",
        [
            "shelf = Library(Book('B', 'Ann Lee', 2001, ['x']), Book('A', 'Bo Lee', 1999), Book('A', 'Bo Lee', 1999))\nassert len(shelf) == 2 and [b.title for b in shelf.find(author='lee')] == ['A', 'B']",
            "shelf = Library(Book('B', 'Ann', 2001, ['x']), Book('C', 'Ann', 1990))\nassert shelf.find(tag='x') == [Book('B', 'Ann', 0)] and shelf.find(year=1990)[0].title == 'C' and shelf.find(tag='q') == []",
            "shelf = Library(Book('B', 'Ann', 2001))\nassert Book('B', 'Ann', 5) in shelf and Book('Z', 'Ann', 1) not in shelf and shelf[0].year == 2001",
            "assert str([Book('T', 'a', 1)]) == '[<T, 1>]' and sorted([Book('x', 'a', 2), Book('y', 'a', 1)])[0].title == 'y'",
            "assert [b.title for b in Library(Book('p', '', 1), Book('q', '', 2))] == ['p', 'q']",
        ],
        mutations=[("return sorted(found)", "return found"), ("list(dict.fromkeys(books))", "list(books)")],
    ),
]
