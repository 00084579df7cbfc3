"""Programs with names that the language or the library has too, and tests that use either."""

from tests.sandbox.honest import HonestProgram

PROGRAMS = [
    HonestProgram(
        "a function with the name of a constant of the library's",
        """
def sl():
    return 3

def e():
    return 7

def pi(n):
    return [3, 1, 4][:n]
""",
        [
            "assert sl() == 3 and e() == 7",
            "assert pi(2) == [3, 1] and sl() == 3",
            "x = e()\nassert x + sl() == 10",
        ],
        mutations=[("return 7", "return 8"), ("[:n]", "[n:]")],
    ),
    HonestProgram(
        "containers with the names of modules and functions",
        """
log = []
types = {}
calendar = ["mon"]
queue = []

def add(x):
    log.append(x)
    types[x] = len(log)
    queue.append(x)
    calendar.append(x)
    return x
""",
        [
            "add('x')\nassert log == ['x']",
            "add('y')\nassert types['y'] == 2 and 'y' in types and len(types) == 2",
            "assert [day for day in calendar] == ['mon', 'x', 'y'] and add('z') == 'z'",
            "assert queue[0] == 'x' and isinstance(queue, list) and add('q') == 'q'",
            "log.clear()\nadd('w')\nassert log == ['w'] and sorted(types) == ['q', 'w', 'x', 'y', 'z']",
        ],
        mutations=[("log.append(x)", "log.insert(0, 'x')"), ("len(log)", "0")],
    ),
    HonestProgram(
        "classes and functions with the names of modules",
        """
class calendar:
    def __init__(self, year):
        self.year = year

    def is_leap(self):
        return self.year % 4 == 0 and (self.year % 100 != 0 or self.year % 400 == 0)

def token(n):
    return calendar(n).year

def statistics(xs):
    return min(xs), max(xs)
""",
        [
            "assert calendar(2024).is_leap() and not calendar(1900).is_leap()",
            "assert token(5) == 5 and statistics([3, 1]) == (1, 3)",
            "assert statistics([token(2), token(1)]) == (1, 2)",
        ],
        mutations=[("% 400 == 0", "% 200 == 0 or True"), ("min(xs), max(xs)", "max(xs), min(xs)")],
    ),
    HonestProgram(
        "its own helpers, which do what the library's do",
        """
def gcd(a, b):
    while b:
        a, b = b, a % b
    return a

def isclose(a, b):
    return abs(a - b) < 1e-9

class Counter(dict):
    def __init__(self, items):
        super().__init__()
        for item in items:
            self[item] = self.get(item, 0) + 1

def reduced(a, b):
    n = gcd(a, b)
    return a // n, b // n

def volume(x):
    return float(x ** 3)
""",
        [
            "assert reduced(4, 6) == (2, 3) and gcd(4, 6) == 2",
            "assert isclose(volume(2), 8.0)",
            "assert reduced(9, 3) == (9 // gcd(9, 3), 1)",
            "assert Counter('aab')['a'] == 2 and isclose(volume(1), 1.0)",
        ],
        mutations=[("a, b = b, a % b", "a, b = b, 0"), ("x ** 3", "x ** 2")],
    ),
    HonestProgram(
        "state, beside a name of the library's",
        """
n = 0

def factorial(k):
    return 1 if k < 2 else k * factorial(k - 1)

def next_number():
    global n
    n += 1
    return n
""",
        [
            "assert next_number() == 1 and factorial(3) == 6",
            "assert next_number() >= 1 and factorial(next_number()) in (2, 6)",
            "assert factorial(4) == 24 and n >= 0",
        ],
        mutations=[("k * factorial", "k + factorial"), ("n += 1", "n += 2")],
    ),
    HonestProgram(
        "imports what the tests use without importing it",
        """
from collections import Counter, deque
from decimal import Decimal
from math import *
from typing import List
import math

inf = float("inf")

def volume(x: float) -> float:
    return x ** 3.0

def tokens(s: str) -> List[str]:
    return s.split()

def price(n):
    return Decimal(n) * 2

def furthest(xs):
    return max(xs, default=-inf)
""",
        [
            "assert isclose(volume(2), 8.0) and math.isclose(volume(1), 1.0)",
            "assert Counter(tokens('a b a')) == Counter(['a', 'a', 'b'])",
            "assert Decimal(price(2)) == Decimal('4') and price(1) == Decimal(2)",
            "assert furthest([]) == -inf and floor(volume(1.5)) == 3",
            "assert list(map(sqrt, [volume(4)])) == [8.0] and abs(volume(e) - e ** 3) < 1e-9",
        ],
        mutations=[("x ** 3.0", "x ** 2.0"), ("Decimal(n) * 2", "Decimal(n) * 3"), ("-inf", "0")],
    ),
    HonestProgram(
        "a builtin's name, declared by the suite, beside a builtin",
        """
def sum(a, b):
    return a + b

def check_sum(xs):
    return xs[0] + xs[1]
""",
        check="def check(candidate):\n    assert candidate(2, 3) == 5\n    assert sum(1, 2) == len([1, 2, 3])\n",
        entry_point="sum",
        mutations=[("return a + b", "return a - b")],
    ),
    HonestProgram(
        "functions of the library's names, tested alone",
        """
def product(numbers):
    result = 1
    for n in numbers:
        result *= n
    return result

def floor(x, step):
    return x // step * step

def comb(words):
    return "-".join(words)
""",
        [
            "assert product([2, 3]) == 6",
            "assert floor(7, 5) == 5",
            "assert comb(['a', 'b']) == 'a-b'",
            "assert abs(product([-2, 3])) == 6",
        ],
        mutations=[("result *= n", "result += n"), ("x // step", "x / step"), ('"-"', '"+"')],
    ),
    HonestProgram(
        "functions whose names are parameters and methods in the tests",
        """
def solution(x):
    return x + 1

def save(database, x):
    return database.save(x)

def total(xs):
    return sum(xs)

n = 7
""",
        [
            "def check(solution):\n    assert solution(2) == 3\ncheck(solution)",
            "assert apply(solution, 4) == 5",
            "assert save(Database(), 3) == ('saved', 3)",
            "class Basket:\n    def total(self):\n        return total([1, 2])\nassert Basket().total() == 3 == total([3])",
            "assert [solution for solution in range(2)] == [0, 1] and solution(0) == 1",
            "assert sum(n for n in [1, 2]) == 3 and n == 7",
            "assert (lambda total: total([2]))(total) == 2",
        ],
        setup="""
def apply(solution, x):
    return solution(x)

class Database:
    def save(self, x):
        return "saved", x
""",
        mutations=[("x + 1", "x - 1"), ("database.save(x)", "x"), ("sum(xs)", "len(xs)"), ("n = 7", "n = 8")],
    ),
    HonestProgram(
        "imported by its tests",
        """
def gcd(a, b):
    while b:
        a, b = b, a % b
    return a

class Stack:
    def __init__(self):
        self.items = []

    def push(self, item):
        self.items.append(item)
        return self
""",
        [
            "assert gcd(12, 18) == 6",
            "test_stack()",
            "from program import gcd as of_both\nassert of_both(4, 6) == 2",
            "import program\nassert program.gcd(9, 6) == 3 and program.Stack().push(2).items == [2]",
            "import math, program as mine\nassert mine.gcd(9, 6) == math.gcd(9, 6)",
            "def test():\n    from program import Stack\n    assert Stack().items == []\ntest()",
        ],
        setup="""
from program import gcd, Stack

def test_stack():
    assert Stack().push(1).items == [1]
""",
        mutations=[("return a", "return b"), ("self.items.append(item)", "self.items.insert(0, 2)")],
    ),
]
