"""Checks that a sandbox judges correctly and isolates programs.

Run by tests, at worker start and by ``acecoder doctor``.

Each check judges a small program that attempts something, and compares its outcome with the expected one. The list is
the contract of a backend: a worker whose sandbox fails a check takes no work.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from clients.contract import IsolationProfile, Limits, Outcome, Suite
from services.executor.sandbox import Rules, Sandbox, SandboxFault

_LIMITS = Limits(
    cpu_s=0.2,
    wall_s=0.5,
    total_cpu_s=0.6,
    total_wall_s=2.0,
    memory_bytes=64 * 2**20,
    output_bytes=2**16,
    processes=8,
)
"""Small, so that every check ends soon. A probe that does nothing special needs a hundredth of them."""
_LIMITS_WHEN_BUSY = _LIMITS.model_copy(
    update={"cpu_s": 2.0, "wall_s": 10.0, "total_cpu_s": 6.0, "total_wall_s": 20.0}
)
"""For a second try: on a very busy machine, a probe that starts processes ran out of the small ones."""


@dataclass(frozen=True, slots=True)
class Check:
    """The result of one check."""

    name: str
    """The behaviour that was checked, in a few words."""
    ok: bool
    """Whether the sandbox has this behaviour."""
    message: str = ""
    """If not: the outcome that was seen and what a user can do, in one sentence."""


@dataclass(frozen=True, slots=True)
class _Behaviour:
    name: str
    program: str
    expected: Outcome
    fix: str
    test: str = "assert probe() == 'kept'"


_NOT_ISOLATED = "use the nsjail backend, or run the worker where namespaces are allowed"
_BEHAVIOURS = (
    _Behaviour(
        "a right answer passes",
        "def probe(): return 'kept'",
        Outcome.PASSED,
        "programs cannot run in the jail at all: read the worker's log",
    ),
    _Behaviour(
        "a wrong answer fails",
        "def probe(): return 'broken'",
        Outcome.WRONG_ANSWER,
        "verdicts cannot be trusted: do not use this installation",
    ),
    _Behaviour(
        "an always-equal object does not pass",
        "class Yes:\n    def __eq__(self, other): return True\ndef probe(): return Yes()",
        Outcome.WRONG_ANSWER,
        "verdicts cannot be trusted: do not use this installation",
    ),
    _Behaviour(
        "leaving with exit code 0 does not pass",
        "import os\ndef probe(): os._exit(0)",
        Outcome.RUNTIME_ERROR,
        "verdicts cannot be trusted: do not use this installation",
    ),
    _Behaviour(
        "an endless loop is stopped",
        "def probe():\n    while True: pass",
        Outcome.TIME_LIMIT,
        "the kernel's process CPU clocks cannot be read here",
    ),
    _Behaviour(
        "an endless sleep is stopped",
        "import time\ndef probe(): time.sleep(1000)",
        Outcome.TIME_LIMIT,
        "the wall-time backstop does not work: read the worker's log",
    ),
    _Behaviour(
        "memory is limited",
        "def probe():\n    block = bytearray(512 * 2**20)\n    return 'kept'",
        Outcome.MEMORY_LIMIT,
        "address-space limits (RLIMIT_AS) do not hold here",
    ),
    _Behaviour(
        "host files are out of reach",
        "import os\ndef probe():\n"
        "    seen = [p for p in ('/etc/passwd', '/etc/shadow', '/root', '/home', '/proc/1/environ', '/sys', '/var')\n"
        "            if os.path.exists(p)]\n"
        "    return ' '.join(seen) or 'kept'",
        Outcome.PASSED,
        _NOT_ISOLATED,
    ),
    _Behaviour(
        "only the scratch folder can be written",
        "import os\ndef probe():\n"
        "    for place in ('/', '/usr/lib', '/acecoder', '/dev'):\n"
        "        try:\n            open(os.path.join(place, 'x'), 'w').close()\n            return place\n"
        "        except OSError: pass\n"
        "    open('planted', 'w').write('x')\n    return 'kept'",
        Outcome.PASSED,
        _NOT_ISOLATED,
    ),
    _Behaviour(
        "the scratch folder is empty for the next program",
        "import os\ndef probe(): return ' '.join(os.listdir(os.getcwd())) or 'kept'",
        Outcome.PASSED,
        _NOT_ISOLATED,
    ),
    _Behaviour(
        "there is no network",
        "import socket\ndef probe():\n"
        "    try:\n        socket.socket().connect(('127.0.0.1', 6379))\n        return 'connected'\n"
        "    except ConnectionRefusedError: return 'loopback is up'\n"
        "    except OSError: return 'kept'",
        Outcome.PASSED,
        _NOT_ISOLATED,
    ),
    _Behaviour(
        "other processes are out of sight",
        "import os\ndef probe(): return 'kept' if os.getpid() == 1 else f'pid {os.getpid()}'",
        Outcome.PASSED,
        _NOT_ISOLATED,
    ),
    _Behaviour(
        "the program cannot become root",
        "import os\ndef probe():\n"
        "    try: os.setuid(0)\n    except OSError: return 'kept'\n    return f'uid {os.getuid()}'",
        Outcome.PASSED,
        _NOT_ISOLATED,
    ),
    _Behaviour(
        "the environment is empty",
        "import os, __main__\ndef probe():\n"
        "    ours = {'PYTHONHASHSEED', 'LC_ALL', 'LC_CTYPE', 'TZ', 'HOME'} | __main__.set_by_modules\n"
        "    return ' '.join(set(os.environ) - ours) or 'kept'",
        Outcome.PASSED,
        _NOT_ISOLATED,
    ),
    _Behaviour(
        "dangerous system calls are refused",
        "import ctypes\ndef probe():\n"
        "    libc = ctypes.CDLL(None, use_errno=True)\n"
        "    return 'kept' if libc.unshare(0x10000000) == -1 and libc.socket(1, 1, 0) == -1 else 'allowed'",
        Outcome.PASSED,
        "there is no system-call table for this processor yet (only for x86-64 and aarch64), or "
        + _NOT_ISOLATED,
    ),
    _Behaviour(
        "processes are limited",
        "import os, time\ndef probe():\n"
        "    for started in range(64):\n"
        "        try:\n            if os.fork() == 0:\n                time.sleep(100)\n"
        "        except OSError: return 'kept'\n"
        "    return 'broken'",
        Outcome.PASSED,
        "limits on processes do not hold here; " + _NOT_ISOLATED,
    ),
)
_NO_LANDLOCK = "Landlock or the system-call filter does not hold here: do not use this backend"
_WITHOUT_NAMESPACES = {
    "host files are out of reach": _Behaviour(
        "host files cannot be opened",
        "import os\ndef probe():\n"
        "    seen = []\n"
        "    for p in ('/etc/passwd', '/', '/home', '/tmp', '/proc', '/sys', '/var', '/proc/self/status', '/bin/sh'):\n"
        "        try:\n            os.close(os.open(p, os.O_RDONLY))\n            seen.append(p)\n"
        "        except OSError: pass\n"
        "    for p in ('/tmp/x', '/var/tmp/x', '/dev/shm/x'):\n"
        "        try:\n            os.close(os.open(p, os.O_WRONLY | os.O_CREAT))\n            seen.append(p)\n"
        "        except OSError: pass\n"
        "    return ' '.join(seen) or 'kept'",
        Outcome.PASSED,
        _NO_LANDLOCK,
    ),
    "other processes are out of sight": _Behaviour(
        "other processes are out of reach",
        "import os, resource\ndef probe():\n"
        "    parent = os.getppid()\n"
        "    for reach in (lambda: os.kill(parent, 0), lambda: open(f'/proc/{parent}/mem'),\n"
        "                  lambda: os.readlink(f'/proc/{parent}/cwd'), lambda: os.pidfd_open(parent),\n"
        "                  lambda: resource.prlimit(parent, resource.RLIMIT_CPU), os.fork,\n"
        "                  lambda: os.execv('/bin/sh', ['sh'])):\n"
        "        try: reach()\n        except OSError: continue\n        return 'reached'\n"
        "    return 'kept'",
        Outcome.PASSED,
        _NO_LANDLOCK,
    ),
}
"""Name → what is checked in its place where programs share the host's files and process ids (profile D)."""


