"""What the warm parent does before its first fork, so that no candidate has to: the first of everything.

An interpreter adapts its code as it runs and builds tables on first use. Done in a candidate, each of these
writes copies a page of its parent's memory, again for every candidate; done here, once. The programs of the
rehearsal are constants of this module.
"""

import os
import socket
import sys
from threading import Thread

from . import compiler, wire
from .candidate import Host
from .checker import Checker
from .compiler import Compiler
from .orders import ANSWER, COMPILER, KILL

_TIMES = 40
"""Well past the number of runs after which CPython has adapted a piece of code."""
_PROGRAM = """
from typing import Dict, List, Optional
import math
import re
from collections import Counter, defaultdict


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


def fails(text):
    raise ValueError(f"bad {text!r}")
"""
_TESTS = [
    "assert solve([3, 4, 8, 1], 'ab, c')['total'] == [4, '004']",
    "assert solve([], 'x')['found'] == []",
    "assert solve([1, 2, 2], word='q, r', k=1)['pairs'] == [4, 3], 'message'",
    "numbers = [2, 1]\nassert solve(numbers)['pairs'] == [3] and numbers == [2, 1]",
    "try:\n    fails('x')\nexcept ValueError as error:\n    assert 'bad' in str(error)\nelse:\n    assert False",
    "assert math.isclose(abs(solve([5])['total'][0] - 5), 0.0) and sorted(solve([6])['found']) == ['6']",
    "assert solve([1]) == {}",
]
_SUITE = {
    "asserts": _TESTS,
    "setup": "import math",
    "io": None,
    "comparison": {},
    "check": None,
    "entry_point": None,
    "state": "shared",
    "on_timeout": "continue",
    "limits": {
        "cpu_s": 5.0,
        "wall_s": 5.0,
        "total_cpu_s": 60.0,
        "total_wall_s": 60.0,
        "output_bytes": 1 << 20,
    },
}


def rehearse() -> None:
    """Judge the sample program over and over, all parts of a session played in this process."""
    control, worker = socket.socketpair()
    orders, warden = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    asks, answers = compiler.channel()
    lines = [["suite", _SUITE], *(["program", n, _PROGRAM, 0, 0.0, 0.0, False] for n in range(_TIMES))]
    worker.sendall(b"".join(wire.dumps(line).encode() + b"\n" for line in lines))
    worker.shutdown(socket.SHUT_WR)
    parts = [Thread(target=_play_warden, args=(warden,)), Thread(target=compiler.serve, args=(answers,))]
    for part in parts:
        part.start()
    try:
        Checker(control, orders, Compiler(asks, orders)).serve()
    finally:
        for sock in (control, worker, orders, asks):
            sock.close()
        for part in parts:
            part.join()
        warden.close()
        answers.close()
        sys.modules.pop("program", None)


def _play_warden(orders: socket.socket) -> None:
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
            Host(descriptors[0], descriptors[1], 1 << 20).serve()
            for descriptor in descriptors:
                os.close(descriptor)
