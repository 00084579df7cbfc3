"""Parts of classes: abstract methods, protocols, generics, descriptors, metaclasses, dispatch."""

from tests.sandbox.honest import HonestProgram

PROGRAMS = [
    HonestProgram(
        "abstract class with a template method",
        """
from abc import ABC, abstractmethod

class Report(ABC):
    def __init__(self, rows):
        self.rows = rows

    @abstractmethod
    def line(self, row): ...

    @property
    @abstractmethod
    def title(self): ...

    def render(self):
        return "\\n".join([self.title, *(self.line(row) for row in self.rows)])

class Csv(Report):
    title = "csv"

    def line(self, row):
        return ",".join(map(str, row))

class Unfinished(Report):
    title = "none"
""",
        [
            "assert Csv([(1, 2), ('a', None)]).render() == 'csv\\n1,2\\na,None'",
            "for cls in (Report, Unfinished):\n    try:\n        cls([])\n    except TypeError as error:\n        assert 'abstract' in str(error)\n    else:\n        assert False, cls",
            "assert issubclass(Csv, Report) and isinstance(Csv([]), Report) and not issubclass(Report, Csv)",
        ],
        mutations=[
            ("    @abstractmethod\n    def line(self, row): ...", "    def line(self, row): ..."),
            ("*(self.line(row)", "*(str(row)"),
        ],
    ),
    HonestProgram(
        "protocols checked at run time",
        """
from typing import Iterable, Protocol, runtime_checkable

@runtime_checkable
class Drawable(Protocol):
    def draw(self) -> str: ...

class Circle:
    def draw(self) -> str:
        return "o"

class Text:
    def __init__(self, text):
        self.text = text

    def draw(self) -> str:
        return self.text

def render(items: Iterable[Drawable]) -> str:
    return "".join(item.draw() for item in items if isinstance(item, Drawable))
""",
        [
            "assert render([Circle(), Text('x'), Circle()]) == 'oxo'",
            "assert isinstance(Circle(), Drawable) and not isinstance(3, Drawable)",
            "assert render([1, 'a']) == '' and render(iter([Text('q')])) == 'q'",
            "class Mine:\n    def draw(self):\n        return 'mine'\nassert render([Mine(), Circle()]) == 'mineo'",
        ],
        mutations=[(" if isinstance(item, Drawable)", "")],
    ),
    HonestProgram(
        "generic stack",
        """
from typing import Generic, Iterator, Optional, TypeVar

T = TypeVar("T")

class Stack(Generic[T]):
    __slots__ = ("_items",)

    def __init__(self) -> None:
        self._items: list[T] = []

    def push(self, item: T) -> "Stack[T]":
        self._items.append(item)
        return self

    def pop(self) -> Optional[T]:
        return self._items.pop() if self._items else None

    def __len__(self) -> int:
        return len(self._items)

    def __iter__(self) -> Iterator[T]:
        return reversed(self._items)

    def __repr__(self) -> str:
        return f"Stack({self._items!r})"
""",
        [
            "s = Stack[int]()\ns.push(1).push(2)\nassert list(s) == [2, 1] and len(s) == 2 and repr(s) == 'Stack([1, 2])'",
            "assert Stack().pop() is None and not Stack()",
            "try:\n    Stack().colour = 'red'\nexcept AttributeError:\n    refused = True\nassert refused",
            "s = Stack()\ns.push(None)\nassert len(s) == 1 and s.pop() is None and len(s) == 0",
        ],
        mutations=[
            ("return reversed(self._items)", "return iter(self._items)"),
            ('__slots__ = ("_items",)', "pass"),
        ],
    ),
    HonestProgram(
        "descriptors",
        """
class Positive:
    def __set_name__(self, owner, name):
        self.name = name

    def __get__(self, instance, owner=None):
        if instance is None:
            return self
        return instance.__dict__.get(self.name, 0)

    def __set__(self, instance, value):
        if value <= 0:
            raise ValueError(f"{self.name} must be positive")
        instance.__dict__[self.name] = value

class Box:
    width = Positive()
    height = Positive()

    def __init__(self, width, height):
        self.width, self.height = width, height

    @property
    def area(self):
        return self.width * self.height
""",
        [
            "b = Box(2, 3)\nb.width = 5\nassert b.area == 15 and vars(b) == {'width': 5, 'height': 3}",
            "b = Box(1, 1)\nfor bad in (0, -1):\n    try:\n        b.height = bad\n    except ValueError as error:\n        assert str(error) == 'height must be positive'\n    else:\n        assert False\nassert b.height == 1",
            "try:\n    Box(0, 1)\nexcept ValueError:\n    pass\nelse:\n    raise AssertionError",
            "assert type(Box.width).__name__ == 'Positive' and Box.width.name == 'width'",
        ],
        mutations=[("if value <= 0:", "if value < 0:")],
    ),
    HonestProgram(
        "registry by metaclass and by subclass hook",
        """
class Registry(type):
    known = {}

    def __new__(meta, name, bases, body):
        cls = super().__new__(meta, name, bases, body)
        if bases:
            meta.known[name.lower()] = cls
        return cls

class Plugin(metaclass=Registry):
    def run(self):
        return type(self).__name__

class Add(Plugin): ...

class Mul(Plugin): ...

class Parser:
    parsers = {}

    def __init_subclass__(cls, *, suffix, **kwargs):
        super().__init_subclass__(**kwargs)
        cls.parsers[suffix] = cls

class Json(Parser, suffix=".json"): ...

def make(name):
    return Registry.known[name]()
""",
        [
            "assert sorted(Registry.known) == ['add', 'mul']",
            "assert make('add').run() == 'Add' and isinstance(make('mul'), Plugin)",
            "assert Parser.parsers == {'.json': Json} and Parser.parsers['.json'] is Json",
            "try:\n    make('div')\nexcept KeyError as error:\n    assert error.args == ('div',)\nelse:\n    assert False",
        ],
        mutations=[("        if bases:\n            meta", "        if True:\n            meta")],
    ),
    HonestProgram(
        "singleton and attributes made on the fly",
        """
class Settings:
    _only = None

    def __new__(cls):
        if cls._only is None:
            cls._only = super().__new__(cls)
            cls._only.values = {}
        return cls._only

    def __getattr__(self, name):
        if name.startswith("_"):
            raise AttributeError(name)
        return self.values.get(name, "unset")

    def __setattr__(self, name, value):
        if name == "values":
            super().__setattr__(name, value)
        else:
            self.values[name] = value

    def __delattr__(self, name):
        del self.values[name]
""",
        [
            "assert Settings() is Settings()",
            "Settings().colour = 'red'\nassert Settings().colour == 'red' and Settings().values['colour'] == 'red'",
            "assert Settings().size == 'unset' and not hasattr(Settings(), '_hidden')",
            "s = Settings()\ns.gone = 1\ndel s.gone\nassert s.gone == 'unset'",
        ],
        mutations=[
            ("        if cls._only is None:\n", "        if True:\n"),
            (
                "            raise AttributeError(name)\n        return",
                "            return None\n        return",
            ),
        ],
    ),
    HonestProgram(
        "diamond inheritance and mixins",
        """
class Base:
    def __init__(self, **rest):
        self.log = ["Base"]
        assert not rest, rest

class Left(Base):
    def __init__(self, *, left=1, **rest):
        super().__init__(**rest)
        self.left = left
        self.log.append("Left")

class Right(Base):
    def __init__(self, *, right=2, **rest):
        super().__init__(**rest)
        self.right = right
        self.log.append("Right")

class JsonMixin:
    def to_json(self):
        import json
        return json.dumps({k: v for k, v in vars(self).items() if k != "log"}, sort_keys=True)

class Both(JsonMixin, Left, Right):
    pass
""",
        [
            "assert Both().log == ['Base', 'Right', 'Left']",
            'assert Both(left=5, right=6).to_json() == \'{"left": 5, "right": 6}\'',
            "assert [c.__name__ for c in Both.__mro__] == ['Both', 'JsonMixin', 'Left', 'Right', 'Base', 'object']",
            "try:\n    Both(top=1)\nexcept AssertionError as error:\n    assert error.args == ({'top': 1},)\nelse:\n    raise ValueError('no error')",
        ],
        mutations=[
            (
                "        super().__init__(**rest)\n        self.left",
                "        Base.__init__(self)\n        self.left",
            )
        ],
    ),
    HonestProgram(
        "dispatch by type, cached properties and comparison keys",
        """
from functools import cached_property, cmp_to_key, singledispatch, singledispatchmethod

@singledispatch
def show(value):
    return f"object {value}"

@show.register
def _(value: int):
    return f"int {value}"

@show.register(list)
@show.register(tuple)
def _(value):
    return f"{len(value)} items"

class Circle:
    computed = 0

    def __init__(self, r):
        self.r = r

    @cached_property
    def area(self):
        Circle.computed += 1
        return 3 * self.r ** 2

    @singledispatchmethod
    def grow(self, by):
        raise TypeError("cannot grow")

    @grow.register
    def _(self, by: int):
        self.r += by
        return self.r

def largest_number(numbers):
    order = cmp_to_key(lambda a, b: -1 if a + b > b + a else 1)
    return "".join(sorted(map(str, numbers), key=order))
""",
        [
            "assert show(3) == 'int 3' and show((1, 2)) == '2 items' and show('a') == 'object a' and show(True) == 'int True'",
            "before = Circle.computed\nc = Circle(2)\nassert c.area == 12 == c.area and Circle.computed == before + 1",
            "assert Circle(1).grow(2) == 3\ntry:\n    Circle(1).grow('x')\nexcept TypeError as error:\n    assert str(error) == 'cannot grow'\nelse:\n    assert False",
            "assert largest_number([3, 30, 34, 5, 9]) == '9534330'",
            "assert show.dispatch(int)(4) == 'int 4'",
        ],
        mutations=[("@cached_property", "@property"), ("a + b > b + a", "a > b")],
    ),
]
