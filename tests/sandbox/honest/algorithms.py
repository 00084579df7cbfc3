"""Short tasks with a few asserts each, as in MBPP."""

from tests.sandbox.honest import HonestProgram

PROGRAMS = [
    HonestProgram(
        "longest common subsequence",
        """
def lcs(a, b):
    table = [[0] * (len(b) + 1) for _ in range(len(a) + 1)]
    for i, x in enumerate(a, 1):
        for j, y in enumerate(b, 1):
            table[i][j] = table[i - 1][j - 1] + 1 if x == y else max(table[i - 1][j], table[i][j - 1])
    return table[-1][-1]
""",
        [
            "assert lcs('ABCDGH', 'AEDFHR') == 3",
            "assert lcs('', 'abc') == 0",
            "assert lcs([1, 2, 3], (2, 3)) == 2",
        ],
        mutations=[("max(table[i - 1][j], table[i][j - 1])", "table[i - 1][j]")],
    ),
    HonestProgram(
        "edit distance by memory",
        """
from functools import cache

@cache
def distance(a, b):
    if not a or not b:
        return len(a) + len(b)
    if a[0] == b[0]:
        return distance(a[1:], b[1:])
    return 1 + min(distance(a[1:], b), distance(a, b[1:]), distance(a[1:], b[1:]))
""",
        [
            "assert distance('kitten', 'sitting') == 3",
            "assert distance('', 'ab') == 2 and distance('x', 'x') == 0",
            "distance.cache_clear()\ndistance('ab', 'cd')\ninfo = distance.cache_info()\nassert info.misses == info.currsize == 9 and info.maxsize is None",
        ],
        mutations=[("1 + min(", "2 + min("), ("@cache\n", "@cache\ndef twice(x, y): ...\n")],
    ),
    HonestProgram(
        "merge sort and quick select",
        """
def merge_sort(items, key=lambda x: x):
    if len(items) < 2:
        return list(items)
    middle = len(items) // 2
    left, right = merge_sort(items[:middle], key), merge_sort(items[middle:], key)
    out, i, j = [], 0, 0
    while i < len(left) and j < len(right):
        if key(left[i]) <= key(right[j]):
            out.append(left[i])
            i += 1
        else:
            out.append(right[j])
            j += 1
    return out + left[i:] + right[j:]

def kth(items, k):
    pivot = items[len(items) // 2]
    below = [x for x in items if x < pivot]
    same = [x for x in items if x == pivot]
    if k < len(below):
        return kth(below, k)
    if k < len(below) + len(same):
        return pivot
    return kth([x for x in items if x > pivot], k - len(below) - len(same))
""",
        [
            "assert merge_sort([3, 1, 2]) == [1, 2, 3] and merge_sort([]) == [] and merge_sort('cab') == ['a', 'b', 'c']",
            "assert merge_sort(['bb', 'a', 'cc', 'd'], key=len) == ['a', 'd', 'bb', 'cc']",
            "x = [2, 1]\nassert merge_sort(x) == [1, 2] and x == [2, 1] and merge_sort([5]) is not x",
            "import random\nrng = random.Random(5)\nxs = [rng.randint(-99, 99) for _ in range(200)]\nassert merge_sort(xs) == sorted(xs) and kth(xs, 50) == sorted(xs)[50]",
        ],
        mutations=[
            ("key(left[i]) <= key(right[j])", "key(left[i]) < key(right[j])"),
            ("+ left[i:] + right[j:]", "+ left[i:]"),
        ],
    ),
    HonestProgram(
        "primes and factors",
        """
def factors(n):
    out, p = {}, 2
    while p * p <= n:
        while n % p == 0:
            out[p] = out.get(p, 0) + 1
            n //= p
        p += 1
    if n > 1:
        out[n] = out.get(n, 0) + 1
    return out

def divisors(n):
    return sorted(d for i in range(1, int(n ** 0.5) + 1) if n % i == 0 for d in {i, n // i})

def gcd(a, b):
    while b:
        a, b = b, a % b
    return a
""",
        [
            "assert factors(360) == {2: 3, 3: 2, 5: 1} and factors(49) == {7: 2} and factors(1) == {}",
            "assert divisors(36) == [1, 2, 3, 4, 6, 9, 12, 18, 36]",
            "assert gcd(48, 18) == 6 and gcd(0, 5) == 5",
        ],
        mutations=[("{i, n // i}", "[i, n // i]"), ("while p * p <= n:", "while p * p < n:")],
    ),
    HonestProgram(
        "parsing an expression",
        """
import re

def tokenize(text):
    return re.findall(r"\\d+\\.?\\d*|[-+*/()]", text)

def evaluate(text):
    tokens = tokenize(text)

    def expression():
        value = term()
        while tokens and tokens[0] in "+-":
            value = value + term() if tokens.pop(0) == "+" else value - term()
        return value

    def term():
        value = factor()
        while tokens and tokens[0] in "*/":
            value = value * factor() if tokens.pop(0) == "*" else value / factor()
        return value

    def factor():
        token = tokens.pop(0)
        if token == "(":
            value = expression()
            if not tokens or tokens.pop(0) != ")":
                raise SyntaxError("expected )")
            return value
        return -factor() if token == "-" else float(token)

    return expression()
""",
        [
            "assert evaluate('2 + 3 * (4 - 1)') == 11",
            "assert evaluate('8 / 4 / 2') == 1.0 and evaluate('-(2)') == -2",
            "try:\n    evaluate('(1 + 2')\nexcept SyntaxError as error:\n    assert error.msg == 'expected )'\nelse:\n    assert False",
            "try:\n    evaluate('1/0')\nexcept ZeroDivisionError:\n    failed = True\nassert failed",
        ],
        mutations=[("value / factor()", "value // factor() + 1"), ('tokens[0] in "*/"', 'tokens[0] in "*"')],
    ),
    HonestProgram(
        "dates, words and dictionaries of lists",
        """
from collections import Counter, defaultdict

def anagrams(words):
    groups = defaultdict(list)
    for word in words:
        groups["".join(sorted(word))].append(word)
    return [group for group in groups.values() if len(group) > 1]

def top_words(text, n):
    return Counter(text.lower().split()).most_common(n)

def invert(index):
    out = defaultdict(set)
    for name, tags in index.items():
        for tag in tags:
            out[tag].add(name)
    return out
""",
        [
            "assert anagrams(['tea', 'eat', 'tan', 'ate', 'nat', 'bat']) == [['tea', 'eat', 'ate'], ['tan', 'nat']]",
            "assert top_words('a b A c a b', 2) == [('a', 3), ('b', 2)]",
            "got = invert({'x': ['p', 'q'], 'y': ['q']})\nassert got == {'p': {'x'}, 'q': {'x', 'y'}} and got['none'] == set()",
        ],
        mutations=[("text.lower().split()", "text.split()"), ("if len(group) > 1", "if group")],
    ),
    HonestProgram(
        "numbers to words and back",
        """
ONES = "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen".split()
TENS = "_ _ twenty thirty forty fifty sixty seventy eighty ninety".split()

def say(n):
    if n < 0:
        return "minus " + say(-n)
    if n < 20:
        return ONES[n]
    if n < 100:
        return TENS[n // 10] + ("-" + ONES[n % 10] if n % 10 else "")
    for size, name in ((10 ** 6, "million"), (1000, "thousand"), (100, "hundred")):
        if n >= size:
            rest = n % size
            return f"{say(n // size)} {name}" + (f" {say(rest)}" if rest else "")

def to_base(n, base):
    digits = "0123456789abcdefghijklmnopqrstuvwxyz"
    out = ""
    while n:
        n, digit = divmod(n, base)
        out = digits[digit] + out
    return out or "0"
""",
        [
            "assert say(0) == 'zero' and say(342) == 'three hundred forty-two' and say(-20) == 'minus twenty'",
            "assert say(1000001) == 'one million one'",
            "assert all(int(to_base(n, b), b) == n for n in range(100) for b in (2, 7, 16, 36))",
            "assert to_base(255, 16) == 'ff' and to_base(0, 2) == '0'",
        ],
        mutations=[('out or "0"', "out"), ('if n % 10 else ""', 'if n else ""')],
    ),
    HonestProgram(
        "knapsack, coins and change of a grid",
        """
def knapsack(items, room):
    best = [0] * (room + 1)
    for weight, value in items:
        for r in range(room, weight - 1, -1):
            best[r] = max(best[r], best[r - weight] + value)
    return best[room]

def coins(amount, kinds):
    ways = [1] + [0] * amount
    for kind in kinds:
        for total in range(kind, amount + 1):
            ways[total] += ways[total - kind]
    return ways[amount]

def life(grid):
    def alive(y, x):
        around = sum(
            grid[v][u]
            for v in range(max(y - 1, 0), min(y + 2, len(grid)))
            for u in range(max(x - 1, 0), min(x + 2, len(grid[0])))
            if (v, u) != (y, x)
        )
        return int(around == 3 or (around == 2 and grid[y][x]))

    return [[alive(y, x) for x in range(len(grid[0]))] for y in range(len(grid))]
""",
        [
            "assert knapsack([(1, 1), (3, 4), (4, 5), (5, 7)], 7) == 9 and knapsack([(2, 3)], 6) == 3 and knapsack([], 5) == 0",
            "assert coins(10, [2, 5, 3, 6]) == 5 and coins(0, [1]) == 1",
            "blinker = [[0, 1, 0]] * 3\nassert life(blinker) == [[0, 0, 0], [1, 1, 1], [0, 0, 0]] and life(life(blinker)) == blinker",
        ],
        mutations=[
            ("range(room, weight - 1, -1)", "range(weight, room + 1)"),
            ("around == 3 or (", "around == 3 and ("),
        ],
    ),
]
