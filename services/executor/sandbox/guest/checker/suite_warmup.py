"""Prepares a suite that is a constant of this module, while the checker waits for its own.

A checker is a new fork: the first use of a page of memory copies it. Preparing a suite uses some three hundred pages,
which takes most of the time that a small suite needs. Nothing is kept, and no program is judged.
"""

from ..wire import codec
from .kinds.registry import KINDS
from .suite import PreparedSuite

_TESTS = [
    "assert solve([3, 4]) == {'total': 5}",
    "assert solve(1, 'b') == 3",
    "assert abs(solve(1.5, key=2) - 0.5) < 1e-6",
    "numbers = [2, 1]\nassert solve(numbers) == [1] and numbers[0] > 1",
]
_LINE = codec.dumps(
    [
        "suite",
        {
            "kind": "asserts",
            "asserts": _TESTS,
            "setup": "import math",
            "entry_point": None,
            "entry_points": [],
            "state": "shared",
            "on_timeout": "continue",
            "values": False,
            "limits": {
                "cpu_s": 1.0,
                "wall_s": 1.0,
                "total_cpu_s": 1.0,
                "total_wall_s": 1.0,
                "output_bytes": 1 << 20,
            },
        },
    ]
)


def warm_up() -> None:
    """Prepare the suite as ``checker`` does."""
    message = codec.loads(_LINE.encode())[1]
    tests = KINDS[message["kind"]](message)
    PreparedSuite.from_message(message, tests.size, tests.invalid)
