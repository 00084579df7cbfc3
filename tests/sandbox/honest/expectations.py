"""Tests as test tools write them: TestCase classes, raises, approx, tables of cases."""

from tests.sandbox.honest import HonestProgram

_STACK = """
class Stack:
    def __init__(self, limit=None):
        self._items, self._limit = [], limit

    def push(self, item):
        if self._limit is not None and len(self._items) >= self._limit:
            raise OverflowError("stack is full")
        self._items.append(item)

    def pop(self):
        if not self._items:
            raise IndexError("pop from empty stack")
        return self._items.pop()

    def __len__(self):
        return len(self._items)
"""

PROGRAMS = [
    HonestProgram(
        "a TestCase class",
        _STACK,
        [
            """
import unittest

class TestStack(unittest.TestCase):
    def setUp(self):
        self.stack = Stack(limit=2)

    def test_push_and_pop(self):
        self.stack.push(1)
        self.assertEqual(len(self.stack), 1)
        self.assertEqual(self.stack.pop(), 1)

    def test_limits(self):
        with self.assertRaises(IndexError):
            self.stack.pop()
        self.stack.push(1)
        self.stack.push(2)
        with self.assertRaisesRegex(OverflowError, "full"):
            self.stack.push(3)

result = unittest.TestResult()
unittest.defaultTestLoader.loadTestsFromTestCase(TestStack).run(result)
assert result.testsRun == 2 and result.wasSuccessful(), result.failures + result.errors
""",
            "import unittest\ncase = unittest.TestCase()\ns = Stack()\ns.push('a')\ncase.assertEqual(s.pop(), 'a')\ncase.assertRaises(IndexError, s.pop)",
            "import unittest\ncase = unittest.TestCase()\nwith case.assertRaises(OverflowError) as caught:\n    Stack(0).push(1)\ncase.assertEqual(str(caught.exception), 'stack is full')",
            "import unittest\ncase = unittest.TestCase()\ns = Stack()\nfor i in range(3):\n    with case.subTest(i=i):\n        s.push(i)\n        case.assertEqual(len(s), i + 1)\ncase.assertIsInstance(s, Stack)\ncase.assertIn(s.pop(), [2])",
        ],
        mutations=[
            (">= self._limit", "> self._limit"),
            ("return self._items.pop()", "return self._items.pop(0)"),
        ],
    ),
    HonestProgram(
        "TestCase comparisons",
        """
def stats(numbers):
    return {"mean": sum(numbers) / len(numbers), "sorted": sorted(numbers), "unique": set(numbers)}

def third(n):
    return n / 3

def lines(text):
    return text.splitlines()
""",
        [
            "import unittest\nt = unittest.TestCase()\nt.assertAlmostEqual(third(1), 0.3333333)\nt.assertAlmostEqual(third(10), 3.3, delta=0.1)\nt.assertNotEqual(third(3), 2)",
            "import unittest\nt = unittest.TestCase()\nt.assertDictEqual(stats([2, 1]), {'mean': 1.5, 'sorted': [1, 2], 'unique': {1, 2}})\nt.assertSetEqual(stats([1, 1])['unique'], {1})",
            "import unittest\nt = unittest.TestCase()\nt.assertListEqual(lines('a\\nb'), ['a', 'b'])\nt.assertCountEqual(lines('b\\na'), ['a', 'b'])\nt.assertTrue(lines('x'))\nt.assertFalse(lines(''))\nt.assertGreater(third(9), 2)",
        ],
        mutations=[("n / 3", "n // 3"), ("text.splitlines()", "text.split()[:1]")],
    ),
    HonestProgram(
        "raises and approx, as pytest has them",
        """
import math

def root(x):
    if not isinstance(x, (int, float)):
        raise TypeError("not a number")
    if x < 0:
        raise ValueError(f"negative: {x}")
    return math.sqrt(x)

def thirds(n):
    return [n / 3] * 3

class NotFound(LookupError):
    code = 404

def find(key):
    raise NotFound(key)
""",
        [
            "import pytest\nwith pytest.raises(ValueError):\n    root(-0.5)",
            "import pytest\nwith pytest.raises(ValueError, match=r'negative: -\\d'):\n    root(-4)\nassert root(4) == 2",
            "import pytest\nwith pytest.raises((KeyError, TypeError)) as caught:\n    root('x')\nassert str(caught.value) == 'not a number' and caught.type is TypeError",
            "import pytest\nassert root(2) == pytest.approx(1.41421356) and root(2) != pytest.approx(1.4)\nassert thirds(1) == pytest.approx([0.3333333] * 3, abs=1e-4)",
            "import pytest\nwith pytest.raises(NotFound) as caught:\n    find('k')\nassert caught.value.args == ('k',) and caught.value.code == 404",
            "from pytest import approx, raises\nraises(TypeError, root, None)\nassert {'r': root(2)} == approx({'r': 1.4142}, rel=1e-3)",
            "import pytest\n@pytest.mark.parametrize('x, want', [(4, 2), (9, 3)])\ndef test_root(x, want):\n    assert root(x) == want\nfor x, want in [(4, 2), (9, 3)]:\n    test_root(x, want)",
        ],
        mutations=[
            ('f"negative: {x}"', 'f"{x} is negative"'),
            ("[n / 3] * 3", "[n / 3] * 2"),
            ("code = 404", "code = 400"),
        ],
    ),
    HonestProgram(
        "a table of cases in setup",
        """
def grade(score):
    if not 0 <= score <= 100:
        raise ValueError(score)
    for limit, letter in ((90, "A"), (80, "B"), (70, "C")):
        if score >= limit:
            return letter
    return "F"
""",
        [
            "for score, want in CASES:\n    assert grade(score) == want, (score, want)",
            "for bad in BAD:\n    try:\n        grade(bad)\n    except ValueError as error:\n        assert error.args == (bad,)\n    else:\n        assert False, bad",
            "assert list(map(grade, (95, 85))) == ['A', 'B']",
        ],
        setup="CASES = [(100, 'A'), (90, 'A'), (89.9, 'B'), (70, 'C'), (69, 'F'), (0, 'F')]\nBAD = [-1, 101, float('inf')]\n",
        mutations=[("score >= limit", "score > limit"), ("0 <= score <= 100", "0 <= score <= 101")],
    ),
    HonestProgram(
        "doctests and functions that test",
        '''
def collatz(n):
    """Return the steps to 1.

    >>> collatz(6)
    8
    >>> collatz(1)
    0
    """
    steps = 0
    while n != 1:
        n = 3 * n + 1 if n % 2 else n // 2
        steps += 1
    return steps


def test_collatz():
    assert collatz(6) == 8


if __name__ == "__main__":
    import doctest
    doctest.testmod()
''',
        [
            "def test_small():\n    assert collatz(1) == 0 and collatz(6) == 8\ntest_small()",
            "assert max(range(1, 30), key=collatz) == 27",
            "test_collatz()\nassert '>>> collatz(6)' in collatz.__doc__",
        ],
        mutations=[("steps = 0", "steps = 1")],
    ),
]
