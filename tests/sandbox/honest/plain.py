"""Plain values: numbers, dates, collections of the standard library, text, bytes."""

from tests.sandbox.honest import HonestProgram

PROGRAMS = [
    HonestProgram(
        "floats",
        """
import math

def mean(numbers):
    return sum(numbers) / len(numbers)

def roots(a, b, c):
    d = math.sqrt(b * b - 4 * a * c)
    return (-b - d) / (2 * a), (-b + d) / (2 * a)

def odd_ones():
    return float("nan"), float("inf"), -0.0
""",
        [
            "import math\nassert math.isclose(mean([0.1, 0.2, 0.3]), 0.2)",
            "assert abs(mean([1, 2]) - 1.5) < 1e-9",
            "assert roots(1, -3, 2) == (1.0, 2.0)",
            "assert round(mean([1, 1, 2]), 2) == 1.33",
            "import math\nnan, inf, zero = odd_ones()\nassert nan != nan and math.isinf(inf) and math.copysign(1, zero) == -1",
            "assert mean([1, 3]) == 2 and isinstance(mean([1, 3]), float)",
            "assert math.floor(mean([1, 2])) == 1",
        ],
        mutations=[("/ len(numbers)", "/ max(len(numbers) - 1, 1)")],
    ),
    HonestProgram(
        "ints, bools and big ints",
        """
def factorial(n):
    return 1 if n < 2 else n * factorial(n - 1)

def is_even(n):
    return n % 2 == 0

def bits(n):
    return n.bit_length()
""",
        [
            "assert factorial(20) == 2432902008176640000",
            "assert factorial(200) % 10 ** 40 == 0 and factorial(200) > 10 ** 370",
            "assert is_even(4) is True and is_even(3) is False",
            "assert is_even(10 ** 100)",
            "assert bits(2 ** 300) == 301",
            "assert factorial(3) == 6.0 and type(factorial(3)) is int",
            "assert is_even(2) + is_even(4) == 2",
            "assert -factorial(5) // 7 == -18 and hex(factorial(5)) == '0x78'",
        ],
        mutations=[("n % 2 == 0", "n % 2")],
    ),
    HonestProgram(
        "Decimal",
        """
from decimal import Decimal, ROUND_HALF_UP

def vat(net):
    gross = Decimal(net) * Decimal("1.19")
    return gross.quantize(Decimal("0.01"), rounding=ROUND_HALF_UP)
""",
        [
            "from decimal import Decimal\nassert vat('10') == Decimal('11.90')",
            "assert str(vat('0.05')) == '0.06'",
            "assert vat('1') + 1 == Decimal('2.19')",
            "from decimal import Decimal\nassert vat(Decimal('2')) == Decimal('2.38')",
            "assert float(vat('100')) == 119.0",
        ],
        mutations=[("rounding=ROUND_HALF_UP", 'rounding="ROUND_DOWN"')],
    ),
    HonestProgram(
        "Fraction and complex",
        """
from fractions import Fraction

def harmonic(n):
    return sum((Fraction(1, k) for k in range(1, n + 1)), Fraction(0))

def turn(z):
    return z * 1j
""",
        [
            "from fractions import Fraction\nassert harmonic(3) == Fraction(11, 6)",
            "assert harmonic(4).numerator == 25 and harmonic(4).denominator == 12",
            "assert harmonic(2) == 1.5",
            "assert turn(1 + 2j) == -2 + 1j and turn(1).imag == 1",
            "assert abs(turn(3 + 4j)) == 5",
        ],
        mutations=[("range(1, n + 1)", "range(1, n)")],
    ),
    HonestProgram(
        "datetime",
        """
from datetime import date, datetime, timedelta, timezone

def next_monday(day):
    return day + timedelta(days=7 - day.weekday())

def span(a, b):
    return datetime.fromisoformat(b) - datetime.fromisoformat(a)

def epoch():
    return datetime(1970, 1, 1, tzinfo=timezone.utc)
""",
        [
            "from datetime import date\nassert next_monday(date(2024, 2, 28)) == date(2024, 3, 4)",
            "import datetime\nassert next_monday(datetime.date(2024, 1, 1)).isoformat() == '2024-01-08'",
            "assert span('2024-01-01', '2024-01-02T06:00').total_seconds() == 108000",
            "from datetime import timedelta\nassert span('2024-01-01', '2024-01-03') == timedelta(days=2)",
            "assert epoch().year == 1970 and epoch().timestamp() == 0",
        ],
        mutations=[("7 - day.weekday()", "(7 - day.weekday()) % 7")],
    ),
    HonestProgram(
        "Counter, defaultdict, deque, OrderedDict",
        """
from collections import Counter, OrderedDict, defaultdict, deque

def count(text):
    return Counter(text)

def group(words):
    groups = defaultdict(list)
    for word in words:
        groups[len(word)].append(word)
    return groups

def last(items, n):
    return deque(items, maxlen=n)

def ordered(pairs):
    return OrderedDict(pairs)
""",
        [
            "assert count('aab') == {'a': 2, 'b': 1}",
            "from collections import Counter\nassert count('aab') == Counter('aba')",
            "assert count('aab').most_common(1) == [('a', 2)]",
            "assert count('a')['z'] == 0",
            "assert group(['a', 'bb', 'c']) == {1: ['a', 'c'], 2: ['bb']}",
            "assert dict(group(['x'])) == {1: ['x']}",
            "from collections import deque\nassert last([1, 2, 3], 2) == deque([2, 3])",
            "d = last('abc', 3)\nd.appendleft('z')\nassert list(d) == ['z', 'a', 'b']",
            "assert list(ordered([('b', 1), ('a', 2)])) == ['b', 'a']",
            "assert ordered([('a', 1)]) == {'a': 1}",
        ],
        mutations=[("deque(items, maxlen=n)", "deque(items[:n], maxlen=n)")],
    ),
    HonestProgram(
        "sets",
        """
def common(a, b):
    return set(a) & set(b)

def frozen(items):
    return frozenset(items)

def power_set(items):
    sets = {frozenset()}
    for item in items:
        sets |= {s | {item} for s in sets}
    return sets
""",
        [
            "assert common([1, 2, 3], [2, 3, 4]) == {2, 3}",
            "assert common([], [1]) == set()",
            "assert frozen('aab') == frozenset({'a', 'b'}) == {'a', 'b'}",
            "assert len(power_set([1, 2, 3])) == 8 and frozenset({1, 3}) in power_set([1, 2, 3])",
            "assert sorted(common('abc', 'bcd')) == ['b', 'c']",
            "assert {frozen([1]): 'one'}[frozenset([1])] == 'one'",
            "assert common({1}, {1}) <= {1, 2}",
        ],
        mutations=[("set(a) & set(b)", "set(a) | set(b)")],
    ),
    HonestProgram(
        "unicode",
        """
import unicodedata

def plain(text):
    decomposed = unicodedata.normalize("NFD", text)
    return "".join(ch for ch in decomposed if not unicodedata.combining(ch))

def backwards(text):
    return text[::-1]

def größe(wort):
    return len(wort)
""",
        [
            "assert plain('Crème Brûlée') == 'Creme Brulee'",
            "assert backwards('añb') == 'bña'",
            "assert backwards('😀!') == '!😀'",
            "assert größe('日本語') == 3",
            "assert backwards('') == ''",
            "assert backwards('a\\x00\\n\\u2028b') == 'b\\u2028\\n\\x00a'",
        ],
        mutations=[("text[::-1]", "text[:0:-1]")],
    ),
    HonestProgram(
        "lone surrogates",
        """
def first_half(text):
    return text.encode("utf-16-le")[:2].decode("utf-16-le", "surrogatepass")
""",
        [
            "assert first_half('😀') == '\\ud83d'",
            "assert len(first_half('😀')) == 1",
        ],
        mutations=[("[:2]", "[:4]")],
    ),
    HonestProgram(
        "bytes",
        """
import struct
import zlib

def pack(numbers):
    return struct.pack(f"<{len(numbers)}H", *numbers)

def xor(data, key):
    return bytes(b ^ key for b in data)

def checksum(data):
    return zlib.crc32(data)

def buffer(n):
    return bytearray(n)
""",
        [
            "assert pack([1, 256]) == b'\\x01\\x00\\x00\\x01'",
            "assert xor(xor(b'hello', 42), 42) == b'hello'",
            "assert checksum(b'') == 0 and checksum(b'a') == 3904355907",
            "assert buffer(3) == b'\\x00\\x00\\x00'",
            "b = buffer(2)\nb[0] = 255\nassert bytes(b) == b'\\xff\\x00'",
            "assert xor(b'a', 0).decode() == 'a' and xor(memoryview(b'ab'), 0)[1] == 98",
        ],
        mutations=[('f"<{', 'f">{')],
    ),
]
