"""Whole programs, and tests of them in the many ways in which users write tests."""

from tests.sandbox.honest import HonestProgram

PROGRAMS = [
    HonestProgram(
        name="an account and a bank, tested as users write tests",
        program="""
from __future__ import annotations
import logging, warnings, datetime as dt, decimal, uuid, random, re, json, itertools, collections, weakref, threading, queue, heapq, bisect, contextvars, functools, operator, types, string
from dataclasses import dataclass, field
log = logging.getLogger("bank")
class InsufficientFunds(Exception):
    def __init__(self, need, have):
        self.need, self.have = need, have
        super().__init__(f"need {need}, have {have}")
    @property
    def short(self): return self.need - self.have
@dataclass
class Txn:
    kind: str
    amount: decimal.Decimal
    at: dt.datetime = field(default_factory=lambda: dt.datetime(2020, 1, 1))
    meta: dict = field(default_factory=dict)
class Account:
    _ids = itertools.count(1)
    def __init__(self, owner, balance=0):
        self.id = next(self._ids); self.owner = owner; self._balance = decimal.Decimal(balance); self.history: list[Txn] = []
        self.observers = []
    @property
    def balance(self): return self._balance
    def deposit(self, n):
        if n <= 0: raise ValueError("Deposit must be positive")
        self._balance += decimal.Decimal(n); self.history.append(Txn("d", decimal.Decimal(n)))
        for o in self.observers: o(self, n)
        return self
    def withdraw(self, n):
        if n > self._balance: raise InsufficientFunds(n, self._balance)
        self._balance -= n; self.history.append(Txn("w", decimal.Decimal(n))); log.warning("withdraw %s", n)
        return self
    def __enter__(self): self._snap = self._balance; return self
    def __exit__(self, t, e, tb):
        if t: self._balance = self._snap
        return False
    def __lt__(self, o): return self.balance < o.balance
    def to_json(self): return json.dumps({"owner": self.owner, "balance": str(self.balance)})
    @classmethod
    def from_json(cls, s): d = json.loads(s); return cls(d["owner"], d["balance"])
class Bank:
    def __init__(self): self.accounts = {}
    def open(self, o, **k): a = Account(o, **k); self.accounts[o] = a; return a
    def __getitem__(self, o): return self.accounts[o]
    def __contains__(self, o): return o in self.accounts
    def __iter__(self): return iter(self.accounts.values())
    def __len__(self): return len(self.accounts)
    def transfer(self, a, b, n): self[a].withdraw(n); self[b].deposit(n)
    def richest(self): return max(self.accounts.values(), key=lambda a: a.balance)
""",
        tests=[
            "import decimal\na = Account('x', 10)\nassert a.deposit(5).withdraw(3).balance == 12 and isinstance(a.balance, decimal.Decimal)",
            "import pytest\nwith pytest.raises(InsufficientFunds) as e:\n    Account('x', 5).withdraw(10)\nassert e.value.short == 5 and e.value.need == 10 and 'need 10' in str(e.value)",
            "import pytest\n@pytest.mark.parametrize('n', [0, -1])\ndef test(n):\n    with pytest.raises(ValueError, match=r'positive'):\n        Account('x').deposit(n)\nfor n in (0, -1): test(n)",
            "a = Account('x', 5)\nseen = []\na.observers.append(lambda acc, n: seen.append((acc.owner, n)))\na.deposit(2)\nassert seen == [('x', 2)]",
            "a = Account('x', 5)\ntry:\n    with a:\n        a.withdraw(2)\n        raise RuntimeError('x')\nexcept RuntimeError: pass\nassert a.balance == 5",
            "b = Bank()\nb.open('a', balance=5); b.open('b', balance=9)\nassert 'a' in b and len(b) == 2 and b['a'].owner == 'a' and b.richest().owner == 'b' and b.richest() is b['b']\nb.transfer('b', 'a', 9)\nassert [str(x.balance) for x in b] == ['14', '0']\nassert sorted(b)[0].owner == 'b' and min(b).owner == 'b'",
            "a = Account.from_json(Account('z', 3).to_json())\nassert a.owner == 'z' and a.balance == 3",
            "a = Account('x', 5)\na.deposit(1)\nassert a.history[0].kind == 'd' and len(a.history) == 1 and a.history[-1].amount == 1\nimport datetime\nassert a.history[0].at == datetime.datetime(2020, 1, 1)",
            "a, b = Account('x'), Account('y')\nassert b.id == a.id + 1",
            "a = Account('x')\na.history.append('junk')\nassert len(a.history) == 1",
            "a = Account('x', 3)\nimport pytest\nwith pytest.raises(AttributeError):\n    a.balance = 4",
            "import unittest\nclass T(unittest.TestCase):\n    def setUp(self): self.a = Account('x', 10)\n    def test_w(self):\n        self.a.withdraw(4)\n        self.assertEqual(self.a.balance, 6)\n        self.assertRaises(InsufficientFunds, self.a.withdraw, 100)\n        self.assertIsInstance(self.a, Account)\n        self.assertIn('x', self.a.to_json())\n        self.assertGreater(self.a.balance, 5)\n        self.assertIsNone(self.a.history[0].meta.get('k'))\n        self.assertTrue(hasattr(self.a, 'owner'))\n        self.assertDictEqual(self.a.history[0].meta, {})\n        self.assertListEqual([t.kind for t in self.a.history], ['w'])\nr = unittest.TestResult()\nunittest.defaultTestLoader.loadTestsFromTestCase(T).run(r)\nassert r.wasSuccessful() and r.testsRun == 1, r.failures + r.errors",
            "t = Txn('d', 1)\nt2 = Txn('d', 1)\nassert t == t2 and t is not t2\nt.meta['a'] = 1\nassert t2.meta == {} and t != t2",
            "import dataclasses\nt = dataclasses.replace(Txn('d', 1), kind='w')\nassert t.kind == 'w'",
            "def check(cls):\n    a = cls('q', 1)\n    assert a.deposit(1) is a\ncheck(Account)",
            "from functools import reduce\na = Account('x')\nreduce(lambda acc, n: acc.deposit(n), [1,2,3], a)\nassert a.balance == 6",
            "accs = [Account(n, b) for n, b in [('a', 3), ('b', 1), ('c', 2)]]\nassert [a.owner for a in sorted(accs)] == ['b','c','a']\nassert [a.owner for a in sorted(accs, key=lambda a: -a.balance)] == ['a','c','b']\nimport heapq\nassert heapq.nlargest(1, accs)[0].owner == 'a'\nfrom operator import attrgetter\nassert max(accs, key=attrgetter('balance')).owner == 'a'",
            "import copy\na = Account('x', 1)\nb = copy.deepcopy(a)\nb.deposit(1)\nassert a.balance == 1 and b.balance == 2",
            "a = Account('x', 1)\nd = {a: 'v'}\nassert d[a] == 'v' and a in {a}",
            "import logging\nclass H(logging.Handler):\n    def emit(self, r): pass\nassert Account('x', 5).withdraw(1).balance == 4",
        ],
        mutations=[
            ("self._balance += decimal.Decimal(n)", "self._balance += decimal.Decimal(n + 1)"),
            ("self.need - self.have", "self.have - self.need"),
            ("if t: self._balance = self._snap", "pass"),
            ("field(default_factory=dict)", "field(default_factory=lambda d={}: d)"),
            ("self.balance < o.balance", "self.balance > o.balance"),
        ],
    ),
    HonestProgram(
        name="structures and algorithms, tested as users write tests",
        program="""
import heapq, math, collections, itertools, functools, bisect, random, re, string
class LRU:
    def __init__(self, cap): self.cap = cap; self.d = collections.OrderedDict()
    def get(self, k):
        if k not in self.d: return -1
        self.d.move_to_end(k); return self.d[k]
    def put(self, k, v):
        self.d[k] = v; self.d.move_to_end(k)
        if len(self.d) > self.cap: self.d.popitem(last=False)
class Trie:
    def __init__(self): self.root = {}
    def insert(self, w):
        n = self.root
        for c in w: n = n.setdefault(c, {})
        n["$"] = True
    def search(self, w):
        n = self.root
        for c in w:
            if c not in n: return False
            n = n[c]
        return "$" in n
class Graph:
    def __init__(self): self.adj = collections.defaultdict(dict)
    def add(self, a, b, w=1): self.adj[a][b] = w; self.adj[b][a] = w
    def dijkstra(self, s):
        dist = {s: 0}; h = [(0, s)]
        while h:
            d, u = heapq.heappop(h)
            for v, w in self.adj[u].items():
                if d + w < dist.get(v, math.inf): dist[v] = d + w; heapq.heappush(h, (d + w, v))
        return dist
class UF:
    def __init__(self, n): self.p = list(range(n)); self.sz = [1] * n
    def find(self, x):
        while self.p[x] != x: self.p[x] = self.p[self.p[x]]; x = self.p[x]
        return x
    def union(self, a, b):
        a, b = self.find(a), self.find(b)
        if a == b: return False
        self.p[a] = b; return True
class Matrix:
    def __init__(self, rows): self.rows = [list(r) for r in rows]
    @property
    def shape(self): return len(self.rows), len(self.rows[0])
    @property
    def T(self): return Matrix(zip(*self.rows))
    def __matmul__(self, o): return Matrix([[sum(a * b for a, b in zip(r, c)) for c in zip(*o.rows)] for r in self.rows])
    def __eq__(self, o): return isinstance(o, Matrix) and self.rows == o.rows
    def __getitem__(self, ij):
        if isinstance(ij, tuple): return self.rows[ij[0]][ij[1]]
        return self.rows[ij]
    def __setitem__(self, ij, v): self.rows[ij[0]][ij[1]] = v
    def __iter__(self): return iter(self.rows)
    def __repr__(self): return f"Matrix({self.rows})"
    @staticmethod
    def eye(n): return Matrix([[int(i == j) for j in range(n)] for i in range(n)])
class TreeNode:
    def __init__(self, val=0, left=None, right=None): self.val, self.left, self.right = val, left, right
def build(l):
    if not l: return None
    root = TreeNode(l[0]); q = [root]; i = 1
    while q and i < len(l):
        n = q.pop(0)
        if l[i] is not None: n.left = TreeNode(l[i]); q.append(n.left)
        i += 1
        if i < len(l):
            if l[i] is not None: n.right = TreeNode(l[i]); q.append(n.right)
            i += 1
    return root
def inorder(t): return inorder(t.left) + [t.val] + inorder(t.right) if t else []
def invert(t):
    if t: t.left, t.right = invert(t.right), invert(t.left)
    return t
def sort_in_place(a): a.sort(); return None
def merge(a, b, *, key=None, reverse=False): return sorted([*a, *b], key=key, reverse=reverse)
def group(xs, f):
    d = collections.defaultdict(list)
    for x in xs: d[f(x)].append(x)
    return d
def tokens(s): return re.findall(r"\\d+|[-+*/()]", s)
def primes():
    yield 2
    n = 3
    while True:
        if all(n % p for p in range(3, int(n ** .5) + 1, 2)): yield n
        n += 2
def apply_n(f, n): return functools.reduce(lambda g, _: (lambda x: f(g(x))), range(n), lambda x: x)
class RingBuffer:
    def __init__(self, n): self.b = collections.deque(maxlen=n)
    def push(self, x): self.b.append(x)
    def __iter__(self): return iter(self.b)
class Event:
    def __init__(self, t, name): self.t, self.name = t, name
    def __lt__(self, o): return self.t < o.t
    def __repr__(self): return f"<{self.name}@{self.t}>"
""",
        tests=[
            "c = LRU(2)\nc.put(1,1); c.put(2,2); c.get(1); c.put(3,3)\nassert c.get(2) == -1 and c.get(1) == 1 and list(c.d) == [3, 1]",
            "t = Trie()\nt.insert('ab')\nassert t.search('ab') and not t.search('a') and t.root == {'a': {'b': {'$': True}}}",
            "g = Graph()\ng.add('a','b',2); g.add('b','c',3); g.add('a','c',9)\nassert g.dijkstra('a') == {'a':0,'b':2,'c':5} and g.adj['a']['b'] == 2",
            "u = UF(4)\nassert u.union(0,1) and not u.union(1,0) and u.find(0) == u.find(1) != u.find(2)",
            "m = Matrix([[1,2],[3,4]])\nassert m @ Matrix.eye(2) == m and m.T[0,1] == 3 and m.shape == (2,2) and m[0] == [1,2]\nm[0,0] = 9\nassert m[0,0] == 9 and [r[:] for r in m] == [[9,2],[3,4]] and repr(Matrix([[1]])) == 'Matrix([[1]])'",
            "t = build([1,2,3,None,4])\nassert inorder(t) == [2,4,1,3] and t.left.right.val == 4 and t.right.left is None\nassert inorder(invert(t)) == [3,1,4,2]",
            "t = TreeNode(1, TreeNode(2), TreeNode(3))\nassert inorder(t) == [2,1,3]\nt.left.left = TreeNode(0)\nassert inorder(t) == [0,2,1,3]",
            "x = [3,1,2]\nassert sort_in_place(x) is None and x == [1,2,3]",
            "assert merge([1,3],[2], reverse=True) == [3,2,1] and merge(['b'],['A'], key=str.lower) == ['A','b'] and merge([1],[-2], key=lambda v: -v) == [1,-2]",
            "assert group(range(5), lambda x: x % 2) == {0:[0,2,4],1:[1,3]} and dict(group('aB', str.isupper)) == {False:['a'],True:['B']}",
            "assert tokens('1+(23*4)') == ['1','+','(','23','*','4',')']",
            "from itertools import islice\nassert list(islice(primes(), 5)) == [2,3,5,7,11]\np = primes()\nassert next(p) == 2 and next(p) == 3",
            "assert apply_n(lambda x: x * 2, 3)(1) == 8 and apply_n(lambda x: x + [1], 2)([]) == [1,1]",
            "r = RingBuffer(2)\nfor i in range(4): r.push(i)\nassert list(r) == [2,3] and r.b.maxlen == 2",
            "import heapq\nh = []\nfor e in (Event(3,'c'), Event(1,'a'), Event(2,'b')): heapq.heappush(h, e)\nassert [heapq.heappop(h).name for _ in range(3)] == ['a','b','c']",
            "es = [Event(2,'b'), Event(1,'a')]\nassert str(sorted(es)) == '[<a@1>, <b@2>]' and f'{es[0]!r}' == '<b@2>'",
            "from itertools import groupby\nes = [Event(1,'a'), Event(1,'b'), Event(2,'c')]\nassert {k: [e.name for e in v] for k, v in groupby(es, key=lambda e: e.t)} == {1:['a','b'],2:['c']}",
            "import bisect\nes = [Event(1,'a'), Event(3,'c')]\nbisect.insort(es, Event(2,'b'))\nassert [e.t for e in es] == [1,2,3]",
            "import random\nrandom.seed(1)\nx = [random.randint(0, 99) for _ in range(20)]\ny = list(x)\nsort_in_place(y)\nassert y == sorted(x)",
            "for n in range(1, 4):\n    u = UF(n)\n    assert [u.find(i) for i in range(n)] == list(range(n))",
            "from collections import Counter\nassert Counter(tokens('1+1+1')) == {'1': 3, '+': 2} and Counter(map(len, tokens('1+23'))).most_common(1) == [(1, 2)]",
            "s = {frozenset([1, 2])}\nassert merge(s, []) == [frozenset({1, 2})]",
            "assert list(map(list, zip(*Matrix([[1,2],[3,4]])))) == [[1,3],[2,4]]",
            "a, b = Matrix([[1]]), Matrix([[1]])\nassert a == b and not (a != b) and a is not b and [a] == [b] and a in [b]",
            "n = build([1])\nassert n.left is None and n.right is None and n.val == 1 and isinstance(n, TreeNode)",
        ],
        mutations=[
            ("self.d.move_to_end(k); return self.d[k]", "return self.d[k]"),
            ('return "$" in n', "return True"),
            ("a.sort(); return None", "a.sort(); return a"),
            ("self.t < o.t", "self.t > o.t"),
            ("deque(maxlen=n)", "deque()"),
            ("int(i == j)", "1"),
        ],
    ),
]
