"""Functions: arguments, closures, callbacks, generators, recursion."""

from tests.sandbox.honest import HonestProgram

PROGRAMS = [
    HonestProgram(
        "args and kwargs",
        """
def describe(*args, sep=", ", **kwargs):
    parts = [str(a) for a in args] + [f"{k}={v}" for k, v in sorted(kwargs.items())]
    return sep.join(parts)
""",
        [
            "assert describe() == ''",
            "assert describe(1, 2) == '1, 2'",
            "assert describe(1, b=2, a=1, sep=';') == '1;a=1;b=2'",
            "assert describe(*range(3), **{'z': 0}) == '0, 1, 2, z=0'",
        ],
        mutations=[("sorted(kwargs.items())", "kwargs.items()")],
    ),
    HonestProgram(
        "keyword-only and positional-only",
        """
def power(base, /, exponent=2, *, modulo=None):
    return pow(base, exponent, modulo)
""",
        [
            "assert power(3) == 9",
            "assert power(2, 10) == 1024",
            "assert power(2, exponent=10, modulo=1000) == 24",
            "try:\n    power(base=2)\nexcept TypeError:\n    refused = True\nassert refused",
        ],
        mutations=[("base, /, exponent", "base, exponent")],
    ),
    HonestProgram(
        "mutable default on purpose",
        """
def remember(item, seen=[]):
    seen.append(item)
    return list(seen)
""",
        [
            "first = remember('a')\nassert remember('b')[-2:] == ['a', 'b']",
            "assert remember('c', []) == ['c']",
            "mine = [1]\nremember(2, mine)\nassert mine == [1, 2]",
        ],
        mutations=[("seen.append(item)", "seen = seen + [item]")],
    ),
    HonestProgram(
        "closures",
        """
def counter(start=0):
    n = start

    def step(by=1):
        nonlocal n
        n += by
        return n

    return step
""",
        [
            "c = counter()\nassert [c(), c(), c(5)] == [1, 2, 7]",
            "a, b = counter(), counter(10)\na()\nassert b() == 11",
            "assert callable(counter())",
        ],
        mutations=[("n += by", "n += 1")],
    ),
    HonestProgram(
        "a function that returns functions",
        """
def calculator():
    return {"add": lambda a, b: a + b, "neg": lambda a: -a, "half": lambda a: a / 2}
""",
        [
            "assert calculator()['add'](1, 2) == 3",
            "ops = calculator()\nassert ops['neg'](ops['half'](4)) == -2.0",
            "assert sorted(calculator()) == ['add', 'half', 'neg']",
        ],
        mutations=[("lambda a: -a", "lambda a: a")],
    ),
    HonestProgram(
        "callbacks from the test",
        """
def keep(items, predicate):
    return [item for item in items if predicate(item)]

def order(items, key=None, reverse=False):
    return sorted(items, key=key, reverse=reverse)

def fold(items, function, start):
    for item in items:
        start = function(start, item)
    return start

def each(items, callback):
    for index, item in enumerate(items):
        callback(index, item)
""",
        [
            "assert keep(range(6), lambda n: n % 2) == [1, 3, 5]",
            "assert keep(['', 'a'], bool) == ['a']",
            "assert order(['bb', 'a'], key=len) == ['a', 'bb']",
            "assert order([1, -3, 2], key=abs, reverse=True) == [-3, 2, 1]",
            "assert fold([1, 2, 3], lambda a, b: a * b, 1) == 6",
            "import operator\nassert fold('abc', operator.add, '') == 'abc'",
            "seen = []\neach('xy', lambda i, x: seen.append((i, x)))\nassert seen == [(0, 'x'), (1, 'y')]",
            "def is_long(word):\n    return len(word) > limit\nlimit = 2\nassert keep(['a', 'abc'], is_long) == ['abc']",
            "assert keep(['a', 'B'], str.isupper) == ['B']",
        ],
        mutations=[("if predicate(item)", "if not predicate(item)")],
    ),
    HonestProgram(
        "callbacks that raise",
        """
def attempt(function, *args, default=None):
    try:
        return function(*args)
    except ZeroDivisionError:
        return default
""",
        [
            "assert attempt(lambda: 1 / 0, default=-1) == -1",
            "assert attempt(lambda a, b: a / b, 6, 3) == 2",
            "try:\n    attempt(lambda: {}['k'])\nexcept KeyError as error:\n    assert error.args == ('k',)\nelse:\n    assert False",
        ],
        mutations=[("except ZeroDivisionError", "except Exception")],
    ),
    HonestProgram(
        "decorators",
        """
import functools

def repeat(times):
    def decorate(function):
        @functools.wraps(function)
        def run(*args, **kwargs):
            return [function(*args, **kwargs) for _ in range(times)]
        return run
    return decorate

@repeat(2)
def hello(name):
    return f"hello {name}"
""",
        [
            "assert hello('ann') == ['hello ann'] * 2",
            "assert hello.__name__ == 'hello'",
            "@repeat(3)\ndef one():\n    return 1\nassert one() == [1, 1, 1]",
            "calls = []\nrepeat(4)(calls.append)(0)\nassert calls == [0, 0, 0, 0]",
        ],
        mutations=[("range(times)", "range(times - 1)")],
    ),
    HonestProgram(
        "generators",
        """
def evens(limit):
    for n in range(0, limit, 2):
        yield n

def endless():
    n = 0
    while True:
        yield n
        n += 1

def echo():
    got = None
    while True:
        got = yield got
""",
        [
            "assert list(evens(7)) == [0, 2, 4, 6]",
            "assert sum(evens(10)) == 20",
            "g = endless()\nassert [next(g) for _ in range(3)] == [0, 1, 2] and next(g) == 3",
            "from itertools import islice\nassert list(islice(endless(), 5, 8)) == [5, 6, 7]",
            "assert [a + b for a, b in zip(evens(6), endless())] == [0, 3, 6]",
            "e = echo()\nnext(e)\nassert e.send('x') == 'x'",
            "g = evens(1)\nnext(g)\ntry:\n    next(g)\nexcept StopIteration:\n    ended = True\nassert ended",
            "assert next(evens(0), 'none') == 'none'",
            "for n in endless():\n    if n > 10:\n        break\nassert n == 11",
            "import types\nassert isinstance(evens(1), types.GeneratorType)",
        ],
        mutations=[("range(0, limit, 2)", "range(0, limit + 1, 2)")],
    ),
    HonestProgram(
        "takes an iterator",
        """
def batches(items, size):
    batch = []
    for item in items:
        batch.append(item)
        if len(batch) == size:
            yield tuple(batch)
            batch = []
    if batch:
        yield tuple(batch)

def take(iterator, n):
    return [next(iterator) for _ in range(n)]
""",
        [
            "assert list(batches(range(5), 2)) == [(0, 1), (2, 3), (4,)]",
            "assert list(batches(iter('abc'), 3)) == [('a', 'b', 'c')]",
            "assert list(batches((n * n for n in range(3)), 2)) == [(0, 1), (4,)]",
            "it = iter([1, 2, 3])\nassert take(it, 2) == [1, 2] and next(it) == 3",
        ],
        mutations=[("    if batch:\n        yield tuple(batch)\n", "")],
    ),
    HonestProgram(
        "recursion",
        """
import sys
sys.setrecursionlimit(5000)

def depth(n):
    return 0 if n == 0 else 1 + depth(n - 1)

def flatten(items):
    out = []
    for item in items:
        out.extend(flatten(item) if isinstance(item, list) else [item])
    return out

def hanoi(n, a="A", b="B", c="C"):
    return [] if n == 0 else hanoi(n - 1, a, c, b) + [(a, c)] + hanoi(n - 1, b, a, c)
""",
        [
            "assert depth(2000) == 2000",
            "assert flatten([1, [2, [3, []]], [[4]]]) == [1, 2, 3, 4]",
            "assert len(hanoi(8)) == 255 and hanoi(1) == [('A', 'C')]",
        ],
        mutations=[("1 + depth(n - 1)", "2 + depth(n - 1)")],
    ),
    HonestProgram(
        "asks what parameters a function of the test has",
        """
import functools
import inspect

def curry(function):
    wanted = len(inspect.signature(function).parameters)
    def curried(*given):
        return function(*given) if len(given) >= wanted else lambda *more: curried(*given, *more)
    return curried

def curry_by_code(function):
    wanted = function.__code__.co_argcount
    def curried(*given):
        return function(*given) if len(given) >= wanted else lambda *more: curried(*given, *more)
    return curried

def names(function):
    return inspect.getfullargspec(function).args

def kinds(function):
    return [parameter.kind.description for parameter in inspect.signature(function).parameters.values()]

def needed(function):
    parameters = inspect.signature(function).parameters.values()
    return [parameter.name for parameter in parameters if parameter.default is parameter.empty]

def logged(function):
    @functools.wraps(function)
    def wrapper(*args):
        return function(*args)
    return wrapper
""",
        [
            "assert curry(lambda a, b, c: a + b + c)(1)(2)(3) == 6",
            "assert curry_by_code(lambda a, b: a * b)(2)(3) == 6",
            "assert names(lambda a, b=1, *c, d, **e: 0) == ['a', 'b']",
            "assert kinds(lambda a, /, b, *c, d=1, **e: 0) == ['positional-only', 'positional or keyword', 'variadic positional', 'keyword-only', 'variadic keyword']",
            "assert needed(lambda a, b=5, *, c, d=6: 0) == ['a', 'c']",
            "class Adder:\n    def add(self, a, b):\n        return a + b\nassert curry(Adder().add)(1)(2) == 3",
            "@logged\ndef square(x):\n    'Squares it.'\n    return x * x\nassert square(3) == 9 and square.__name__ == 'square' and square.__doc__ == 'Squares it.'",
        ],
        mutations=[(">= wanted else", ">= 2 else"), ("parameter.default is parameter.empty", "True")],
    ),
]
