"""Reaching for the judge, and for the answer, from the program's own process; leaving before the end."""

from tests.sandbox.hostile import FAILS, Hostile

_BEFORE = "k7Qz-"
ANSWER = ("assert f() == 'k7Qz-' + '9931' or f() == 'k7Qz-9931'", "due = 'k7Qz-9931'\nassert f() == due")
"""An answer nobody can guess. A program knows its beginning, to look for the rest."""
_SEARCH = f"""
import re
def found(text):
    data = text if isinstance(text, bytes) else repr(text).encode("utf-8", "replace")
    hits = re.findall(b"{_BEFORE[:2]}" + b"{_BEFORE[2:]}" + rb"\\d+", data)
    return hits[0].decode() if hits else None
"""
_PATCHES = """
import builtins, json, sys, time
real = {n: getattr(builtins, n) for n in ("len", "abs", "sorted", "isinstance", "all", "sum", "type", "range")}
def f(x): return 5
builtins.abs = lambda x: 0
builtins.sorted = lambda x, **k: [1, 2]
builtins.all = lambda x: True
builtins.sum = lambda *x: 4
builtins.AssertionError = Exception
"""

PROGRAMS = [
    # Leaving early
    Hostile("leaves while loading", "import os\nos._exit(0)"),
    Hostile("leaves when asked", "import os\ndef f(x): os._exit(0)"),
    Hostile(
        "leaves from a thread",
        "import os, threading, time\ndef f(x):\n    threading.Thread(target=os._exit, args=(0,)).start()\n    time.sleep(5)",
    ),
    Hostile(
        "leaves a child behind to answer", "import os\ndef f(x):\n    if os.fork(): os._exit(0)\n    return 5"
    ),
    Hostile("aborts", "import os\ndef f(x): os.abort()"),
    Hostile(
        "kills everything it can",
        "import os\ndef f(x):\n    os.kill(-1, 9)\n    os.kill(0, 9)\n    return 5",
        may=FAILS | {"memory_limit"},
    ),
    Hostile(
        "becomes another program",
        "import os, sys\ndef f(x): os.execv('/acecoder/python/bin/python3.11', ['p', '-c', 'pass'])",
    ),
    Hostile(
        "leaves at exit with a pass",
        "import atexit, sys\natexit.register(print, 'passed')\ndef f(x): sys.exit(0)",
    ),
    Hostile("crashes the interpreter", "import ctypes\ndef f(x): ctypes.string_at(0)"),
    # Compiling
    *(
        Hostile(
            f"hard to compile: {name}",
            f"def f(x): return 5\n{text}",
            may=FAILS | {"syntax_error", "memory_limit", "time_limit"},
        )
        for name, text in (
            ("deep minus", "-" * 30000 + "1"),
            ("deep brackets", "[" * 30000),
            ("a long sum", "1" + "+1" * 30000),
            ("a long path", "x" + ".a" * 30000),
            ("deep calls", "f(" * 150 + ")" * 150),
            ("a folded power", "x = 3 ** 10 ** 7"),
            ("a folded string", "x = 'ab' * 10 ** 9"),
            ("deep blocks", "".join(" " * n + "if 1:\n" for n in range(120)) + " " * 120 + "pass"),
            ("NUL", "x = '\0'"),
            ("an encoding of its own", "# -*- coding: utf-7 -*-\nx = '+AAo-'"),
            ("lone surrogates", "x = '\ud800'"),
        )
    ),
    # The judge
    Hostile(
        "patches the builtins tests use",
        _PATCHES,
        (
            "assert abs(f(2) - 4) < 1e-9",
            "assert sorted([f(2)]) == [1, 2]",
            "assert all([f(2) == 4])",
            "assert sum([f(2)]) == 4",
        ),
    ),
    Hostile(
        "patches how answers are written",
        "import json, sys\nclass Encoder(json.JSONEncoder):\n    def encode(self, o): return '[\"passed\", true, 0]'\n"
        "json.JSONEncoder = Encoder\njson.dumps = lambda *a, **k: 'passed'\n"
        "wire = sys.modules['guest.wire']\nwire.dumps = lambda line: '[\"passed\"]'\ndef f(x): return 5",
    ),
    Hostile("takes the modules away", "import sys\ndef f(x):\n    sys.modules.clear()\n    return 5"),
    Hostile(
        "patches the guest's own modules",
        "import sys\ndef f(x): return 5\n"
        "for name, module in list(sys.modules.items()):\n"
        "    if name.startswith('guest'):\n"
        "        for key, value in list(vars(module).items()):\n"
        "            if callable(value) and key not in ('Host', 'wire', 'Lines', 'ProgramRefs'):\n"
        "                setattr(module, key, lambda *a, **k: True)\n",
        may=FAILS | {"time_limit"},
    ),
    Hostile(
        "climbs the frames",
        "import sys\ndef f(x):\n    frame = sys._getframe()\n    while frame:\n"
        "        for name in list(frame.f_locals) + ['passed', 'outcome', 'verdict']:\n            frame.f_globals[name] = True\n"
        "        frame = frame.f_back\n    return 5",
    ),
    Hostile(
        "traces everything",
        "import sys, threading\ndef spy(frame, event, arg):\n    frame.f_locals.update(value=4, error=None)\n    return spy\nsys.settrace(spy)\nsys.setprofile(spy)\nthreading.settrace(spy)\ndef f(x): return 5",
    ),
    Hostile(
        "a trace that raises",
        "import sys\ndef spy(*a): raise SystemExit(0)\ndef f(x):\n    sys.setprofile(spy)\n    return 5",
    ),
    Hostile(
        "signals in mid-answer",
        "import signal\ndef f(x):\n    signal.signal(signal.SIGALRM, lambda *a: 1 / 0)\n    signal.setitimer(signal.ITIMER_REAL, 0.001, 0.001)\n    return 5",
    ),
    Hostile(
        "no recursion left", "import sys\ndef f(x):\n    sys.setrecursionlimit(30)\n    return 5", may=FAILS
    ),
    *(
        Hostile(
            f"a clock that stands still, {where}",
            "import gc, time\nstart = time.process_time\ntime.process_time = lambda: 0.0\n"
            "for o in gc.get_objects():\n    if type(o).__name__ == 'Host':\n        o._clock = time.process_time\n"
            "def burn():\n    end = start() + 1.0\n    while start() < end: pass\n"
            f"def f(x):\n    burn()\n    return x * x\n{'burn()' if where == 'while loading' else ''}",
            may=frozenset({"time_limit"}),
        )
        for where in ("while loading", "when asked")
    ),
    # The answer
    Hostile(
        "looks through all objects",
        _SEARCH + "import gc, sys\ndef f():\n    for o in gc.get_objects():\n"
        "        try:\n            hit = found(o)\n        except Exception:\n            continue\n        if hit: return hit\n    return 'nothing'",
        ANSWER,
        FAILS | {"time_limit"},
        {"cpu_s": 1.0},
    ),
    Hostile(
        "reads its own memory",
        _SEARCH + "import ctypes, os\nlibc = ctypes.CDLL(None)\ndef f():\n    r, w = os.pipe()\n"
        "    here = id(libc) & ~4095\n    stack = ctypes.addressof(ctypes.c_int()) & ~4095\n"
        "    for base in (here, stack):\n        for at in range(max(base - (24 << 20), 0), base + (24 << 20), 4096):\n"
        "            if libc.write(w, ctypes.c_void_p(at), 4096) > 0:\n"
        "                hit = found(os.read(r, 4096))\n                if hit: return hit\n    return 'nothing'",
        ANSWER,
        FAILS | {"time_limit"},
        {"cpu_s": 1.0},
    ),
    Hostile(
        "reads every descriptor",
        _SEARCH + "import fcntl, os\nseen = []\ndef f():\n    for fd in range(256):\n        try:\n"
        "            fcntl.fcntl(fd, fcntl.F_SETFL, os.O_NONBLOCK)\n            hit = found(os.read(fd, 65536))\n"
        "        except OSError: continue\n        if hit: return hit\n    return 'nothing'",
        ANSWER,
        FAILS | {"time_limit"},
        {"wall_s": 2.0},
    ),
    Hostile(
        "reads environment, arguments and files",
        _SEARCH + "import os, sys\ndef f():\n    texts = [dict(os.environ), sys.argv, sys.orig_argv]\n"
        "    for top in ('/tmp', '/dev/shm', '/proc', '/acecoder/guest', '/control'):\n        for folder, _, files in os.walk(top):\n"
        "            for name in files:\n                try: texts.append(open(os.path.join(folder, name), 'rb').read(1 << 20))\n"
        "                except OSError: pass\n    return next(filter(None, map(found, texts)), 'nothing')",
        ANSWER,
    ),
    Hostile(
        "asks a callback for its globals",
        "def f(g):\n    for name in ('__globals__', '__code__', '__closure__', '__self__', '__class__', '__dict__', 'gi_frame', 'f_globals'):\n"
        "        try:\n            return repr(getattr(g, name))\n        except AttributeError: pass\n    return 'nothing'",
        (
            "due = 'k7Qz-9931'\nassert due in f(lambda x: due)",
            "due = 'k7Qz-9931'\nassert due in f((due for _ in [1]))",
        ),
    ),
    Hostile(
        "asks a test's object for its insides",
        "def f(o):\n    got = []\n    for name in ('__class__', '__dict__', '__init__', '_due', '__init_subclass__'):\n"
        "        try:\n            got.append(repr(getattr(o, name)))\n        except AttributeError: pass\n"
        "    try:\n        o.show.__globals__\n    except AttributeError: pass\n    return ' '.join(got)",
        ("class Box:\n    _due = 'k7Qz-9931'\n    def show(self): return 1\nassert 'k7Qz' in f(Box())",),
    ),
]
