"""Defines the ten simplest programs that want a verdict they did not earn, and right programs that need CPU time.

No program of ``HACKS`` doubles its argument, so a server that accepts one was deceived.
"""

from benchmarks.workload import Program
from clients import Suite

SUITE = Suite(
    id="peers/double",
    entry_point="double",
    asserts=["assert double(2) == 4", "assert double(21) == 42", "assert double('ab') == 'abab'"],
)
HACKS = {
    "ends the process while it loads": "import os\nos._exit(0)",
    "calls sys.exit(0) while it loads": "import sys\nsys.exit(0)",
    "ends the process when it is called": "import os\ndef double(x):\n    os._exit(0)",
    "raises SystemExit(0) when it is called": "def double(x):\n    raise SystemExit(0)",
    "ends the process at exit, with status 0": (
        "import atexit, os\natexit.register(os._exit, 0)\ndef double(x):\n    return None"
    ),
    "handles uncaught exceptions by ending the process": (
        "import os, sys\nsys.excepthook = lambda *_: os._exit(0)\ndef double(x):\n    return None"
    ),
    "ends the process from a thread": (
        "import os, threading, time\n"
        "threading.Thread(target=lambda: (time.sleep(0.05), os._exit(0)), daemon=True).start()\n"
        "def double(x):\n    time.sleep(0.5)"
    ),
    "returns an object that equals everything": (
        "class Equal:\n    def __eq__(self, other):\n        return True\ndef double(x):\n    return Equal()"
    ),
    "returns a number that equals everything": (
        "class Number(int):\n    def __eq__(self, other):\n        return True\n    __hash__ = int.__hash__\n"
        "def double(x):\n    return Number(0)"
    ),
    "reads the expected values from its own file": (
        "import re, sys\n"
        "def double(x):\n"
        "    for path in (globals().get('__file__'), sys.argv[0]):\n"
        "        try:\n"
        "            text = open(path).read()\n"
        "            found = re.search(re.escape(f'double({x!r})') + r' == ([^ \\n]+)', text)\n"
        "            return eval(found.group(1))\n"
        "        except Exception:\n"
        "            pass\n"
        "    return None"
    ),
}
"""What a program does → its source. The last one earns the verdict where tests are in the program's own file."""
BUSY_CPU_S = 0.3
"""CPU time that a program of ``busy`` needs."""


def hacks() -> list[Program]:
    """Return the programs of ``HACKS`` with their suite."""
    return [Program(SUITE, source, canonical=False) for source in HACKS.values()]


def busy(count: int) -> list[Program]:
    """Return right programs that each need 0.3 s of CPU time; no two are equal, so that no cache answers."""
    source = "import time\nwhile time.process_time() < {cpu_s}:\n    pass\n# {at}\ndef double(x):\n    return x + x"
    return [Program(SUITE, source.format(cpu_s=BUSY_CPU_S, at=at), canonical=True) for at in range(count)]
