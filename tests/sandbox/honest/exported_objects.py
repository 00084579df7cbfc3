"""Objects of the test's own classes that it passes to the program: read, changed, compared, called, kept."""

from tests.sandbox.honest import HonestProgram

PROGRAMS = [
    HonestProgram(
        "records of the test's",
        """
def total(items):
    return sum(item.price * item.count for item in items)

def raise_prices(items, by):
    for item in items:
        item.price += by

def by_name(items):
    return sorted(items, key=lambda item: item.name)

def grouped(items):
    groups = {}
    for item in items:
        groups.setdefault(item.count, []).append(item)
    return groups

def kinds(items):
    return {type(item).__name__ for item in items}
""",
        [
            "assert total([Item('a', 1, 2), Item('b', 3, 4)]) == 14 and total([]) == 0",
            "items = [Item('b', 1, 2), Item('a', 3, 4)]\nraise_prices(items, 1)\nassert [item.price for item in items] == [2, 4]",
            "items = [Item('b', 1, 2), Item('a', 3, 4)]\nassert by_name(items) == [items[1], items[0]] and by_name(items)[0] is items[1]",
            "items = [Item('b', 1, 2), Item('a', 3, 2)]\nassert grouped(items) == {2: items}",
            "assert kinds([Item('a', 1, 1)]) == {'Item'}",
        ],
        setup="""
from dataclasses import dataclass

@dataclass
class Item:
    name: str
    price: int
    count: int
""",
        mutations=[
            ("item.price += by", "item.price = by"),
            ("key=lambda item: item.name", "key=lambda item: item.price"),
        ],
    ),
    HonestProgram(
        "enums and tuples of the test's",
        """
def label(colour):
    return f"{colour.name.lower()}={colour.value}"

def counts(colours):
    out = {}
    for colour in colours:
        out[colour] = out.get(colour, 0) + 1
    return out

def same(a, b):
    return a is b, a == b, a in {b}

def area(rect):
    w, h = rect
    return w * h

def widest(rects):
    return max(rects, key=lambda rect: rect[0])
""",
        [
            "assert label(Colour.RED) == 'red=1'",
            "assert counts([Colour.RED, Colour.BLUE, Colour.RED]) == {Colour.RED: 2, Colour.BLUE: 1}",
            "assert same(Colour.RED, Colour.RED) == (True, True, True) and same(Colour.RED, Colour.BLUE) == (False, False, False)",
            "assert area(Rect(2, 3)) == 6 and widest([Rect(1, 5), Rect(3, 1)]) == Rect(3, 1)",
            "assert counts([]) == {}",
        ],
        setup="""
from collections import namedtuple
from enum import Enum

class Colour(Enum):
    RED = 1
    BLUE = 2

Rect = namedtuple("Rect", "w h")
""",
        mutations=[
            ("out.get(colour, 0) + 1", "1"),
            ("return a is b, a == b, a in {b}", "return True, True, True"),
        ],
    ),
    HonestProgram(
        "operators of the test's class",
        """
def add_all(items, start):
    for item in items:
        start = start + item
    return start

def largest(items):
    return max(items)

def ordered(items):
    return sorted(items, reverse=True)

def equal(a, b):
    return a == b

def unique(items):
    return len(set(items))

def show(item):
    return f"{item} {item!r}"
""",
        [
            "assert add_all([V(1), V(2)], V(0)).n == 3 and add_all([], V(9)).n == 9",
            "assert largest([V(1), V(3), V(2)]).n == 3 and [v.n for v in ordered([V(1), V(2)])] == [2, 1]",
            "assert equal(V(1), V(1)) is True and equal(V(1), V(2)) is False",
            "assert unique([V(1), V(1), V(2)]) == 2",
            "assert show(V(4)) == 'v4 V(4)'",
        ],
        setup="""
class V:
    def __init__(self, n):
        self.n = n

    def __add__(self, other):
        return V(self.n + other.n)

    def __eq__(self, other):
        return isinstance(other, V) and self.n == other.n

    def __lt__(self, other):
        return self.n < other.n

    def __gt__(self, other):
        return self.n > other.n

    def __hash__(self):
        return hash(self.n)

    def __str__(self):
        return f"v{self.n}"

    def __repr__(self):
        return f"V({self.n})"
""",
        mutations=[("start = start + item", "start = item + item"), ("len(set(items))", "len(items)")],
    ),
    HonestProgram(
        "containers and managers of the test's class",
        """
def total(box):
    return sum(box), len(box)

def first(box):
    return box[0] if box else None

def put(box, key, value):
    box[key] = value
    return key in box

def use(manager):
    with manager as value:
        return value + 1

def call(function, *args, **kwargs):
    return function(*args, **kwargs)
""",
        [
            "assert total(Box([1, 2, 3])) == (6, 3)",
            "assert first(Box([7])) == 7 and first(Box([])) is None",
            "box = Box([1, 2])\nassert put(box, 0, 5) is True and box.items == [5, 2]",
            "box = Box([4])\nassert use(box) == 5 and box.log == ['in', 'out']",
            "assert call(Box([1]), 2, k=3) == (1, 2, 3)",
        ],
        setup="""
class Box:
    def __init__(self, items):
        self.items, self.log = items, []

    def __iter__(self):
        return iter(self.items)

    def __len__(self):
        return len(self.items)

    def __getitem__(self, i):
        return self.items[i]

    def __setitem__(self, i, value):
        self.items[i] = value

    def __contains__(self, i):
        return 0 <= i < len(self.items)

    def __enter__(self):
        self.log.append("in")
        return self.items[0]

    def __exit__(self, *error):
        self.log.append("out")
        return False

    def __call__(self, a, k):
        return self.items[0], a, k
""",
        mutations=[
            ("    with manager as value:\n        return value + 1", "    return manager.__enter__() + 1"),
            ("box[0] if box else None", "box[0]"),
        ],
    ),
    HonestProgram(
        "the test's exceptions through the program",
        """
import functools

def retry(times, exceptions=(Exception,)):
    def decorate(function):
        @functools.wraps(function)
        def run(*args, **kwargs):
            for attempt in range(1, times + 1):
                try:
                    return function(*args, **kwargs)
                except exceptions:
                    if attempt == times:
                        raise
        return run
    return decorate

def name_of_error(function):
    try:
        function()
    except Exception as error:
        return type(error).__name__, str(error)
""",
        [
            "calls = []\n@retry(3)\ndef flaky():\n    calls.append(1)\n    if len(calls) < 3:\n        raise ValueError('again')\n    return 'ok'\nassert flaky() == 'ok' and len(calls) == 3",
            "@retry(2)\ndef broken():\n    raise Flaky('always')\ntry:\n    broken()\nexcept Flaky as error:\n    assert str(error) == 'always'\nelse:\n    assert False",
            "calls = []\n@retry(5, exceptions=(Flaky,))\ndef other():\n    calls.append(1)\n    raise KeyError('not retried')\ntry:\n    other()\nexcept KeyError:\n    assert len(calls) == 1\nelse:\n    assert False",
            "def boom():\n    raise Flaky('boo')\nassert name_of_error(boom) == ('Flaky', 'boo')",
            "@retry(2, exceptions=(Flaky,))\ndef twice(state=[]):\n    state.append(1)\n    if len(state) == 1:\n        raise Flaky('once')\n    return state\nassert twice() == [1, 1] and twice.__name__ == 'twice'",
        ],
        setup="class Flaky(RuntimeError):\n    pass\n",
        mutations=[
            ("if attempt == times:", "if attempt > times:"),
            ("except exceptions:", "except Exception:"),
        ],
    ),
    HonestProgram(
        "mocks and bound methods of the test's",
        """
class Mailer:
    def __init__(self, transport):
        self.transport = transport

    def send(self, to, text):
        if "@" not in to:
            raise ValueError(to)
        return self.transport(to, body=text.strip())

def each(items, function):
    for item in items:
        function(item)
""",
        [
            "from unittest.mock import Mock\ntransport = Mock(return_value=True)\nassert Mailer(transport).send('a@b', ' hi ') is True\ntransport.assert_called_once_with('a@b', body='hi')",
            "from unittest.mock import MagicMock\ntransport = MagicMock(side_effect=OSError('down'))\ntry:\n    Mailer(transport).send('a@b', '')\nexcept OSError as error:\n    assert str(error) == 'down'\nelse:\n    assert False",
            "from unittest.mock import Mock\ntransport = Mock()\ntry:\n    Mailer(transport).send('nobody', 'x')\nexcept ValueError:\n    assert not transport.called\nelse:\n    assert False",
            "class Tally:\n    def __init__(self):\n        self.n = 0\n    def add(self, x):\n        self.n += x\ntally = Tally()\neach([1, 2, 3], tally.add)\nassert tally.n == 6",
            "import operator\nfrom functools import partial\nout = []\neach('ab', partial(operator.iadd, out))\nassert out == ['a', 'b']",
        ],
        mutations=[("text.strip()", "text"), ('if "@" not in to:', "if not to:")],
    ),
    HonestProgram(
        "sentinels and identity of the test's objects",
        """
MISSING = object()

def lookup(mapping, key, default=MISSING):
    if key in mapping:
        return mapping[key]
    if default is MISSING:
        raise KeyError(key)
    return default

class Registry:
    def __init__(self):
        self.items = []

    def add(self, item):
        if any(item is known for known in self.items):
            return False
        self.items.append(item)
        return True

    def remove(self, item):
        self.items.remove(item)
""",
        [
            "assert lookup({}, 'a', None) is None and lookup({'a': 1}, 'a') == 1",
            "try:\n    lookup({}, 'k')\nexcept KeyError as error:\n    assert error.args == ('k',)\nelse:\n    assert False",
            "mine = object()\nassert lookup({}, 'k', mine) is mine",
            "class Thing:\n    pass\na, b = Thing(), Thing()\nregistry = Registry()\nassert registry.add(a) and not registry.add(a) and registry.add(b)\nregistry.remove(a)\nassert registry.items == [b] and registry.items[0] is b",
            "def handler():\n    return 1\nregistry = Registry()\nregistry.add(handler)\nassert not registry.add(handler) and registry.items[0] is handler",
        ],
        mutations=[
            ("if default is MISSING:", "if default is None:"),
            ("item is known", "type(item) is type(known)"),
        ],
    ),
]
