"""Three problems of stdin and stdout with validators, generators, a checker program and solvers. Written by hand: no
model's replies; they are the fixtures of the gates.
"""

from clients.contract import IoTest, ProgramKind, Question, Seed, SynthRow, SynthTest


def fenced(*sources: str) -> str:
    """A reply with an analysis and one fence for each source."""
    return "The input is small.\n" + "\n".join(f"```python\n{source.strip()}\n```" for source in sources)


def row_of(name: str, text: str, *examples: tuple[str, str], needs_checker: bool = False) -> SynthRow:
    """A row as the stage rewrite leaves it."""
    tests = [SynthTest(io=IoTest(stdin=stdin, stdout=stdout)) for stdin, stdout in examples]
    notes = {"rewrite.needs_checker": needs_checker}
    return SynthRow(
        seed=Seed(id=name), question=Question(text=text, kind=ProgramKind.STDIN), tests=tests, notes=notes
    )


SUM = row_of("sum", "Read n, then n integers from -1000 to 1000. Print their sum.", ("3\n1 2 3\n", "6\n"))
SUM_VALIDATOR = """
def validate_input(text: str) -> bool:
    lines = text.split("\\n")
    if len(lines) != 3 or lines[2] != "":
        return False
    count, numbers = int(lines[0]), [int(word) for word in lines[1].split()]
    return 1 <= count <= 5000 and len(numbers) == count and all(-1000 <= number <= 1000 for number in numbers)
"""
SUM_GENERATORS = """
import random
import time

def generate_small(rng):
    return rng.choice(["1\\n0\\n", "2\\n-5 5\\n", "1\\n1000\\n", "3\\n7 7 7\\n"])

def generate_random(rng):
    count = rng.randint(1, 30)
    return f"{count}\\n{' '.join(str(rng.randint(-1000, 1000)) for _ in range(count))}\\n"

def generate_adversarial(rng):
    return "5000\\n" + " ".join(["1000"] * 5000) + "\\n"

def generate_class_negative(rng):
    while True:
        numbers = [rng.randint(-1000, 1000) for _ in range(3)]
        if sum(numbers) < 0:
            return "3\\n" + " ".join(map(str, numbers)) + "\\n"

def generate_by_the_clock(rng):
    return f"1\\n{time.time_ns() % 1000}\\n"

def generate_out_of_range(rng):
    return f"1\\n{rng.randint(2000, 3000)}\\n"
"""
SUM_SOLVERS = [
    "n = int(input())\nprint(sum(map(int, input().split())))",
    "import sys\n_, *numbers = map(int, sys.stdin.read().split())\nprint(sum(numbers), end='')",
    "n = int(input())\ntotal = 0\nfor word in input().split():\n    total += int(word)\nprint(total)",
    "n = int(input())\nprint(sum(abs(int(word)) for word in input().split()))",
]

PAIR = row_of(
    "pair",
    "Read an integer n from 2 to 1000. Print two positive integers whose sum is n, any of them.",
    ("7\n", "3 4\n"),
    needs_checker=True,
)
PAIR_VALIDATOR = """
def validate_input(text):
    return text.endswith("\\n") and text.strip().isdigit() and 2 <= int(text) <= 1000 and text == f"{int(text)}\\n"
"""
PAIR_GENERATORS = """
def generate_small(rng):
    return f"{rng.randint(2, 5)}\\n"

def generate_random(rng):
    return f"{rng.randint(2, 1000)}\\n"
"""
PAIR_CHECKER = """
def check(input, output, expected):
    first, second = map(int, output.split())
    return first > 0 and second > 0 and first + second == int(input)
"""
PAIR_SOLVERS = [
    "n = int(input())\nprint(1, n - 1)",
    "n = int(input())\nprint(n - 1, 1)",
    "n = int(input())\nprint(n // 2, n - n // 2)",
    "n = int(input())\nprint(0, n)",
]

MEAN = row_of("mean", "Read numbers on one line. Print their mean.", ("1 2\n", "1.5\n"))
MEAN_VALIDATOR = """
def validate_input(text):
    words = text.split()
    return bool(words) and text == " ".join(words) + "\\n" and all(1 <= int(word) <= 9 for word in words)
"""
MEAN_GENERATORS = """
def generate_random(rng):
    return " ".join(str(rng.randint(1, 9)) for _ in range(rng.choice([3, 6, 7, 9]))) + "\\n"
"""
MEAN_SOLVERS = [
    "numbers = list(map(int, input().split()))\nprint(sum(numbers) / len(numbers))",
    "numbers = list(map(int, input().split()))\nprint(f'{sum(numbers) / len(numbers):.9f}')",
    "numbers = list(map(int, input().split()))\nprint(sum(number / len(numbers) for number in numbers))",
    "numbers = list(map(int, input().split()))\nprint(sum(numbers) // len(numbers))",
]
