"""Questions about abstract classes and enumerations, wrapped containers, exceptions with several bases."""

from tests.sandbox.honest import HonestProgram

PROGRAMS = [
    HonestProgram(
        name="abstract classes of collections",
        program="""
from collections.abc import Iterator, Mapping, Sequence


class Row(Mapping):
    def __init__(self, **values):
        self._values = values

    def __getitem__(self, key):
        return self._values[key]

    def __iter__(self):
        return iter(self._values)

    def __len__(self):
        return len(self._values)


class Track(Sequence):
    def __init__(self, *items):
        self._items = items

    def __getitem__(self, index):
        return self._items[index]

    def __len__(self):
        return len(self._items)


class Countdown(Iterator):
    def __init__(self, n):
        self.n = n

    def __next__(self):
        if self.n == 0:
            raise StopIteration
        self.n -= 1
        return self.n


class Plain:
    pass


class Unhashable:
    def __eq__(self, other):
        return True
""",
        tests=[
            "from collections.abc import Mapping\nassert isinstance(Row(a=1), Mapping)",
            "import collections.abc as abc\nassert isinstance(Row(a=1), (list, abc.Mapping)) and not isinstance(Row(), abc.Sequence)",
            "import collections.abc as abc\nassert issubclass(Row, abc.Mapping) and not issubclass(Row, abc.MutableMapping)",
            "from collections.abc import Iterator, Sequence\nassert isinstance(Track(1), Sequence) and not isinstance(Track(1), Iterator)",
            "import typing\nassert isinstance(Row(), typing.Mapping) and not isinstance(Plain(), typing.Iterable)",
            "from collections.abc import Iterable\nassert not isinstance(Plain(), Iterable) and isinstance(Countdown(2), Iterable)",
            "from collections.abc import Hashable\nassert isinstance(Plain(), Hashable) and not isinstance(Unhashable(), Hashable)",
            "from collections.abc import Sized\nimport unittest\nunittest.TestCase().assertNotIsInstance(Plain(), Sized)",
            "from collections.abc import Mapping\nassert issubclass(type(Row()), Mapping)",
            "from itertools import tee\nfirst, second = tee(Countdown(2))\nassert list(first) == list(second) == [1, 0]",
        ],
        mutations=[("class Row(Mapping)", "class Row"), ("class Plain:\n", "class Plain(Row):\n")],
    ),
    HonestProgram(
        name="enumerations and abstract bases of the library",
        program="""
from abc import ABC, abstractmethod
from dataclasses import dataclass
from enum import Enum, Flag, IntEnum, auto


class Color(Enum):
    RED = 1
    GREEN = 2


class Level(IntEnum):
    LOW = 1


class Access(Flag):
    READ = auto()
    WRITE = auto()


class Shape(ABC):
    @property
    @abstractmethod
    def area(self): ...


@dataclass
class Square(Shape):
    side: int

    @property
    def area(self):
        return self.side**2
""",
        tests=[
            "from enum import Enum, Flag\nassert issubclass(Color, Enum) and not issubclass(Color, Flag)",
            "from enum import Enum\nassert isinstance(Color.RED, Enum) and not isinstance(Square(1), Enum)",
            "from enum import Enum, IntEnum\nassert issubclass(Level, IntEnum) and issubclass(Level, int) and isinstance(Level.LOW, Enum)",
            "import enum\nassert isinstance(Access.READ | Access.WRITE, enum.Flag)",
            "from abc import ABC\nassert issubclass(Shape, ABC) and isinstance(Square(2), ABC)",
            "import inspect\nassert inspect.isabstract(Shape) and not inspect.isabstract(Square)",
            "import dataclasses\nassert dataclasses.is_dataclass(Square) and dataclasses.is_dataclass(Square(1))",
            "assert isinstance(Square.area, property) and isinstance(vars(Square)['area'], property)",
        ],
        mutations=[
            ("class Color(Enum)", "class Color"),
            ("class Level(IntEnum)", "class Level(Enum)"),
            (
                "@dataclass\nclass Square(Shape):\n    side: int\n",
                "class Square(Shape):\n    def __init__(self, side):\n        self.side = side\n",
            ),
        ],
    ),
    HonestProgram(
        name="classes derived from UserDict, UserList and UserString, and a list as JSON",
        program="""
from collections import UserDict, UserList, UserString


class Doubling(UserDict):
    def __setitem__(self, key, value):
        super().__setitem__(key, value * 2)


class History(UserList):
    def last(self):
        return self.data[-1]


class Name(UserString):
    def initial(self):
        return self.data[0]


class Bag(list):
    def total(self):
        return sum(self)


def history_of(*items):
    return History(items)
""",
        tests=[
            "d = Doubling(a=1)\nassert d == {'a': 2} and {'a': 2} == d and d != {'a': 1}",
            "d = Doubling()\nd['b'] = 3\nassert d == {'b': 6} and dict(d) == {'b': 6} and len(d) == 1",
            "h = History([1])\nh.append(2)\nassert h == [1, 2] and h.last() == 2 and h[:1] == [1] and h + [3] == [1, 2, 3]",
            "assert history_of(1, 2) == [1, 2] and history_of() == []",
            "assert Name('ada') == 'ada' and Name('ada').upper() == 'ADA' and Name('ada').initial() == 'a'",
            "from collections import UserDict\nassert isinstance(Doubling(), UserDict) and not isinstance(Doubling(), dict)",
            "import json\nb = Bag([1, 2])\nb.append(3)\nassert json.dumps(b) == '[1, 2, 3]' and json.dumps({'b': b}) == '{\"b\": [1, 2, 3]}'",
        ],
        mutations=[
            ("value * 2", "value * 3"),
            ("self.data[-1]", "self.data[0]"),
            ("History(items)", "History(items[1:])"),
            ("class Doubling(UserDict)", "class Doubling(dict)"),
            ("class Bag(list):\n", "class Bag(list):\n    def append(self, item):\n        pass\n\n"),
        ],
    ),
    HonestProgram(
        name="views of dictionaries and objects of plain library classes",
        program="""
import functools
import io
import random
import string
from collections import ChainMap
from types import MappingProxyType


def settings():
    return ChainMap({"a": 1}, {"a": 2, "b": 3})


def frozen():
    return MappingProxyType({"a": 1})


def buffer():
    return io.StringIO("text")


def generator():
    return random.Random(1)


def double():
    return functools.partial(pow, 2)


def greeting():
    return string.Template("hi $name")
""",
        tests=[
            "assert settings() == {'a': 1, 'b': 3} and settings()['b'] == 3",
            "import types\nassert frozen() == {'a': 1} and isinstance(frozen(), types.MappingProxyType)",
            "import io\nassert isinstance(buffer(), io.StringIO) and buffer().read() == 'text'",
            "import random\nassert isinstance(generator(), random.Random) and generator().random() == random.Random(1).random()",
            "import functools\nassert isinstance(double(), functools.partial) and double()(3) == 8",
            "import string\nassert isinstance(greeting(), string.Template) and greeting().substitute(name='ada') == 'hi ada'",
        ],
        mutations=[
            ('{"a": 2, "b": 3}', '{"a": 2, "b": 4}'),
            ("MappingProxyType({", "dict({"),
            ('io.StringIO("text")', 'io.StringIO("tex")'),
            ("functools.partial(pow, 2)", "(lambda x: pow(2, x))"),
        ],
    ),
    HonestProgram(
        name="coroutines that a test hands back, and awaitables of the test's",
        program="""
import asyncio
import inspect


async def fetch(x):
    await asyncio.sleep(0)
    return x + 1


def run(coroutine):
    return asyncio.run(coroutine)


async def both(first, second):
    return await asyncio.gather(first, second)


async def call(function, *args):
    result = function(*args)
    return await result if inspect.isawaitable(result) else result


async def in_background(coroutine):
    return await asyncio.create_task(coroutine)
""",
        tests=[
            "assert run(fetch(3)) == 4",
            "import asyncio\nassert asyncio.run(both(fetch(1), fetch(2))) == [2, 3]",
            "import asyncio\nasync def triple(x):\n    return x * 3\nassert asyncio.run(call(triple, 2)) == 6 and asyncio.run(call(len, 'ab')) == 2",
            "import asyncio\nasync def triple(x):\n    return x * 3\nassert asyncio.run(in_background(triple(2))) == 6",
            "import asyncio\nfrom unittest.mock import AsyncMock\nm = AsyncMock(return_value=3)\nassert asyncio.run(call(m, 1)) == 3\nm.assert_awaited_once_with(1)",
        ],
        mutations=[
            ("return x + 1", "return x"),
            ("gather(first, second)", "gather(second, first)"),
            ("return await result if inspect.isawaitable(result) else result", "return result"),
        ],
    ),
    HonestProgram(
        name="exceptions with several bases",
        program="""
class StoreError(Exception):
    pass


class Retryable(Exception):
    pass


class Missing(StoreError, KeyError):
    def __str__(self):
        return f"no {self.args[0]}"


class Offline(StoreError, Retryable):
    pass


class Unreachable(Offline, OSError):
    pass


class Lost(KeyError, StoreError):
    pass


def fail(how):
    raise globals()[how](how)
""",
        tests=[
            "import pytest\nwith pytest.raises(KeyError, match='no Missing'):\n    fail('Missing')",
            "import pytest\nwith pytest.raises(Retryable):\n    fail('Offline')",
            "try:\n    fail('Unreachable')\nexcept OSError as error:\n    assert isinstance(error, StoreError) and isinstance(error, Retryable)",
            "try:\n    fail('Lost')\nexcept StoreError as error:\n    assert isinstance(error, LookupError)",
            "try:\n    fail('StoreError')\nexcept KeyError:\n    assert False\nexcept StoreError as error:\n    assert not isinstance(error, Retryable)",
            "assert issubclass(Missing, KeyError) and not issubclass(StoreError, KeyError) and not issubclass(StoreError, Retryable)",
        ],
        mutations=[
            ("Missing(StoreError, KeyError)", "Missing(StoreError)"),
            ("Offline(StoreError, Retryable)", "Offline(StoreError)"),
            ("Lost(KeyError, StoreError)", "Lost(KeyError)"),
            ("class StoreError(Exception)", "class StoreError(KeyError)"),
        ],
    ),
]
