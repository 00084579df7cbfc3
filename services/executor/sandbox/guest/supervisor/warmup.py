"""Warms up the interpreter's caches before the first fork, to save candidates copy-on-write page faults.

An interpreter adapts its code as it runs and builds tables on first use. In a candidate, each of these writes copies
a page of the parent's memory, and again in every other candidate; in the zygote, they happen once. The warm-up judges
a sample program, which is a constant of this module, with all parts of a session in one process.
"""

import ctypes
import os
import random
import socket
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from importlib import import_module
from threading import Thread
from types import CodeType
from typing import Any

from ..candidate.program_host import ProgramHost
from ..checker.checker import Checker
from ..checker.evaluation import evaluation
from ..compiler import compiler
from ..compiler.compiler import CompilerClient
from ..wire import codec
from ..wire.orders import ANSWER, COMPILER, KILL
from . import free_memory, hot_code

_TIMES = 40
"""Well above the number of runs after which CPython has adapted a piece of code."""
_RECORDED_TIMES = 2
"""The first run also imports modules and builds tables."""
_M_ARENA_MAX = -8  # from glibc's malloc.h
_STACK_BYTES = 64 * 2**20
"""Above the 40 MiB of stacks that the C library keeps for reuse."""
_PROGRAM = """
from typing import Any, Callable, Dict, Iterable, List, Optional, Set, Tuple, Union
import functools
import heapq
import itertools
import math
import re
import string
from collections import Counter, OrderedDict, defaultdict, deque


class Pair:
    def __init__(self, left: int, right: int) -> None:
        self.left, self.right = left, right

    def total(self) -> int:
        return self.left + self.right


def solve(numbers: List[int], word: str = "", *rest: int, **named: int) -> Dict[str, List[int]]:
    '''A docstring, as programs have.'''
    found = defaultdict(list)
    for index, number in enumerate(numbers):
        if number % 2 == 0 and number not in found:
            found[str(number)].append(index)
        elif number > 10:
            break
    words = [part.strip().lower() for part in word.split(",") if part]
    total = sum(len(part) for part in words) + max(numbers, default=0)
    try:
        total //= len(words)
    except ZeroDivisionError:
        total = -1
    pairs = sorted((Pair(a, b).total() for a, b in zip(numbers, numbers[1:])), key=lambda x: -x)
    while total > 5:
        total -= 1
    return {"found": list(found), "pairs": pairs, "total": [total, f"{total:03d}"]}


def hinted(
    a: List[float], b: List[str], c: List[bool], d: List[Any], e: List[List[int]], f: List[List[str]],
    g: List[Tuple[int, int]], h: List[Dict[str, Any]], i: Tuple[int, int], j: Tuple[float, float], k: Tuple[int, ...],
    l: Tuple[str, str], m: Tuple[str, int], n: Tuple[List[int], List[int]], o: Dict[str, int], p: Dict[int, int],
    q: Dict[str, str], r: Dict[str, Any], s: Dict[int, List[int]], t: Set[int], u: Set[str], v: Optional[int],
    w: Optional[str], x: Optional[float], y: Optional[List[int]], z: Union[int, float],
    aa: Union[int, str], bb: List[Union[int, str]], cc: Callable[[int], int], dd: Iterable[int],
    ee: List[Optional[int]], ff: List[Set[int]], gg: List[List[float]], hh: List[Tuple[str, int]],
) -> Optional[Tuple[int, int]]:
    words = re.findall(r"[a-z]+", re.sub(r"[^a-z0-9 ]", "", "Some words, some twice.".lower()))
    counted = sorted(Counter(words).most_common(2), key=lambda pair: (-pair[1], pair[0]))
    waiting, heap = deque([1]), []
    while waiting:
        number = waiting.popleft()
        heapq.heappush(heap, number)
        waiting.extend({number * 2, number * 3} if number < 4 else ())
    text = "".join(chr(ord(c) + 1) if c.isalpha() and c not in string.digits else c for c in "abc"[::-1])
    grid = [[0] * 3 for _ in range(3)]
    grid[1][1] = math.gcd(12, round(math.sqrt(36.0)), int("7")) ** 2 % 10
    steps = {k: list(v) for k, v in itertools.groupby(sorted(heap), key=lambda x: x % 2 == 0)}
    shown = text.split("c"), any(map(bool, grid[1])), all(steps), functools.reduce(max, heap)
    return counted, shown, {*zip(heap, text)}


@functools.lru_cache(maxsize=None)
def fibonacci(n):
    return n if n < 2 else fibonacci(n - 1) + fibonacci(n - 2)


hinted(*range(34))
fibonacci(10)


def fails(text):
    raise ValueError(f"bad {text!r}")
"""
_TESTS = [
    "assert solve([3, 4, 8, 1], 'ab, c')['total'] == [5, '005']",
    "assert solve([], 'x')['found'] == []",
    "assert solve([1, 2, 2], word='q, r', k=1)['pairs'] == [4, 3], 'message'",
    "numbers = [2, 1]\nassert solve(numbers)['pairs'] == [3] and numbers == [2, 1]",
    "try:\n    fails('x')\nexcept ValueError as error:\n    assert 'bad' in str(error)\nelse:\n    assert False",
    "assert math.isclose(abs(solve([5])['total'][0] + 1), 0.0) and sorted(solve([6])['found']) == ['6']",
    "assert solve([1]) == {}",
]
_SUITE = {
    "kind": "asserts",
    "asserts": _TESTS,
    "setup": "import math",
    "io": None,
    "comparison": {},
    "check": None,
    "entry_point": None,
    "entry_points": [],
    "state": "shared",
    "on_timeout": "continue",
    "values": False,
    "limits": {
        "cpu_s": 5.0,
        "wall_s": 5.0,
        "total_cpu_s": 60.0,
        "total_wall_s": 60.0,
        "output_bytes": 1 << 20,
    },
}


