"""Records: dataclasses, named tuples, enums, subclasses of built-in types."""

from tests.sandbox.honest import HonestProgram

PROGRAMS = [
    HonestProgram(
        "dataclass",
        """
from dataclasses import dataclass, field

@dataclass
class Point:
    x: int
    y: int = 0
    tags: list = field(default_factory=list)

    def moved(self, dx, dy):
        return Point(self.x + dx, self.y + dy, self.tags)
""",
        [
            "p = Point(1, 2)\nassert p.x == 1 and p.y == 2",
            "assert Point(1, 2) == Point(1, 2)",
            "assert Point(1) != Point(2)",
            "assert Point(1, 2).moved(1, 1) == Point(2, 3)",
            "assert repr(Point(1, 2)) == 'Point(x=1, y=2, tags=[])'",
            "a, b = Point(1), Point(1)\na.tags.append('x')\nassert b.tags == []",
            "p = Point(1)\np.x = 9\nassert p.x == 9 and p.moved(1, 0).x == 10",
            "assert Point(y=3, x=1).y == 3",
        ],
        mutations=[("default_factory=list", "default_factory=lambda shared=[]: shared")],
    ),
    HonestProgram(
        "ordered frozen dataclass",
        """
from dataclasses import dataclass

@dataclass(frozen=True, order=True)
class Version:
    major: int
    minor: int

def parse(text):
    return Version(*map(int, text.split(".")))
""",
        [
            "assert parse('1.2') < parse('1.10')",
            "assert max(parse('2.0'), parse('1.9')) == Version(2, 0)",
            "assert sorted([parse('3.1'), parse('1.5')])[0].major == 1",
            "assert len({parse('1.0'), parse('1.0'), parse('1.1')}) == 2",
            "try:\n    parse('1.0').major = 2\n    frozen = False\nexcept AttributeError:\n    frozen = True\nassert frozen",
        ],
        mutations=[('Version(*map(int, text.split(".")))', 'Version(*text.split("."))')],
    ),
    HonestProgram(
        "namedtuple",
        """
from collections import namedtuple

Pair = namedtuple("Pair", "low high")

def extremes(numbers):
    return Pair(min(numbers), max(numbers))
""",
        [
            "assert extremes([3, 1, 2]) == (1, 3)",
            "assert extremes([3, 1, 2]).low == 1",
            "low, high = extremes([5, 9])\nassert (low, high) == (5, 9)",
            "assert extremes([4])[1] == 4",
            "assert extremes([3, 1, 2]) == Pair(1, 3)",
            "assert isinstance(extremes([1]), tuple)",
        ],
        mutations=[("Pair(min(numbers), max(numbers))", "Pair(max(numbers), min(numbers))")],
    ),
    HonestProgram(
        "typed namedtuple",
        """
from typing import NamedTuple

class Span(NamedTuple):
    start: int
    end: int

    def length(self):
        return self.end - self.start

def spans(text):
    found, start = [], None
    for i, ch in enumerate(text + " "):
        if ch != " " and start is None:
            start = i
        elif ch == " " and start is not None:
            found.append(Span(start, i))
            start = None
    return found
""",
        [
            "assert spans('ab c') == [(0, 2), (3, 4)]",
            "assert [s.length() for s in spans('ab c')] == [2, 1]",
            "assert spans('') == []",
            "assert spans('xyz')[0].end == 3",
        ],
        mutations=[("self.end - self.start", "self.end")],
    ),
    HonestProgram(
        "enum",
        """
from enum import Enum

class Light(Enum):
    RED = 1
    GREEN = 2

    def next(self):
        return Light.GREEN if self is Light.RED else Light.RED

def after(steps):
    light = Light.RED
    for _ in range(steps):
        light = light.next()
    return light
""",
        [
            "assert after(1) == Light.GREEN",
            "assert after(2) is Light.RED",
            "assert after(0).name == 'RED' and after(0).value == 1",
            "assert Light(2) is Light.GREEN and Light['RED'] is Light.RED",
            "assert [light.name for light in Light] == ['RED', 'GREEN']",
            "assert after(1) != 2",
        ],
        mutations=[("if self is Light.RED else", "if self is Light.GREEN else")],
    ),
    HonestProgram(
        "int enum and str enum",
        """
from enum import IntEnum, Enum

class Level(IntEnum):
    LOW = 1
    HIGH = 3

class Colour(str, Enum):
    RED = "red"

def level(n):
    return Level.HIGH if n > 10 else Level.LOW

def colour():
    return Colour.RED
""",
        [
            "assert level(11) == 3",
            "assert level(1) < level(99)",
            "assert level(11) == Level.HIGH",
            "assert colour() == 'red'",
            "assert colour().value == 'red'",
        ],
        mutations=[("n > 10", "n > 11")],
    ),
    HonestProgram(
        "int subclass",
        """
class Cents(int):
    def __str__(self):
        return f"{self // 100}.{self % 100:02d}"

def total(prices):
    return Cents(sum(prices))
""",
        [
            "assert total([100, 250]) == 350",
            "assert str(total([100, 250])) == '3.50'",
            "assert total([1]) + 1 == 2",
            "assert isinstance(total([]), int)",
        ],
        mutations=[("{self // 100}", "{self / 100}")],
    ),
    HonestProgram(
        "str subclass",
        """
class Slug(str):
    @classmethod
    def of(cls, title):
        return cls("-".join(title.lower().split()))

    def parts(self):
        return self.split("-")
""",
        [
            "assert Slug.of('A Fine Day') == 'a-fine-day'",
            "assert Slug.of('A Fine Day').parts() == ['a', 'fine', 'day']",
            "assert len(Slug.of('ab')) == 2",
            "assert Slug.of('x y').upper() == 'X-Y'",
        ],
        mutations=[("title.lower().split()", "title.split()")],
    ),
    HonestProgram(
        "dict subclass with missing",
        """
class Tally(dict):
    def __missing__(self, key):
        return 0

def tally(items):
    result = Tally()
    for item in items:
        result[item] += 1
    return result
""",
        [
            "assert tally('aab') == {'a': 2, 'b': 1}",
            "assert tally('')['z'] == 0",
            "assert sorted(tally('ba')) == ['a', 'b']",
        ],
        mutations=[("return 0", "return 1")],
    ),
    HonestProgram(
        "classes that a test names in patterns and compares with types",
        """
from dataclasses import dataclass
from typing import NamedTuple

@dataclass
class Point:
    x: int
    y: int

class Pair(NamedTuple):
    left: int
    right: int

class Circle:
    __match_args__ = ("radius",)

    def __init__(self, radius):
        self.radius = radius

class Failed(ValueError):
    def __init__(self, code):
        super().__init__(f"failed with {code}")
        self.code = code

def make(kind, *args):
    return {"point": Point, "pair": Pair, "circle": Circle}[kind](*args)

def fail(code):
    raise Failed(code)
""",
        [
            "match make('point', 1, 2):\n    case Point(x, y):\n        assert (x, y) == (1, 2)\n    case _:\n        assert False",
            "match make('point', 0, 5):\n    case Point(x=0, y=y):\n        assert y == 5\n    case _:\n        assert False",
            "assert describe(make('circle', 3)) == 'circle 3' and describe(make('pair', 1, 2)) == 'pair 1 2'",
            "assert describe([make('point', 0, 0), 4]) == 'list 1' and describe(7) == 'other'",
            "match make('circle', 3):\n    case Point():\n        assert False\n    case Circle(radius=3) | Circle(4):\n        pass\n    case _:\n        assert False",
            "try:\n    fail(3)\nexcept Failed as error:\n    match error:\n        case Failed(code=3):\n            pass\n        case _:\n            assert False",
            "assert type(make('point', 1, 2)) is Point and type(make('circle', 3)) is not Point",
            "assert type(make('point', 1, 2)) == Point and Circle == make('circle', 3).__class__",
            "assert make('circle', 3).__class__ is Circle and type(make('pair', 1, 2)) in (Point, Pair)",
            "import inspect\nassert 'radius' in dir(make('circle', 3)) and inspect.isclass(Circle)",
        ],
        setup="""
def describe(shape):
    match shape:
        case Pair(left, right):
            return f"pair {left} {right}"
        case Circle(radius):
            return f"circle {radius}"
        case [Point(0, 0), *rest]:
            return f"list {len(rest)}"
        case _:
            return "other"
""",
        mutations=[
            ('"point": Point', '"point": Pair'),
            ('"circle": Circle', '"circle": Point'),
            ('("radius",)', '("code",)'),
            ("self.code = code", "self.code = 0"),
        ],
    ),
]
