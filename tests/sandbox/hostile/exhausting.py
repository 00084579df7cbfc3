"""Taking more than their share: processes, threads, memory, disk, descriptors, text."""

from tests.sandbox.hostile import FAILS, SQUARES, Hostile

_LIMITED = FAILS | {"time_limit", "memory_limit", "output_limit", "not_run"}
_SHORT = {"wall_s": 0.7}


def _when_asked(name: str, body: str, *tests: str, **limits: float) -> Hostile:
    program = f"import os, sys, threading, time\ndef f(*args):\n    {body}\n    return 5\n"
    return Hostile(name, program, tests or SQUARES[:1], _LIMITED, {**_SHORT, **limits})


PROGRAMS = [
    _when_asked("a fork bomb", "while True:\n        try: os.fork()\n        except OSError: pass"),
    _when_asked(
        "forks that sleep",
        "for _ in range(200):\n        try:\n            if os.fork() == 0: time.sleep(1000)\n        except OSError: break",
    ),
    _when_asked(
        "forks in their own sessions",
        "for _ in range(50):\n        try:\n            if os.fork() == 0:\n                os.setsid()\n                time.sleep(1000)\n        except OSError: break",
    ),
    _when_asked(
        "children that spin",
        "for _ in range(6):\n        if os.fork() == 0:\n            while True: pass\n    time.sleep(1000)",
    ),
    _when_asked(
        "children that eat memory",
        "for _ in range(6):\n        if os.fork() == 0:\n            block = bytearray(80 << 20)\n            time.sleep(1000)\n    time.sleep(1000)",
    ),
    _when_asked(
        "a thread bomb", "while True: threading.Thread(target=time.sleep, args=(1000,), daemon=True).start()"
    ),
    _when_asked("all descriptors", "while True: os.pipe()"),
    _when_asked(
        "the scratch filled",
        "with open('/tmp/big', 'wb') as file:\n        while True: file.write(bytes(1 << 20))",
    ),
    _when_asked(
        "the scratch filled by many",
        "n = 0\n    while True:\n        n += 1\n        with open(f'/tmp/{n % 9}', 'ab') as file: file.write(bytes(1 << 22))",
    ),
    _when_asked(
        "all inodes", "n = 0\n    while True:\n        n += 1\n        open(f'/tmp/{n}', 'w').close()"
    ),
    _when_asked("memory at once", "return bytearray(1 << 40)"),
    _when_asked("memory bit by bit", "got = []\n    while True: got.append(bytearray(1 << 20))"),
    _when_asked(
        "memory through mmap", "import mmap\n    got = []\n    while True: got.append(mmap.mmap(-1, 1 << 24))"
    ),
    _when_asked("a giant exception", "raise ValueError('x' * (1 << 24))"),
    _when_asked(
        "an exception that is slow to print",
        "class E(Exception):\n        def __str__(self):\n            while True: pass\n    raise E",
    ),
    _when_asked(
        "an exception that leaves when printed",
        "class E(Exception):\n        def __str__(self): os._exit(0)\n        __repr__ = __str__\n    raise E",
    ),
    _when_asked(
        "an exception about an object that hangs",
        "class O:\n        def __repr__(self):\n            while True: pass\n    raise ValueError(O(), [O()])",
    ),
    _when_asked(
        "an exception about an object that leaves",
        "class O:\n        def __repr__(self): sys.exit(0)\n        __str__ = __repr__\n    raise ValueError(O())",
    ),
    _when_asked(
        "a repr that hangs",
        "class O:\n        def __repr__(self):\n            while True: pass\n    return [O()]",
    ),
    _when_asked(
        "a repr that leaves", "class O:\n        def __repr__(self): os._exit(0)\n    return {'k': [O()]}"
    ),
    _when_asked(
        "a repr that raises what ends programs",
        "class O:\n        def __repr__(self): raise KeyboardInterrupt\n    return [O()]",
    ),
    _when_asked("a repr bomb", "x = 'x'\n    for _ in range(40): x = [x, x]\n    return x"),
    _when_asked("a giant int", "return 1 << (1 << 27)"),
    _when_asked("a giant string", "return 'x' * (1 << 26)"),
    _when_asked(
        "a range without end",
        "return range(10 ** 30)",
        "assert f(2) == 4",
        "assert list(f(2)) == [4]",
        "assert len(f(2)) == 4",
    ),
    _when_asked("a million objects", "class O: pass\n    return [O() for _ in range(10 ** 6)]"),
    _when_asked(
        "objects without end",
        "class O:\n        def __iter__(self): return self\n        def __next__(self): return O()\n    return O()",
        "assert list(f(2)) == [4]",
        "assert 4 in f(2)",
    ),
    _when_asked(
        "a generator of generators",
        "g = lambda: (g() for _ in iter(int, 1))\n    return g()",
        "for x in f(2):\n    for y in x:\n        assert y is not None",
    ),
    _when_asked(
        "an answer that calls back for ever",
        "return args[0](args[0])",
        "def again(g): return f(again)\nassert f(again) == 4",
    ),
    _when_asked(
        "a million classes by name",
        "class O: pass\n    return [type(f'C{i}', (), {})() for i in range(900)]",
        "assert f(2) == [4]",
    ),
    _when_asked(
        "deep recursion in C",
        "import json\n    x = []\n    for _ in range(10 ** 6): x = [x]\n    sys.setrecursionlimit(10 ** 9)\n    return json.dumps(x)",
    ),
    _when_asked(
        "endless recursion without a limit",
        "sys.setrecursionlimit(10 ** 9)\n    g = lambda: g()\n    return g()",
    ),
    _when_asked(
        "an endless regular expression", "import re\n    return re.match('(a|aa)+$', 'a' * 60 + 'b')"
    ),
    _when_asked(
        "ignores every signal",
        "import signal\n    for n in range(1, 65):\n        try: signal.signal(n, signal.SIG_IGN)\n        except (OSError, ValueError): pass\n    while True: pass",
    ),
    _when_asked(
        "stops itself", "import signal\n    os.kill(os.getpid(), signal.SIGSTOP)\n    time.sleep(1000)"
    ),
    _when_asked("locks itself", "lock = threading.Lock()\n    lock.acquire()\n    lock.acquire()"),
    _when_asked(
        "burns in threads while it waits",
        "def burn():\n        while True: pass\n    for _ in range(3): threading.Thread(target=burn, daemon=True).start()\n    time.sleep(1000)",
    ),
]
