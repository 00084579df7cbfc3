"""Programs at, near and far from every limit, honest and hostile: what ``same_bits`` judges over and over.

How much work a CPU second is worth is asked of the service itself, on this machine, before the programs are written.
Each program has a suite of its own. Judges nothing.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from benchmarks.workload import Program
from clients.contract import IoTest, Limits, Suite

CPU_S = 0.4
"""Long beside the few milliseconds that are not the program's own work, short enough to be judged often."""
LIMITS = Limits(
    cpu_s=CPU_S,
    wall_s=3.0,
    total_cpu_s=3 * CPU_S,
    total_wall_s=6.0,
    memory_bytes=256 * 2**20,
    output_bytes=2**16,
)
ROOMY = LIMITS.model_copy(update={"cpu_s": 10.0, "total_cpu_s": 10.0})
SHARES = (0.5, 0.8, 0.95, 0.99, 1.01, 1.05, 1.2, 1.3, 1.6, 2.0)
"""Of the CPU limit. The largest stay above it on a machine that is half as fast again as it was at first."""
MARGIN = (0.81, 1.19)
"""Shares between which no outcome is promised: docs/semantics.md."""

_WORK = {
    "arithmetic": "    t = 0\n    for i in range({n}):\n        t += i * i % 7\n",
    "strings": "    t = []\n    for i in range({n}):\n        t.append(str(i))\n        if i % 4096 == 0: t = []\n",
}
"""Two kinds of work, which neighbours slow down by different amounts."""


@dataclass(frozen=True, slots=True)
class Case:
    """One program of a class."""

    kind: str
    program: Program
    promised: bool = True
    """Whether its outcome may not differ."""
    work: str = ""
    share: float = 0.0
    """Of the CPU limit that its work was to need when it was written; 0: not a matter of CPU time."""


def work(kind: str, rounds: int) -> str:
    """Return a function ``f`` that works and then is right."""
    return "def f(x):\n" + _WORK[kind].format(n=rounds) + "    return x + 1\n"


def asserts(name: str, *tests: str) -> Suite:
    """Return a suite with a name of its own."""
    return Suite(id=name, asserts=list(tests or ("assert f(1) == 2",)), entry_point="f")


def probes(rounds: int, times: int) -> list[tuple[str, Program]]:
    """Programs whose CPU seconds say what work costs; distinct, or they would be judged once."""
    return [
        (kind, Program(asserts(f"probe {kind}"), f"# {n}\n" + work(kind, rounds), canonical=True))
        for kind in _WORK
        for n in range(times)
    ]


def cases(honest: list[Program], rounds_of: Callable[[str, float], int]) -> list[Case]:
    """Everything; ``rounds_of`` says how many rounds of a kind of work use so many CPU seconds."""
    return [
        *(Case("honest", program) for program in honest),
        *_cpu(rounds_of),
        *_memory(rounds_of),
        *_output(),
        *_sleepers(),
        *_hostile(),
    ]


def settled(cases: Sequence[Case], less: Mapping[str, float]) -> list[Case]:
    """Return the cases with what is promised of them, now that work is known to need ``less[kind]`` times what it was
    thought to when they were written.
    """
    return [
        replace(case, promised=_is_promised(case.share * less[case.work])) if case.share else case
        for case in cases
    ]


def _is_promised(share: float) -> bool:
    return not MARGIN[0] < share < MARGIN[1]


def _cpu(rounds_of: Callable[[str, float], int]) -> Iterator[Case]:
    for share in SHARES:
        for kind in _WORK:
            text = work(kind, rounds_of(kind, share * CPU_S))
            case = _case(f"CPU at {share:.0%} of the limit", kind, text, promised=_is_promised(share))
            yield replace(case, work=kind, share=share)
    yield _case("endless", "one test", "def f(x):\n    while True: pass\n")
    yield _case("endless", "four tests", "def f(x):\n    while True: pass\n", *["assert f(1) == 2"] * 4)
    yield _case("endless", "while loading", "while True: pass\n")
    sometimes = "def f(x):\n    while x == 2: pass\n    return x + 1\n"
    yield _case("endless", "one of three", sometimes, *(f"assert f({x}) == {x + 1}" for x in (1, 2, 3)))


def _memory(rounds_of: Callable[[str, float], int]) -> Iterator[Case]:
    for share in (0.5, 0.9, 1.1, 4.0):
        size = int(share * LIMITS.memory_bytes)
        text = f"def f(x):\n    held = bytearray({size})\n    return x + 1\n"
        yield _case("memory around the limit", f"{share:.0%}", text)
    grows = "def f(x):\n    held = []\n    while True:\n        held.append(bytearray(10**5))\n"
    yield _case("memory around the limit", "grows", grows)
    # It meets both of its limits at about the same time.
    slowly = f"def f(x):\n    held = []\n    while True:\n        held.append(bytearray({LIMITS.memory_bytes // 20}))\n"
    for share in (0.3, 0.7, 0.95, 1.0):  # and a third of its limit for filling the memory
        rounds = rounds_of("arithmetic", share * CPU_S / 19)
        text = slowly + f"        for i in range({rounds}): i * i % 7\n"
        yield _case("memory at the CPU limit", f"{share:.0%}", text, promised=share == 0.3)


def _output() -> Iterator[Case]:
    cap = LIMITS.output_bytes
    for size in (cap - 1, cap, cap + 1, 2 * cap):
        suite = Suite(id=f"prints {size}", io=[IoTest(stdin="", stdout="x" * size)])
        text = f"import sys\nsys.stdout.write('x' * {size})\n"
        yield Case("output around the limit", Program(suite, text, canonical=False))
        yield _case("output around the limit", f"returns {size}", f"def f(x): return 'x' * {size - 64}\n")


def _sleepers() -> Iterator[Case]:
    for wall_s in (0.3, 1.5, 2.2, 9.0, 1e9):
        text = f"import time\n\ndef f(x):\n    time.sleep({wall_s})\n    return x + 1\n"
        yield _case("sleepers", f"{wall_s:g} s", text)


def _hostile() -> Iterator[Case]:
    for name, body in {
        "leaves": "    os._exit(0)\n",
        "kills itself": "    os.kill(os.getpid(), 9)\n",
        "aborts": "    os.abort()\n",
        "closes its channel": "    os.close(3)\n    while True: pass\n",
        "forks and waits": "    for n in range(4):\n        if os.fork() == 0: time.sleep(99)\n    return x + 1\n",
        "forks without end": "    while True: os.fork()\n",
        "recurses": "    return f(x)\n",
        "always equal": "    class E(int):\n        def __eq__(self, other): return True\n    return E()\n",
        "raises without end": "    raise ValueError('x' * 10**6)\n",
        "blocks signals": "    signal.pthread_sigmask(signal.SIG_BLOCK, range(1, 65))\n    while True: pass\n",
        "threads": "    for n in range(99): threading.Thread(target=time.sleep, args=(99,), daemon=True).start()\n",
    }.items():
        yield _case("hostile", name, f"import os, signal, threading, time\n\ndef f(x):\n{body}")


def _case(kind: str, name: str, text: str, *tests: str, promised: bool = True) -> Case:
    return Case(kind, Program(asserts(f"{kind}: {name}", *tests), text, canonical=False), promised)
