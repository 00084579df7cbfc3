"""Objects: operators, properties, methods, inheritance, state."""

from tests.sandbox.honest import HonestProgram

PROGRAMS = [
    HonestProgram(
        "own equality among own objects",
        """
class Money:
    def __init__(self, amount, unit):
        self.amount, self.unit = amount, unit

    def __eq__(self, other):
        if not isinstance(other, Money):
            return NotImplemented
        return (self.amount, self.unit) == (other.amount, other.unit)

    def __hash__(self):
        return hash((self.amount, self.unit))

    def __repr__(self):
        return f"{self.amount} {self.unit}"
""",
        [
            "assert Money(1, 'EUR') == Money(1, 'EUR')",
            "assert Money(1, 'EUR') != Money(1, 'CHF')",
            "assert Money(2, 'EUR') in [Money(1, 'EUR'), Money(2, 'EUR')]",
            "assert [Money(1, 'a'), Money(2, 'b')] == [Money(1, 'a'), Money(2, 'b')]",
            "assert not (Money(1, 'EUR') == 1)",
            "assert str([Money(1, 'EUR')]) == '[1 EUR]'",
            "assert {Money(1, 'x'): 'one'}[Money(1, 'x')] == 'one'",
        ],
        mutations=[("(self.amount, self.unit) == (other.amount, other.unit)", "self.amount == other.amount")],
    ),
    HonestProgram(
        "conversions",
        """
import math

class Degrees:
    def __init__(self, value):
        self.value = value

    def __floor__(self):
        return math.floor(self.value) - math.floor(self.value) % 360

    def __ceil__(self):
        return Degrees(math.ceil(self.value))

    def __trunc__(self):
        return int(self.value)

    def __float__(self):
        return self.value * math.pi / 180

    def __bytes__(self):
        return f"{self.value:g} deg".encode()

    def __index__(self):
        return int(self.value)

    def __pow__(self, power, modulo=None):
        return pow(int(self.value), power, modulo)
""",
        [
            "import math\nassert math.floor(Degrees(725.5)) == 720 and math.trunc(Degrees(725.5)) == 725",
            "import math\nassert math.ceil(Degrees(7.5)).value == 8 and math.isclose(math.sin(Degrees(90.0)), 1)",
            "assert bytes(Degrees(3)) == b'3 deg' and [10, 20, 30][Degrees(2.5)] == 30",
            "assert Degrees(3) ** 4 == 81 and pow(Degrees(3), 4, 7) == 4",
        ],
        mutations=[("- math.floor(self.value) % 360", ""), ("power, modulo)", "power)"), (" deg", " gon")],
    ),
    HonestProgram(
        "operators",
        """
class Vec:
    def __init__(self, *parts):
        self.parts = parts

    def __add__(self, other):
        return Vec(*(a + b for a, b in zip(self.parts, other.parts)))

    def __mul__(self, k):
        return Vec(*(a * k for a in self.parts))

    __rmul__ = __mul__

    def __neg__(self):
        return self * -1

    def __matmul__(self, other):
        return sum(a * b for a, b in zip(self.parts, other.parts))

    def __eq__(self, other):
        return isinstance(other, Vec) and self.parts == other.parts

    def __len__(self):
        return len(self.parts)

    def __getitem__(self, i):
        return self.parts[i]

    def __bool__(self):
        return any(self.parts)

    def __abs__(self):
        return (self @ self) ** 0.5

    def __iadd__(self, other):
        self.parts = (self + other).parts
        return self

    def __contains__(self, part):
        return part in self.parts
""",
        [
            "assert Vec(1, 2) + Vec(3, 4) == Vec(4, 6)",
            "assert 2 * Vec(1, 2) == Vec(2, 4) == Vec(1, 2) * 2",
            "assert -Vec(1, -1) == Vec(-1, 1)",
            "assert Vec(1, 2) @ Vec(3, 4) == 11",
            "assert len(Vec(1, 2, 3)) == 3 and Vec(1, 2, 3)[2] == 3",
            "assert not Vec(0, 0) and Vec(0, 1)",
            "assert abs(Vec(3, 4)) == 5.0",
            "v = w = Vec(1, 1)\nv += Vec(1, 1)\nassert w == Vec(2, 2) and v is w",
            "assert 3 in Vec(1, 3) and 4 not in Vec(1, 3)",
            "assert list(Vec(7, 8)) == [7, 8]",
        ],
        mutations=[("a + b for a, b", "a - b for a, b")],
    ),
    HonestProgram(
        "reflected and ordering operators",
        """
from functools import total_ordering

@total_ordering
class Size:
    ORDER = "SML"

    def __init__(self, letter):
        self.letter = letter

    def __eq__(self, other):
        return self.letter == other.letter

    def __lt__(self, other):
        return self.ORDER.index(self.letter) < self.ORDER.index(other.letter)

    def __rsub__(self, number):
        return number - self.ORDER.index(self.letter)
""",
        [
            "assert Size('S') < Size('L') and Size('L') >= Size('M')",
            "assert sorted([Size('L'), Size('S')])[0].letter == 'S'",
            "assert max(map(Size, 'MSL')).letter == 'L'",
            "assert 10 - Size('L') == 8",
            "assert min([Size('M'), Size('S')], key=lambda s: s.letter).letter == 'M'",
        ],
        mutations=[("number - self.ORDER.index(self.letter)", "self.ORDER.index(self.letter) - number")],
    ),
    HonestProgram(
        "properties",
        """
class Celsius:
    def __init__(self, degrees=0.0):
        self._degrees = degrees

    @property
    def fahrenheit(self):
        return self._degrees * 9 / 5 + 32

    @fahrenheit.setter
    def fahrenheit(self, value):
        if value < -459.67:
            raise ValueError("below absolute zero")
        self._degrees = (value - 32) * 5 / 9

    @property
    def degrees(self):
        return self._degrees
""",
        [
            "assert Celsius(100).fahrenheit == 212",
            "t = Celsius()\nt.fahrenheit = 50\nassert t.degrees == 10",
            "try:\n    Celsius().fahrenheit = -500\nexcept ValueError as error:\n    assert 'absolute' in str(error)\nelse:\n    assert False",
            "try:\n    Celsius().degrees = 1\nexcept AttributeError:\n    refused = True\nassert refused",
        ],
        mutations=[("(value - 32) * 5 / 9", "value - 32 * 5 / 9")],
    ),
    HonestProgram(
        "static and class methods",
        """
class Account:
    opened = 0

    def __init__(self, owner):
        self.owner = owner
        Account.opened += 1

    @classmethod
    def many(cls, *owners):
        return [cls(owner) for owner in owners]

    @staticmethod
    def valid(owner):
        return owner.isalpha()
""",
        [
            "assert Account.valid('ann') and not Account.valid('a1')",
            "before = Account.opened\nAccount.many('a', 'b')\nassert Account.opened == before + 2",
            "assert [a.owner for a in Account.many('x', 'y')] == ['x', 'y']",
            "assert isinstance(Account('z'), Account)",
            "assert type(Account('z')).__name__ == 'Account'",
        ],
        mutations=[("Account.opened += 1", "self.opened += 1")],
    ),
    HonestProgram(
        "inheritance and super",
        """
from abc import ABC, abstractmethod

class Shape(ABC):
    @abstractmethod
    def area(self): ...

    def describe(self):
        return f"{type(self).__name__} of area {self.area()}"

class Square(Shape):
    def __init__(self, side):
        self.side = side

    def area(self):
        return self.side ** 2

class Tile(Square):
    def describe(self):
        return super().describe() + ", tiled"
""",
        [
            "assert Square(3).area() == 9",
            "assert Tile(2).describe() == 'Tile of area 4, tiled'",
            "assert isinstance(Tile(1), Shape) and issubclass(Tile, Square)",
            "try:\n    Shape()\nexcept TypeError:\n    abstract = True\nassert abstract",
            "assert not isinstance(Square(1), Tile)",
        ],
        mutations=[('+ ", tiled"', '+ " tiled"')],
    ),
]
