"""Answers that are code: the test evaluates them."""

from tests.sandbox.honest import HonestProgram

PROGRAMS = [
    HonestProgram(
        "a search for an expression",
        """
from itertools import permutations, product

def target(numbers, wanted):
    for order in permutations(numbers):
        for signs in product('+-*', repeat=len(numbers) - 1):
            text = str(order[0]) + ''.join(f' {s} {n}' for s, n in zip(signs, order[1:]))
            if eval(text) == wanted:
                return text
    return ''
""",
        [
            "assert eval(target([1, 2, 3], 7)) == 7",
            "text = target([4, 6, 2], 26)\nassert sorted(c for c in text if c.isdigit()) == ['2', '4', '6'] and eval(text) == 26",
            "assert target([1, 1], 50) == ''",
            "assert eval('max(' + target([1, 2], 3) + ', 1)') == 3",
        ],
        mutations=[("== wanted", "!= wanted")],
    ),
    HonestProgram(
        "code that is generated",
        """
import pickle

def power(n):
    return 'lambda x: ' + ' * '.join(['x'] * n)

def setter(name, value):
    return f'{name} = {value!r}'

def scaled(by):
    return f'x * {by}'

def packed(value):
    return pickle.dumps(value)
""",
        [
            "assert eval(power(3))(2) == 8",
            "exec(setter('found', [1, 2]))\nassert found == [1, 2]",
            "def at(x):\n    return eval(scaled(3))\nassert at(4) == 12",
            "assert eval(scaled(2), {'x': 5}) == 10",
            "import pickle\nassert pickle.loads(packed({'a': (1, 2)})) == {'a': (1, 2)}",
            "assert power(1) == 'lambda x: x'",
        ],
        mutations=[
            ("' * '.join(['x'] * n)", "' + '.join(['x'] * n)"),
            ("{value!r}", "{value!r} + [3]"),
            ("x * {by}", "{by}"),
        ],
    ),
]
