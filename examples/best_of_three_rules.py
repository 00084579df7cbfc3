"""Picks one of N answers by three rules, and shows what each picks and why.

    python examples/best_of_three_rules.py

The tests are like those that a model imagines: two of five are wrong, and answer 0 has the same mistake. ``pass_rate`` trusts
them all and picks it. ``majority`` counts answers that behave alike, and ``consensus`` weighs answers and tests: both pick a right
answer. The service is at ``ACECODER_URL``.
"""

from acecoder import Executor, Suite, best_of_n

PROMPT = (
    "Write median(xs), the median of a list of numbers; of an even count, the mean of the two in the middle."
)
TESTS = Suite(
    id="median",
    asserts=[
        "assert median([9, 1, 2]) == 2",
        "assert median([5]) == 5",
        "assert median([4, 1, 3, 2]) == 2.5",
        "assert median([1, 2, 3, 10]) == 3",  # wrong: it is 2.5
        "assert median([1, 3]) == 3",  # wrong: it is 2
    ],
)
ANSWERS = [
    "def median(xs):\n    xs = sorted(xs)\n    return xs[len(xs) // 2]",
    "def median(xs):\n    xs = sorted(xs)\n    n = len(xs)\n    return (xs[(n - 1) // 2] + xs[n // 2]) / 2",
    "from statistics import median",
    "def median(xs):\n    s = sorted(xs)\n    m = len(s) // 2\n    return s[m] if len(s) % 2 else (s[m - 1] + s[m]) / 2",
    "def median(xs):\n    return sum(xs) / len(xs)",
]


def main() -> None:
    """Print the pick of each rule."""
    with Executor() as executor:
        for rule in ("pass_rate", "majority", "consensus"):
            best = best_of_n(PROMPT, ANSWERS, tests=TESTS, by=rule, executor=executor, extract=False)
            print(f"{rule}: answer {best.winner}; {'; '.join(best.reasons)}")


if __name__ == "__main__":
    main()
