"""Programs that read stdin and print: contest tasks and small tools."""

from tests.sandbox.honest import HonestProgram

PROGRAMS = [
    HonestProgram(
        "io: two numbers",
        """
a, b = map(int, input().split())
print(a + b)
""",
        io=[("1 2\n", "3\n"), ("-5 5\n", "0\n"), ("100000000000000000000 1\n", "100000000000000000001\n")],
        mutations=[("a + b", "abs(a) + abs(b)")],
    ),
    HonestProgram(
        "io: lines until the end",
        """
import sys

total = 0
for line in sys.stdin:
    line = line.strip()
    if line:
        total += int(line)
print(f"sum={total}")
""",
        io=[("1\n2\n3\n", "sum=6"), ("", "sum=0"), ("7", "sum=7\n"), ("4\n\n5\n", "sum=9")],
        mutations=[("total = 0", "total = 1")],
    ),
    HonestProgram(
        "io: test cases and fast input",
        """
import sys
input = sys.stdin.readline

def solve():
    n = int(input())
    a = list(map(int, input().split()))
    best = current = a[0]
    for x in a[1:]:
        current = max(x, current + x)
        best = max(best, current)
    return best

def main():
    t = int(input())
    out = [solve() for _ in range(t)]
    sys.stdout.write("\\n".join(map(str, out)) + "\\n")

main()
""",
        io=[("2\n3\n1 -2 3\n2\n-1 -5\n", "3\n-1\n"), ("1\n5\n2 3 -9 4 4\n", "8\n")],
        mutations=[("best = current = a[0]", "best = current = 0")],
    ),
    HonestProgram(
        "io: main guard, classes and a heap",
        """
import heapq
import sys
from collections import defaultdict

class Graph:
    def __init__(self, n):
        self.n = n
        self.edges = defaultdict(list)

    def add(self, u, v, w):
        self.edges[u].append((v, w))
        self.edges[v].append((u, w))

    def distances(self, start):
        dist = [float("inf")] * (self.n + 1)
        dist[start] = 0
        heap = [(0, start)]
        while heap:
            d, u = heapq.heappop(heap)
            if d > dist[u]:
                continue
            for v, w in self.edges[u]:
                if d + w < dist[v]:
                    dist[v] = d + w
                    heapq.heappush(heap, (d + w, v))
        return dist

def main():
    data = sys.stdin.read().split()
    n, m = int(data[0]), int(data[1])
    graph = Graph(n)
    for i in range(m):
        u, v, w = map(int, data[2 + 3 * i : 5 + 3 * i])
        graph.add(u, v, w)
    print(*(d if d < float("inf") else -1 for d in graph.distances(1)[1:]))

if __name__ == "__main__":
    main()
""",
        io=[
            ("3 2\n1 2 5\n2 3 1\n", "0 5 6"),
            ("3 1\n1 2 4\n", "0 4 -1"),
            ("1 0\n", "0"),
            ("2 1\n2 1 4\n", "0 4"),
        ],
        mutations=[
            ("        self.edges[v].append((u, w))\n", "        self.edges[v].append((u, 0))\n"),
            ("else -1 for", "else d for"),
        ],
    ),
    HonestProgram(
        "io: floats and formats",
        """
from math import sqrt

a, b, c = (float(x) for x in input().split())
d = b * b - 4 * a * c
if d < 0:
    print("no real roots")
else:
    for root in sorted(((-b - sqrt(d)) / (2 * a), (-b + sqrt(d)) / (2 * a))):
        print(f"{root:.3f}")
""",
        io=[("1 -3 2", "1.000\n2.000"), ("1 0 1", "no real roots"), ("2 0 -1", "-0.707\n0.707")],
        mutations=[("/ (2 * a)", "/ 2 * a")],
    ),
    HonestProgram(
        "io: ends early with exit",
        """
import sys

n = int(input())
if n < 0:
    print("negative")
    sys.exit(1)
for i in range(1, n + 1):
    print("Fizz" * (i % 3 == 0) + "Buzz" * (i % 5 == 0) or i)
""",
        io=[("5", "1\n2\nFizz\n4\nBuzz"), ("-3", "negative"), ("0", "")],
        mutations=[("range(1, n + 1)", "range(1, n)")],
    ),
    HonestProgram(
        "io: input until EOFError",
        """
words = {}
while True:
    try:
        line = input()
    except EOFError:
        break
    for word in line.lower().split():
        words[word] = words.get(word, 0) + 1
for word in sorted(words, key=lambda w: (-words[w], w)):
    print(word, words[word])
""",
        io=[("b a\nA c\n", "a 2\nb 1\nc 1"), ("", ""), ("Z z z", "z 3")],
        mutations=[("line.lower().split()", "line.split()")],
    ),
    HonestProgram(
        "io: bytes, print options and open(0)",
        """
import os

data = open(0).read().split("\\n")
rows = [list(map(int, row.split(","))) for row in data if row]
for column in zip(*rows):
    print(*column, sep="-", end=";")
print()
os.write(1, b"")
""",
        io=[("1,2\n3,4\n", "1-3;2-4;"), ("5", "5;")],
        mutations=[('sep="-"', 'sep=" "')],
    ),
    HonestProgram(
        "io: the fast reader of Codeforces",
        """
import os
import sys
from io import BytesIO, IOBase

class FastIO(IOBase):
    newlines = 0

    def __init__(self, file):
        self._fd = file.fileno()
        self.buffer = BytesIO()
        self.writable = "x" in file.mode or "r" not in file.mode
        self.write = self.buffer.write if self.writable else None

    def readline(self):
        while self.newlines == 0:
            read = os.read(self._fd, max(os.fstat(self._fd).st_size, 8192))
            self.newlines = read.count(b"\\n") + (not read)
            at = self.buffer.tell()
            self.buffer.seek(0, 2), self.buffer.write(read), self.buffer.seek(at)
        self.newlines -= 1
        return self.buffer.readline()

    def flush(self):
        if self.writable:
            os.write(self._fd, self.buffer.getvalue())
            self.buffer.truncate(0), self.buffer.seek(0)

class Wrapper(IOBase):
    def __init__(self, file):
        self.buffer = FastIO(file)
        self.flush, self.writable = self.buffer.flush, self.buffer.writable
        self.write = lambda text: self.buffer.write(text.encode("ascii"))
        self.readline = lambda: self.buffer.readline().decode("ascii")

sys.stdin, sys.stdout = Wrapper(sys.stdin), Wrapper(sys.stdout)
input = lambda: sys.stdin.readline().rstrip("\\r\\n")

for _ in range(int(input())):
    print(sum(map(int, input().split())))
sys.stdout.flush()
""",
        io=[("2\n1 2\n3 4 5\n", "3\n12"), ("1\n7", "7")],
        mutations=[("sum(map", "max(map")],
    ),
    HonestProgram(
        "io: deep recursion in a thread",
        """
import sys
import threading

sys.setrecursionlimit(1 << 16)
threading.stack_size(1 << 26)

def depth(n):
    return 0 if n == 0 else 1 + depth(n - 1)

def main():
    print(depth(int(input())))

thread = threading.Thread(target=main)
thread.start()
thread.join()
""",
        io=[("10", "10"), ("20000", "20000")],
        mutations=[("1 + depth(n - 1)", "depth(n - 1)")],
    ),
    HonestProgram(
        "io: buffered bytes",
        """
import sys

read = sys.stdin.buffer.readline
n, k = map(int, read().split())
a = sorted(map(int, read().split()))
sys.stdout.buffer.write(b" ".join(str(x).encode() for x in a[:k]) + b"\\n")
print("done", flush=True)
""",
        io=[("4 2\n9 1 8 3\n", "1 3\ndone"), ("1 1\n5\n", "5\ndone")],
        mutations=[
            (
                "sorted(map(int, read().split()))",
                "sorted(read().decode().split())\na = [int(x) for x in a][::-1]",
            )
        ],
    ),
    HonestProgram(
        "io: a menu of commands",
        """
stack = []
commands = {
    "push": lambda x: stack.append(int(x)),
    "pop": lambda: print(stack.pop() if stack else "empty"),
    "max": lambda: print(max(stack, default="empty")),
    "size": lambda: print(len(stack)),
}
for _ in range(int(input())):
    name, *args = input().split()
    commands[name](*args)
""",
        io=[("5\npush 3\npush 1\nmax\npop\nsize\n", "3\n1\n1"), ("2\npop\nmax\n", "empty\nempty")],
        mutations=[("stack.pop()", "stack.pop(0)")],
    ),
    HonestProgram(
        "io: unicode and alignment",
        """
names = input().split()
width = max(map(len, names))
for name in names:
    print(name.rjust(width, "·"), name.upper(), sep="|")
""",
        io=[("Ann Zoë", "Ann|ANN\nZoë|ZOË"), ("a éé", "·a|A\néé|ÉÉ")],
        mutations=[('rjust(width, "·")', "rjust(width)")],
    ),
    HonestProgram(
        "io: exit handlers, threads and logs to stderr",
        """
import atexit
import logging
import sys
import threading

logging.basicConfig(stream=sys.stderr)
atexit.register(print, "bye")

def work(n, out):
    logging.warning("working on %d", n)
    out[n] = n * n

n = int(input())
out = {}
threads = [threading.Thread(target=work, args=(i, out)) for i in range(n)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
print([out[i] for i in range(n)])
""",
        io=[("3", "[0, 1, 4]\nbye"), ("0", "[]\nbye")],
        mutations=[('atexit.register(print, "bye")', 'print("bye")')],
    ),
    HonestProgram(
        "io: a blank behind every number",
        """
n, m = map(int, input().split())
for i in range(n):
    for j in range(m):
        print(i * j, end=" ")
    print()
print()
""",
        io=[("2 3", "0 0 0\n0 1 2\n"), ("1 1", "0"), ("3 2", "0 0\n0 1\n0 2")],
        mutations=[("i * j", "i + j"), ('end=" "', 'end="  "'), ("    print()\n", "    print(end='')\n")],
    ),
    HonestProgram(
        "io: lines that end as on Windows",
        """
import sys

sys.stdout.reconfigure(newline="\\r\\n")
for line in sys.stdin.read().split():
    print(line[::-1])
""",
        io=[("ab cd", "ba\ndc\n"), ("x", "x"), ("12\n3", "21\r\n3\r\n")],
        mutations=[
            ("print(line[::-1])", "print(line[::-1], end=' ')"),
            ('newline="\\r\\n"', 'newline="\\r"'),
        ],
    ),
    HonestProgram(
        "io: text that holds the sign for what cannot be read",
        """
import sys

data = sys.stdin.buffer.read()
print(data.decode().replace("?", chr(0xFFFD)))
""",
        io=[("a?b", "a\ufffdb"), ("??", "\ufffd\ufffd\n")],
        mutations=[
            (
                'print(data.decode().replace("?", chr(0xFFFD)))',
                'sys.stdout.buffer.write(data.replace(b"?", bytes([255])))',
            )
        ],
    ),
]
