"""Numbers in extreme cases: infinities, big ints, complex numbers, money, dates, probabilities."""

from tests.sandbox.honest import HonestProgram

PROGRAMS = [
    HonestProgram(
        "infinities and nan",
        """
import math

def safe_divide(a, b):
    if b == 0:
        return math.nan if a == 0 else math.copysign(math.inf, a)
    return a / b

def clean(numbers):
    return [n for n in numbers if not math.isnan(n)]

def smallest(numbers):
    best = float("inf")
    for n in numbers:
        best = min(best, n)
    return best

def nans(n):
    return [float("nan") for _ in range(n)]
""",
        [
            "import math\nassert math.isnan(safe_divide(0, 0)) and safe_divide(1, 0) == math.inf and safe_divide(-1, 0) == float('-inf')",
            "assert clean([1.0, float('nan'), 2.0]) == [1.0, 2.0]",
            "assert smallest([]) == float('inf') and smallest([3, -2]) == -2",
            "a, b = nans(2)\nassert a != b and a != a and [a] != [b]",
            "assert nans(1) != nans(1)",
            "x = float('nan')\nassert clean([x]) == [] and not clean([x, x])",
        ],
        mutations=[
            ("math.copysign(math.inf, a)", "math.inf"),
            ('float("nan") for _ in range(n)', "0.0 for _ in range(n)"),
        ],
    ),
    HonestProgram(
        "big integers",
        """
def fibonacci(n):
    def pair(n):
        if n == 0:
            return 0, 1
        a, b = pair(n // 2)
        c, d = a * (2 * b - a), a * a + b * b
        return (d, c + d) if n % 2 else (c, d)
    return pair(n)[0]

def digits(n):
    return sum(map(int, str(n)))

def inverse(a, m):
    return pow(a, -1, m)

def int_sqrt(n):
    if n < 0:
        raise ValueError("negative")
    x = n
    while x * x > n:
        x = (x + n // x) // 2
    return x
""",
        [
            "assert fibonacci(300) == 222232244629420445529739893461909967206666939096499764990979600",
            "assert fibonacci(10) == 55 and digits(2 ** 1000) == 1366",
            "assert inverse(3, 11) == 4\ntry:\n    inverse(2, 4)\nexcept ValueError:\n    pass\nelse:\n    assert False",
            "assert int_sqrt(10 ** 60) == 10 ** 30 and int_sqrt(10 ** 60 - 1) == 10 ** 30 - 1 and int_sqrt(0) == 0",
            "assert fibonacci(3000) % 10 ** 9 == fibonacci(3000) - fibonacci(3000) // 10 ** 9 * 10 ** 9 and fibonacci(20000).bit_length() == 13884",
        ],
        mutations=[("return x\n", "return x + 1\n"), ("2 * b - a", "b - a")],
    ),
    HonestProgram(
        "complex numbers and polynomials",
        """
import cmath

def roots(a, b, c):
    d = cmath.sqrt(b * b - 4 * a * c)
    return (-b + d) / (2 * a), (-b - d) / (2 * a)

def spin(z, quarter_turns):
    return z * 1j ** quarter_turns

def dft(xs):
    n = len(xs)
    return [sum(x * cmath.exp(-2j * cmath.pi * k * i / n) for i, x in enumerate(xs)) for k in range(n)]
""",
        [
            "assert roots(1, 0, 1) == (1j, -1j)",
            "import cmath\nassert all(cmath.isclose(x * x + 2 * x + 5, 0, abs_tol=1e-9) for x in roots(1, 2, 5))",
            "assert spin(1 + 2j, 2) == -1 - 2j and abs(spin(3 + 4j, 1)) == 5 and spin(1, 1).imag == 1",
            "got = dft([0, 1])\nassert abs(got[0] - 1) < 1e-12 and abs(got[1] + 1) < 1e-12",
            "got = dft([1, 0, 0, 0])\nassert all(abs(x - 1) < 1e-12 for x in got)",
        ],
        mutations=[("(-b - d)", "(-b + d)"), ("-2j", "2")],
    ),
    HonestProgram(
        "money and dates",
        """
from calendar import monthrange
from datetime import date, datetime, timedelta, timezone
from decimal import ROUND_HALF_EVEN, Decimal, InvalidOperation
from fractions import Fraction

def split_bill(total, people):
    share = (Decimal(total) / people).quantize(Decimal("0.01"), rounding=ROUND_HALF_EVEN)
    shares = [share] * people
    shares[0] += Decimal(total) - sum(shares)
    return shares

def parse_amount(text):
    try:
        return Decimal(text.replace(",", ""))
    except InvalidOperation:
        raise ValueError(f"no amount: {text}") from None

def add_months(day, months):
    years, month = divmod(day.month - 1 + months, 12)
    year, month = day.year + years, month + 1
    return date(year, month, min(day.day, monthrange(year, month)[1]))

def overlap(a, b):
    start, end = max(a[0], b[0]), min(a[1], b[1])
    return max(end - start, timedelta(0))

def utc(moment):
    return moment.astimezone(timezone.utc)

def egyptian(f):
    out = []
    while f:
        n = -(-f.denominator // f.numerator)
        out.append(n)
        f -= Fraction(1, n)
    return out
""",
        [
            "from decimal import Decimal as D\nassert split_bill('10.00', 3) == [D('3.34'), D('3.33'), D('3.33')] and sum(split_bill('0.05', 4)) == D('0.05')",
            "from decimal import Decimal\nassert parse_amount('1,234.50') == Decimal('1234.5')\ntry:\n    parse_amount('ten')\nexcept ValueError as error:\n    assert str(error) == 'no amount: ten'\nelse:\n    assert False",
            "from datetime import date\nassert add_months(date(2024, 1, 31), 1) == date(2024, 2, 29) and add_months(date(2023, 11, 5), 14) == date(2025, 1, 5)",
            "from datetime import datetime as D, timedelta\nassert overlap((D(2024, 1, 1), D(2024, 1, 3)), (D(2024, 1, 2), D(2024, 2, 1))) == timedelta(days=1)",
            "from datetime import datetime, timedelta, timezone\nt = datetime(2024, 1, 1, 1, tzinfo=timezone(timedelta(hours=2)))\nassert utc(t) == t and utc(t).day == 31 and utc(t).isoformat() == '2023-12-31T23:00:00+00:00'",
            "from fractions import Fraction\nassert egyptian(Fraction(6, 7)) == [2, 3, 42]",
        ],
        mutations=[
            ("    shares[0] += Decimal(total) - sum(shares)\n", ""),
            ("min(day.day, monthrange(year, month)[1])", "min(day.day, 28)"),
        ],
    ),
    HonestProgram(
        "statistics within a tolerance",
        """
import math
import random
import statistics

def summary(xs):
    return {"mean": statistics.mean(xs), "median": statistics.median(xs), "sd": statistics.pstdev(xs)}

def pi_by_chance(n, seed):
    rng = random.Random(seed)
    return 4 * sum(rng.random() ** 2 + rng.random() ** 2 <= 1 for _ in range(n)) / n

def softmax(xs):
    top = max(xs)
    exps = [math.exp(x - top) for x in xs]
    return [e / sum(exps) for e in exps]

def newton(f, x, steps=50):
    for _ in range(steps):
        slope = (f(x + 1e-6) - f(x - 1e-6)) / 2e-6
        x -= f(x) / slope
    return x
""",
        [
            "import math\ns = summary([1, 2, 3, 4])\nassert s['mean'] == 2.5 == s['median'] and math.isclose(s['sd'], 1.118033988749895)",
            "assert abs(pi_by_chance(4000, 1) - 3.14159) < 0.1 and pi_by_chance(100, 7) == pi_by_chance(100, 7)",
            "assert abs(sum(softmax([1000.0, 1000.0, 999.0])) - 1) < 1e-9 and softmax([0, 0]) == [0.5, 0.5]",
            "assert round(newton(lambda x: x ** 3 - 8, 3.0), 6) == 2.0",
            "try:\n    summary([])\nexcept ValueError as error:\n    assert type(error).__name__ == 'StatisticsError'\nelse:\n    assert False",
        ],
        mutations=[("math.exp(x - top)", "math.exp(x)"), ("statistics.pstdev", "statistics.stdev")],
    ),
]
