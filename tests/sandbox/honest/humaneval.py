"""One function and a ``check(candidate)``, as in HumanEval."""

from tests.sandbox.honest import HonestProgram

PROGRAMS = [
    HonestProgram(
        "check: close elements",
        '''
from typing import List


def has_close_elements(numbers: List[float], threshold: float) -> bool:
    """ Check if in given list of numbers, are any two numbers closer to each other than
    given threshold.
    >>> has_close_elements([1.0, 2.0, 3.0], 0.5)
    False
    """
    ordered = sorted(numbers)
    return any(b - a < threshold for a, b in zip(ordered, ordered[1:]))
''',
        check="""
METADATA = {'author': 'x', 'dataset': 'test'}

def check(candidate):
    assert candidate([1.0, 2.0, 3.9, 4.0, 5.0, 2.2], 0.3) == True
    assert candidate([1.0, 2.0, 3.9, 4.0, 5.0, 2.2], 0.05) == False
    assert candidate([1.0, 2.0, 5.9, 4.0, 5.0], 0.95) == True
    assert candidate([], 1.0) is False
""",
        entry_point="has_close_elements",
        mutations=[("ordered = sorted(numbers)", "ordered = numbers")],
    ),
    HonestProgram(
        "check: nested parentheses",
        """
def separate_paren_groups(paren_string):
    groups, depth, current = [], 0, ""
    for ch in paren_string.replace(" ", ""):
        current += ch
        depth += 1 if ch == "(" else -1
        if depth == 0:
            groups.append(current)
            current = ""
    return groups
""",
        check="""
def check(candidate):
    assert candidate('(()()) ((())) () ((())()())') == ['(()())', '((()))', '()', '((())()())']
    assert candidate('( ) (( ))') == ['()', '(())']
    assert candidate('') == []
""",
        entry_point="separate_paren_groups",
        mutations=[('paren_string.replace(" ", "")', "paren_string")],
    ),
    HonestProgram(
        "check: an inverse by bisection",
        """
import math

def poly(xs, x):
    return sum(coeff * math.pow(x, i) for i, coeff in enumerate(xs))

def find_zero(xs):
    low, high = -1.0, 1.0
    while poly(xs, low) * poly(xs, high) > 0:
        low, high = low * 2, high * 2
    while high - low > 1e-10:
        middle = (low + high) / 2
        if poly(xs, middle) * poly(xs, low) > 0:
            low = middle
        else:
            high = middle
    return low
""",
        check="""
import math, random

def poly(xs, x):
    return sum(c * math.pow(x, i) for i, c in enumerate(xs))

def check(candidate):
    rng = random.Random(42)
    for _ in range(20):
        coeffs = [rng.randint(-10, 10) or 1 for _ in range(4)]
        solution = candidate(list(coeffs))
        assert math.fabs(poly(coeffs, solution)) < 1e-3, coeffs
""",
        entry_point="find_zero",
        mutations=[("return low\n", "return round(low, 1)\n")],
    ),
    HonestProgram(
        "check: encode and decode",
        """
def encode_cyclic(s):
    groups = [s[3 * i : 3 * i + 3] for i in range((len(s) + 2) // 3)]
    return "".join(g[1:] + g[0] if len(g) == 3 else g for g in groups)

def decode_cyclic(s):
    return encode_cyclic(encode_cyclic(s))
""",
        check="""
import string
from random import Random

def encode(s):
    groups = [s[(3 * i):min((3 * i + 3), len(s))] for i in range((len(s) + 2) // 3)]
    return "".join([(group[1:] + group[0]) if len(group) == 3 else group for group in groups])

def check(candidate):
    rng = Random(1)
    for _ in range(50):
        text = ''.join(rng.choice(string.ascii_lowercase) for _ in range(rng.randint(1, 30)))
        assert candidate(encode(text)) == text
""",
        entry_point="decode_cyclic",
        mutations=[("encode_cyclic(encode_cyclic(s))", "encode_cyclic(s)")],
    ),
    HonestProgram(
        "check: strange sort and helpers",
        """
def helper(lst, smallest):
    return min(lst) if smallest else max(lst)

def strange_sort_list(lst):
    lst, out, smallest = list(lst), [], True
    while lst:
        out.append(helper(lst, smallest))
        lst.remove(out[-1])
        smallest = not smallest
    return out
""",
        check="""
def check(candidate):
    assert candidate([1, 2, 3, 4]) == [1, 4, 2, 3], "first"
    assert candidate([5, 5, 5, 5]) == [5, 5, 5, 5], "second"
    assert candidate([]) == [], "third"
    given = [3, 1]
    candidate(given)
    assert given == [3, 1], "the argument is left alone"
    assert True, "This prints if this assert fails 1 (good for debugging!)"
""",
        entry_point="strange_sort_list",
        mutations=[("lst, out, smallest = list(lst), [], True", "out, smallest = [], True")],
    ),
    HonestProgram(
        "check: roman numerals against a reference",
        """
def int_to_mini_roman(number):
    table = [(1000, "m"), (900, "cm"), (500, "d"), (400, "cd"), (100, "c"), (90, "xc"),
             (50, "l"), (40, "xl"), (10, "x"), (9, "ix"), (5, "v"), (4, "iv"), (1, "i")]
    out = ""
    for value, letters in table:
        count, number = divmod(number, value)
        out += letters * count
    return out
""",
        check="""
def check(candidate):
    values = {'i': 1, 'v': 5, 'x': 10, 'l': 50, 'c': 100, 'd': 500, 'm': 1000}
    for n in range(1, 200):
        numbers = [values[ch] for ch in candidate(n)]
        total = sum(-a if a < b else a for a, b in zip(numbers, numbers[1:] + [0]))
        assert total == n, n
    assert candidate(994) == 'cmxciv'
""",
        entry_point="int_to_mini_roman",
        mutations=[('(9, "ix")', '(9, "xi")'), ('(40, "xl")', '(40, "lx")')],
    ),
    HonestProgram(
        "check: mixed types",
        """
def compare_one(a, b):
    def number(x):
        return float(x.replace(",", ".")) if isinstance(x, str) else x

    if number(a) == number(b):
        return None
    return a if number(a) > number(b) else b
""",
        check="""
def check(candidate):
    assert candidate(1, 2) == 2
    assert candidate(1, 2.5) == 2.5
    assert candidate("5,1", "6") == "6"
    assert candidate(1, "2,3") == "2,3"
    assert candidate("1", 1) == None
    assert type(candidate(1, 0)) is int
""",
        entry_point="compare_one",
        mutations=[('x.replace(",", ".")', 'x.replace(",", "")'), ("return None", "return a")],
    ),
    HonestProgram(
        "check: a method as entry point",
        """
class Solution:
    def candy(self, ratings):
        candies = [1] * len(ratings)
        for i in range(1, len(ratings)):
            if ratings[i] > ratings[i - 1]:
                candies[i] = candies[i - 1] + 1
        for i in range(len(ratings) - 2, -1, -1):
            if ratings[i] > ratings[i + 1]:
                candies[i] = max(candies[i], candies[i + 1] + 1)
        return sum(candies)
""",
        check="""
def check(candidate):
    assert candidate().candy([1, 0, 2]) == 5
    assert candidate().candy(ratings=[1, 2, 2]) == 4
    assert candidate().candy([1, 3, 2, 2, 1]) == 7
    assert candidate().candy([5, 4, 3, 2, 1, 2]) == 17
    assert candidate().candy([1, 2, 3, 1]) == 7
""",
        entry_point="Solution",
        mutations=[
            ("max(candies[i], candies[i + 1] + 1)", "candies[i + 1] + 1"),
            ("range(len(ratings) - 2, -1, -1)", "range(0)"),
        ],
    ),
]
