"""Writes the programs that ``same_bits`` judges repeatedly: at, near and far from every limit, honest and hostile.

``same_bits`` measures through the service how much work a CPU second of this machine does, before the programs are
written. Each program has its own suite. Judges nothing.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from benchmarks.workload import Program
from clients.contract import IoTest, Limits, Suite

CPU_S = 0.4
"""Long compared with the few milliseconds of overhead per program, short enough to be judged often."""
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
"""CPU times of programs, as shares of the CPU limit. The largest stay above the limit on a machine that becomes 1.5
times as fast as it was at first."""
MARGIN = (0.81, 1.19)
"""Between these shares of the CPU limit no outcome is promised: docs/semantics.md."""

_WORK = {
    "arithmetic": "    t = 0\n    for i in range({n}):\n        t += i * i % 7\n",
    "strings": "    t = []\n    for i in range({n}):\n        t.append(str(i))\n        if i % 4096 == 0: t = []\n",
}
"""Two kinds of work, which load on the machine slows down by different factors."""


@dataclass(frozen=True, slots=True)
class Case:
    """A program, with the class of programs that it belongs to."""

    kind: str
    """The class, by which the table of ``same_bits`` is grouped."""
    program: Program
    promised: bool = True
    """Whether its outcome must be the same in every run."""
    work: str = ""
    """The kind of its work, if its CPU time decides."""
    share: float = 0.0
    """The share of the CPU limit that its work was meant to need; 0: CPU time does not decide its outcome."""


def working_program(kind: str, rounds: int) -> str:
    """Return a function ``f`` that does work and then returns the right value."""
    return "def f(x):\n" + _WORK[kind].format(n=rounds) + "    return x + 1\n"


def make_suite(name: str, *tests: str) -> Suite:
    """Return a suite with this name; the default is one assert."""
    return Suite(id=name, asserts=list(tests or ("assert f(1) == 2",)), entry_point="f")


def probes(rounds: int, times: int) -> list[tuple[str, Program]]:
    """Return programs whose CPU seconds are measured to calibrate work; all differ, so that each is judged."""
    return [
        (
            kind,
            Program(make_suite(f"probe {kind}"), f"# {n}\n" + working_program(kind, rounds), canonical=True),
        )
        for kind in _WORK
        for n in range(times)
    ]


def cases(honest: list[Program], rounds_of: Callable[[str, float], int]) -> list[Case]:
    """Return all cases; ``rounds_of(kind, cpu_s)`` returns how many rounds of a kind of work use ``cpu_s``."""
    return [
        *(Case("honest", program) for program in honest),
        *_cpu(rounds_of),
        *_memory(rounds_of),
        *_output(),
        *_sleeping(),
        *_hostile(),
    ]


def update_promises(cases: Sequence[Case], factors: Mapping[str, float]) -> list[Case]:
    """Return the cases with ``promised`` corrected by newer measurements of the machine.

    Work of a kind needs ``factors[kind]`` times the CPU time that was measured when the cases were written.
    """
    return [
        replace(case, promised=_is_promised(case.share * factors[case.work])) if case.share else case
        for case in cases
    ]


def _is_promised(share: float) -> bool:
    return not MARGIN[0] < share < MARGIN[1]


def _cpu(rounds_of: Callable[[str, float], int]) -> Iterator[Case]:
    for share in SHARES:
        for kind in _WORK:
            text = working_program(kind, rounds_of(kind, share * CPU_S))
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
    # These reach the memory limit and the CPU limit at about the same time.
    slowly = f"def f(x):\n    held = []\n    while True:\n        held.append(bytearray({LIMITS.memory_bytes // 20}))\n"
    for share in (0.3, 0.7, 0.95, 1.0):  # filling the memory needs another third of the CPU limit
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


def _sleeping() -> Iterator[Case]:
    for wall_s in (0.3, 1.5, 2.2, 9.0, 1e9):
        text = f"import time\n\ndef f(x):\n    time.sleep({wall_s})\n    return x + 1\n"
        yield _case("sleeping", f"{wall_s:g} s", text)


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
    return Case(kind, Program(make_suite(f"{kind}: {name}", *tests), text, canonical=False), promised)
