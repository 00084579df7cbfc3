"""Programs that read stdin and print one of many right outputs, which a checker program judges."""

from tests.sandbox.honest import HonestProgram

PROGRAMS = [
    HonestProgram(
        "checker: two numbers of a sum",
        """
target, *numbers = map(int, open(0).read().split())
seen = set()
for number in numbers:
    if target - number in seen:
        print(number, target - number)
        break
    seen.add(number)
else:
    print("IMPOSSIBLE")
""",
        io=[("10\n3 7 5 5\n", "5 5\n"), ("4\n1 2 5\n", "IMPOSSIBLE\n"), ("0\n-1 4 1\n", "-1 1\n")],
        checker="""
def check(input, output, expected):
    target, *numbers = map(int, input.split())
    if expected.strip() == "IMPOSSIBLE":
        return output.strip() == "IMPOSSIBLE"
    first, second = map(int, output.split())
    numbers.remove(first)
    return first + second == target and second in numbers
""",
        mutations=[("print(number, target - number)", "print(number, number)"), ("IMPOSSIBLE", "-1")],
    ),
    HonestProgram(
        "checker: an order of tasks",
        """
import sys
from collections import deque

def main():
    lines = sys.stdin.read().splitlines()
    count = int(lines[0])
    after = {task: [] for task in range(count)}
    waits = [0] * count
    for line in lines[1:]:
        first, then = map(int, line.split())
        after[first].append(then)
        waits[then] += 1
    ready = deque(task for task in reversed(range(count)) if not waits[task])
    while ready:
        task = ready.popleft()
        print(task)
        for then in after[task]:
            waits[then] -= 1
            if not waits[then]:
                ready.append(then)

main()
""",
        io=[("4\n0 1\n1 2\n", "0\n1\n2\n3\n"), ("3\n", "2\n1\n0"), ("3\n2 1\n1 0\n", "2\n1\n0\n")],
        checker="""
import sys

EDGES = []

def read_edges(input):
    count, *edges = input.splitlines()
    EDGES.extend(tuple(map(int, edge.split())) for edge in edges)
    return int(count)

def check(input: str, output: str, expected: str | None = None) -> bool:
    count = read_edges(input)
    order = [int(line) for line in output.splitlines()]
    if sorted(order) != list(range(count)):
        return False
    place = {task: at for at, task in enumerate(order)}
    return all(place[first] < place[then] for first, then in EDGES)
""",
        mutations=[
            ("        print(task)", "        print(task + 1)"),
            ("waits[then] += 1", "waits[then] += 0"),
        ],
    ),
    HonestProgram(
        "checker: a root within a tolerance, scored by its error",
        """
value = float(input())
low, high = 0.0, max(1.0, value)
for _ in range(60):
    middle = (low + high) / 2
    if middle * middle < value:
        low = middle
    else:
        high = middle
print(f"{low:.9f}")
""",
        io=[("2\n", "1.4142135624"), ("0.25\n", "0.5"), ("1000000\n", "1000")],
        checker="""
from math import isclose

def check(input, output, expected):
    answer = float(output)
    if isclose(answer, float(expected), rel_tol=1e-6, abs_tol=1e-6):
        return 1.0
    return max(0.0, 0.9 - abs(answer - float(expected)))
""",
        mutations=[("range(60)", "range(3)"), ('print(f"{low:.9f}")', "print(high + 1)")],
    ),
]
