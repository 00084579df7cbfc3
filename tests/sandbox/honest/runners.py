"""Tests defined for unittest and pytest, split as the readers of data sets split them."""

from clients.testspecs import suite_from
from tests.sandbox.honest import HonestProgram


def _split(source: str) -> dict:
    suite = suite_from({"test": source, "entry_point": "f"})
    return {"setup": suite.setup, "tests": suite.asserts}


_LEDGER = """
class Overdrawn(Exception):
    pass

class Ledger:
    def __init__(self):
        self.total, self.log = 0, []

    def add(self, amount):
        if self.total + amount < 0:
            raise Overdrawn(amount)
        self.total += amount
        self.log.append(amount)
        return self.total

async def later(x):
    return x + 1

def f(x):
    return Ledger().add(x)
"""

PROGRAMS = [
    HonestProgram(
        "unittest with fixtures of module, class and method",
        _LEDGER,
        **_split("""
import unittest

ready = []

def setUpModule():
    ready.append("module")

def tearDownModule():
    ready.clear()

class Base(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.shared = Ledger()
        cls.shared.add(5)

    @classmethod
    def tearDownClass(cls):
        del cls.shared

    def setUp(self):
        self.own = Ledger()
        self.addCleanup(self.own.log.clear)

    def test_inherited(self):
        self.assertEqual(self.shared.total, 5)

class TestLedger(Base):
    def test_log(self):
        self.own.add(2)
        self.assertEqual([*self.own.log, *ready], [2, "module"])

    def test_overdrawn(self):
        with self.assertRaises(Overdrawn) as caught:
            self.own.add(-1)
        self.assertEqual(caught.exception.args, (-1,))

    def test_each(self):
        for amount in (1, 2, 3):
            with self.subTest(amount=amount):
                self.assertEqual(f(amount), amount)

class TestLater(unittest.IsolatedAsyncioTestCase):
    async def asyncSetUp(self):
        self.start = await later(1)

    async def test_later(self):
        self.assertEqual(await later(self.start), 3)

if __name__ == "__main__":
    unittest.main()
"""),
        mutations=[("self.total += amount", "self.total = amount + 1"), ("return x + 1", "return x + 2")],
    ),
    HonestProgram(
        "functions and classes of pytest",
        _LEDGER.replace("self.total, self.log = 0, []", "self.log, self.total = [], 0"),
        **_split("""
import pytest

@pytest.mark.parametrize("amounts, total", [([1, 2], 3), pytest.param([], 0, id="none"), ([5, -5], 0)])
def test_total(amounts, total):
    ledger = Ledger()
    for amount in amounts:
        ledger.add(amount)
    assert ledger.total == total

async def test_later():
    assert await later(1) == 2

class TestLedger:
    def setup_method(self):
        self.ledger = Ledger()

    def test_overdrawn(self):
        with pytest.raises(Overdrawn):
            self.ledger.add(-1)

    @pytest.mark.parametrize("amount", [1, 2])
    def test_add(self, amount):
        assert self.ledger.add(amount) == amount
"""),
        mutations=[("< 0", "<= 0"), ("return x + 1", "return x")],
    ),
    HonestProgram(
        "exceptions named as a runner's are the program's own",
        """
class SkipTest(Exception):
    pass

class Plan:
    def __init__(self, steps):
        self.steps = steps

    def run(self):
        for step in self.steps:
            if step == "skip":
                raise SkipTest(step)
        return len(self.steps)
""",
        [
            "import unittest\nwith unittest.TestCase().assertRaises(SkipTest) as caught:\n    Plan(['a', 'skip']).run()\nassert str(caught.exception) == 'skip'",
            "try:\n    Plan(['skip']).run()\nexcept SkipTest as error:\n    assert error.args == ('skip',)\nelse:\n    assert False",
            "assert Plan(['a', 'b']).run() == 2",
        ],
        mutations=[("raise SkipTest(step)", "return 0"), ("raise SkipTest(step)", "raise SkipTest(0)")],
    ),
    HonestProgram(
        "tests that only look a name up",
        """
def f(x):
    return x

class Shape:
    sides = 0

class Square(Shape):
    sides = 4
""",
        [
            "assert callable(f)",
            "assert f is not None and Shape is not Square",
            "assert issubclass(Square, Shape)",
            "assert hasattr(Square, 'sides') and Square.sides == 4",
            "try:\n    f\nexcept NameError:\n    raise AssertionError('f is missing')",
        ],
        mutations=[("def f", "def g"), ("class Square(Shape)", "class Square")],
    ),
]