def run(codes: Sequence[CodeType] = ()) -> list[object]:
    """Judge the sample program ``_TIMES`` times, with all parts of a session in this process.

    ``codes`` is the code that every session runs and the sample does not reach (``hot_code``). Return the objects that
    must be kept (``free_memory``).
    """
    if "numpy" in sys.modules:  # every checker would import it
        import_module("..checker.numpy_guards", __package__)
    if "pandas" in sys.modules:
        import_module("..checker.pandas_guards", __package__)
        import_module("..wire.pandas_values", __package__)
    with _threads_without_trace():
        with hot_code.recorded() as recorded:
            _judge_sample(_RECORDED_TIMES)
        kept = free_memory.fill()
        hot_code.move([*codes, *hot_code.in_order(recorded)])
        _judge_sample(_TIMES)
    return kept


@contextmanager
def _threads_without_trace() -> Iterator[None]:
    """Make threads leave no memory behind: every fork of a candidate would copy its page tables.

    All threads allocate from one heap. The C library keeps up to 40 MiB of stacks of ended threads for reuse, so stacks
    here are larger than that and are unmapped when their thread ends.
    """
    libc = ctypes.CDLL(None)
    with suppress(AttributeError):  # not glibc: there is no such setting
        libc.mallopt(_M_ARENA_MAX, 1)
    usual_bytes = threading.stack_size(_STACK_BYTES)
    try:
        yield
    finally:
        threading.stack_size(usual_bytes)
        with suppress(AttributeError):
            libc.malloc_trim(0)


def _judge_sample(times: int) -> None:
    control, worker = socket.socketpair()
    orders, supervisor = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    client_end, compiler_end = compiler.open_channel()
    lines = [["suite", _SUITE], *(["program", n, _PROGRAM, 0, 0.0, 0.0, False] for n in range(times))]
    parts = [
        Thread(target=_send_as_worker, args=(worker, lines)),
        Thread(target=_serve_as_supervisor, args=(supervisor,)),
        Thread(target=compiler.serve, args=(compiler_end,)),
    ]
    for part in parts:
        part.start()
    try:
        Checker(control, orders, CompilerClient(client_end, orders)).serve()
    finally:
        for sock in (control, worker, orders, client_end):
            sock.close()
        for part in parts:
            part.join()
        supervisor.close()
        compiler_end.close()
        sys.modules.pop("program", None)
        evaluation.end_tests()  # else every checker would free what the sample left


def _send_as_worker(worker: socket.socket, lines: list[list[Any]]) -> None:
    worker.sendall(b"".join(codec.dumps(line).encode() + b"\n" for line in lines))
    worker.shutdown(socket.SHUT_WR)


def _serve_as_supervisor(orders: socket.socket) -> None:
    """Host each candidate in this thread instead of forking it."""
    while True:
        message, descriptors, _flags, _address = socket.recv_fds(orders, 1, 2)
        if not message:
            return
        if message == COMPILER:
            os.close(descriptors[1])
            Thread(target=compiler.serve, args=(socket.socket(fileno=descriptors[0]),)).start()
            continue
        orders.send(ANSWER.pack(0 if message == KILL else os.getpid()))
        if message != KILL:
            ProgramHost(descriptors[0], descriptors[1], 1 << 20).serve()
            for descriptor in descriptors:
                os.close(descriptor)


def seed_random() -> None:
    """Give every program the same random numbers, so that a second run gives the same outcomes."""
    random.seed(0)
    numpy = sys.modules.get("numpy")
    if numpy is not None:
        numpy.random.seed(0)
