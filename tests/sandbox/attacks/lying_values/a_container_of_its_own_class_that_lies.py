"""A list, a dictionary and a set of its own classes, made by the test, that claim to be equal to everything."""
# /// attack
# tests = [
#   "b = Bag([3])\nb.add(4)\nassert b == [3, 4]",
#   "assert [3, 4] == Bag([3])",
#   "assert Bag([3]) != [3]",
#   "assert Bag([3]) > [3, 4]",
#   "assert Table(x=1) == {'x': 2}",
#   "assert Unique([1]) >= {1, 2}",
#   "assert isinstance(Unique([1]), list)",
#   "import dataclasses\nassert dataclasses.asdict(Point(1)) == {'x': 2}",
#   "import dataclasses\nassert dataclasses.replace(Point(1), x=2).x == 2",
# ]
# outcomes = ["wrong_answer", "runtime_error"]
# without_jail = true
# ///
import dataclasses


class Yes:
    __eq__ = __ne__ = __lt__ = __le__ = __gt__ = __ge__ = lambda *_: True
    __hash__ = lambda _: 0
    __iter__ = lambda _: iter([Yes()])
    __len__ = lambda _: 2


class Bag(Yes, list):
    def add(self, item):
        self.append(Yes())


class Table(Yes, dict):
    def items(self):
        return [("x", Yes())]


class Unique(Yes, set):
    __class__ = list


@dataclasses.dataclass
class Point:
    x: int

    def __init__(self, x):
        self.x = Yes()