def run(sandbox: Sandbox) -> Iterator[Check]:
    """Yield the result of each check; takes a second or two. Ends early if the jail itself fails."""
    replaced = _WITHOUT_NAMESPACES if sandbox.profile is IsolationProfile.D else {}
    for behaviour in (replaced.get(behaviour.name, behaviour) for behaviour in _BEHAVIOURS):
        check, jail_failed = _check(sandbox, behaviour)
        yield check
        if jail_failed:
            return


def _check(sandbox: Sandbox, behaviour: _Behaviour) -> tuple[Check, bool]:
    """Return the check, and whether the jail itself failed."""
    for limits in (_LIMITS, _LIMITS_WHEN_BUSY):
        suite = Suite(id="selfcheck", asserts=[behaviour.test])
        try:
            judgements = list(sandbox.judge(suite, [behaviour.program], Rules(limits)))
            fault = judgements[0].fault
        except SandboxFault as error:
            fault = str(error)
        if fault:
            return Check(behaviour.name, ok=False, message=fault), True
        result = judgements[0].tests[0]
        if result.outcome is behaviour.expected:
            return Check(behaviour.name, ok=True), False
        if result.outcome is not Outcome.TIME_LIMIT:
            break
    message = (
        f"expected {behaviour.expected.value}, saw {result.outcome.value} ({result.message}): {behaviour.fix}"
    )
    return Check(behaviour.name, ok=False, message=message), False
