"""Exceptions that tests expect; context managers and iterators that the program defines."""

from tests.sandbox.honest import HonestProgram

PROGRAMS = [
    HonestProgram(
        "built-in exceptions",
        """
def at(items, i):
    return items[i]

def check_age(age):
    if not isinstance(age, int):
        raise TypeError("age must be an int")
    if age < 0:
        raise ValueError(f"bad age: {age}")
    return age
""",
        [
            "try:\n    check_age(-1)\nexcept ValueError as error:\n    assert str(error) == 'bad age: -1'\nelse:\n    assert False, 'no error'",
            "try:\n    check_age('x')\n    assert False\nexcept TypeError:\n    pass",
            "try:\n    at([], 0)\nexcept LookupError as error:\n    kind = type(error)\nassert kind is IndexError",
            "try:\n    at({}, 'k')\nexcept KeyError as error:\n    assert error.args[0] == 'k'",
            "import contextlib\nreached = []\nwith contextlib.suppress(ValueError):\n    check_age(-5)\n    reached.append(1)\nassert reached == []",
            "for bad, kind in ((-1, ValueError), (1.5, TypeError), (None, TypeError)):\n    try:\n        check_age(bad)\n    except kind:\n        continue\n    raise AssertionError(bad)",
            "try:\n    check_age(3)\nexcept Exception:\n    ok = False\nelse:\n    ok = True\nfinally:\n    done = True\nassert ok and done",
        ],
        mutations=[('raise ValueError(f"bad age: {age}")', 'raise ValueError("bad age")')],
    ),
    HonestProgram(
        "own exception classes",
        """
class BankError(Exception):
    pass

class TooLittle(BankError):
    def __init__(self, missing):
        super().__init__(f"{missing} missing")
        self.missing = missing

def pay(balance, price):
    if price > balance:
        raise TooLittle(price - balance)
    return balance - price
""",
        [
            "try:\n    pay(1, 5)\nexcept TooLittle as error:\n    assert error.missing == 4\nelse:\n    assert False",
            "try:\n    pay(1, 2)\nexcept BankError as error:\n    assert str(error) == '1 missing'",
            "assert pay(5, 5) == 0",
            "assert issubclass(TooLittle, BankError) and issubclass(TooLittle, Exception)",
            "caught = None\ntry:\n    pay(0, 1)\nexcept (KeyError, TooLittle) as error:\n    caught = error\nassert isinstance(caught, BankError)",
            "try:\n    raise TooLittle(3)\nexcept BankError as error:\n    assert error.missing == 3",
        ],
        mutations=[("TooLittle(price - balance)", "TooLittle(balance - price)")],
    ),
    HonestProgram(
        "own exception that is a built-in one too",
        """
class ParseError(ValueError):
    def __init__(self, message, line):
        super().__init__(message, line)
        self.line = line

def parse(text):
    try:
        return int(text)
    except ValueError as error:
        raise ParseError("not a number", 7) from error
""",
        [
            "try:\n    parse('x')\nexcept ValueError as error:\n    assert error.args == ('not a number', 7)",
            "try:\n    parse('x')\nexcept ParseError as error:\n    assert error.line == 7",
            "assert parse('12') == 12",
        ],
        mutations=[("self.line = line", "self.line = None")],
    ),
    HonestProgram(
        "raises like pytest",
        """
def divide(a, b):
    return a / b
""",
        [
            "with raises(ZeroDivisionError):\n    divide(1, 0)\nassert divide(4, 2) == 2",
            "with raises(TypeError):\n    divide('a', 2)\nassert divide(1, 2) == 0.5",
        ],
        setup="""
import contextlib

@contextlib.contextmanager
def raises(kind):
    try:
        yield
    except kind:
        return
    raise AssertionError(f"{kind.__name__} was not raised")
""",
        mutations=[("return a / b", "return a / b if b else None")],
    ),
    HonestProgram(
        "unittest-like helper in setup",
        """
def clamp(n, low, high):
    if low > high:
        raise ValueError("low above high")
    return max(low, min(n, high))
""",
        [
            "expect(clamp(5, 0, 3), 3)",
            "expect(clamp(-5, 0, 3), 0)",
            "expect_error(ValueError, clamp, 1, 3, 0)",
            "expect_error(ValueError, lambda: clamp(1, 2, 1))",
        ],
        setup="""
def expect(got, wanted):
    assert got == wanted, f"{got!r} is not {wanted!r}"

def expect_error(kind, function, *args):
    try:
        function(*args)
    except kind:
        return
    assert False, "no error"
""",
        mutations=[("max(low, min(n, high))", "min(low, max(n, high))")],
    ),
    HonestProgram(
        "context manager class",
        """
class Session:
    log = []

    def __init__(self, name):
        self.name, self.open = name, False

    def __enter__(self):
        self.open = True
        self.log.append("enter " + self.name)
        return self

    def __exit__(self, kind, error, trace):
        self.open = False
        self.log.append("exit " + self.name)
        return kind is KeyError
""",
        [
            "with Session('a') as s:\n    assert s.open\nassert not s.open",
            "with Session('b'):\n    raise KeyError('swallowed')\nassert Session.log[-1] == 'exit b'",
            "try:\n    with Session('c') as s:\n        raise ValueError('kept')\nexcept ValueError:\n    pass\nassert s.open is False",
            "with Session('d') as d, Session('e') as e:\n    both = d.open and e.open\nassert both",
        ],
        mutations=[("return kind is KeyError", "return False")],
    ),
    HonestProgram(
        "contextlib.contextmanager",
        """
from contextlib import contextmanager

STATE = {"depth": 0}

@contextmanager
def deeper(by=1):
    STATE["depth"] += by
    try:
        yield STATE["depth"]
    finally:
        STATE["depth"] -= by
""",
        [
            "with deeper() as depth:\n    assert depth == 1\nassert STATE['depth'] == 0",
            "with deeper(2), deeper(3) as depth:\n    assert depth == 5\nassert STATE == {'depth': 0}",
            "try:\n    with deeper():\n        raise RuntimeError\nexcept RuntimeError:\n    pass\nassert STATE['depth'] == 0",
        ],
        mutations=[
            (
                'try:\n        yield STATE["depth"]\n    finally:\n        STATE',
                'yield STATE["depth"]\n    STATE',
            )
        ],
    ),
    HonestProgram(
        "iterator class",
        """
class Countdown:
    def __init__(self, start):
        self.n = start

    def __iter__(self):
        return self

    def __next__(self):
        if self.n <= 0:
            raise StopIteration
        self.n -= 1
        return self.n + 1

    def __reversed__(self):
        return iter(range(1, self.n + 1))
""",
        [
            "assert list(Countdown(3)) == [3, 2, 1]",
            "c = Countdown(2)\nassert next(c) == 2 and next(c) == 1 and next(c, 'done') == 'done'",
            "assert list(reversed(Countdown(3))) == [1, 2, 3]",
            "assert [x for x in Countdown(2)] == [2, 1] and sum(Countdown(4)) == 10",
            "assert 3 in Countdown(5) and 9 not in Countdown(5)",
            "first, *rest = Countdown(3)\nassert first == 3 and rest == [2, 1]",
            "assert max(Countdown(7)) == 7 and tuple(zip(Countdown(2), 'ab')) == ((2, 'a'), (1, 'b'))",
        ],
        mutations=[("return self.n + 1", "return self.n")],
    ),
]
