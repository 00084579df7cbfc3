"""Programs as modules, with code around the function that is tested."""

from tests.sandbox.honest import HonestProgram

PROGRAMS = [
    HonestProgram(
        "main guard",
        """
import sys

def greet(name):
    return "Hello, " + name

if __name__ == "__main__":
    print(greet(sys.argv[1]))
    sys.exit(3)
""",
        ["assert greet('Ann') == 'Hello, Ann'", "assert greet('') == 'Hello, '"],
        mutations=[('"Hello, "', '"Hello "')],
    ),
    HonestProgram(
        "prints while it works",
        """
import sys

def noisy(n):
    print("working on", n)
    print("trouble", file=sys.stderr)
    return n + 1

print("loaded")
""",
        ["assert noisy(1) == 2", "assert [noisy(n) for n in range(3)] == [1, 2, 3]"],
        mutations=[("return n + 1", "print(n + 1)")],
    ),
    HonestProgram(
        "asserts of its own",
        """
def half(n):
    assert n % 2 == 0, "needs an even number"
    return n // 2

assert half(4) == 2
""",
        [
            "assert half(10) == 5",
            "try:\n    half(3)\nexcept AssertionError as error:\n    assert str(error) == 'needs an even number'\nelse:\n    raise ValueError('no error')",
        ],
        mutations=[('    assert n % 2 == 0, "needs an even number"\n', "")],
    ),
    HonestProgram(
        "class of solutions",
        """
from typing import List, Optional

class Solution:
    def twoSum(self, nums: List[int], target: int) -> Optional[List[int]]:
        seen = {}
        for i, n in enumerate(nums):
            if target - n in seen:
                return [seen[target - n], i]
            seen[n] = i
        return None
""",
        [
            "assert Solution().twoSum([2, 7, 11, 15], 9) == [0, 1]",
            "assert Solution().twoSum([1], 2) is None",
            "s = Solution()\nassert s.twoSum([3, 3], 6) == [0, 1] and s.twoSum([3, 2, 4], 6) == [1, 2]",
            "solve = Solution().twoSum\nassert solve(nums=[0, 4], target=4) == [0, 1]",
        ],
        mutations=[("seen[n] = i", "seen[i] = n")],
    ),
    HonestProgram(
        "shadows a builtin",
        """
def sum(numbers):
    total = 0
    for n in numbers:
        total += n * 10
    return total

def max(a, b):
    return a if a > b else b
""",
        ["assert sum([1, 2]) == 30", "assert max(1, 2) == 2", "assert min([1, 2]) == 1"],
        mutations=[("n * 10", "n")],
    ),
    HonestProgram(
        "helpers with underscores and constants",
        """
_TABLE = {"I": 1, "V": 5, "X": 10}
LIMIT = 39

def _value(ch):
    return _TABLE[ch]

def roman(text):
    values = [_value(ch) for ch in text]
    return sum(-v if v < max(values[i:]) else v for i, v in enumerate(values))
""",
        [
            "assert roman('XIV') == 14",
            "assert LIMIT == 39",
            "assert _value('X') == 10",
            "assert roman('') == 0",
        ],
        mutations=[("-v if v < max(values[i:]) else v", "v")],
    ),
]
