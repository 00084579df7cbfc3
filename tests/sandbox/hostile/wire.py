"""Speaking to the checker directly: forged, oversized, malformed and early lines on the program's own descriptors."""

import json

from tests.sandbox.hostile import FAILS, SQUARES, Hostile

TALK = """
import fcntl, json, os, socket, struct
def ring():
    try: os.eventfd_write(4, 1)
    except OSError: pass
def raw(data):
    if isinstance(data, str): data = data.encode()
    while data:
        data = data[os.write(3, data):]
    ring()
def say(*lines):
    for line in lines: raw(json.dumps(line) + "\\n")
"""
MAY = FAILS | {"time_limit", "output_limit", "memory_limit", "not_run"}
"""A forger's own test may end in any way but one."""


def _when_asked(name: str, body: str, *tests: str, **limits: float) -> Hostile:
    program = f"{TALK}def f(*args):\n    {body}\n    return 5\n"
    return Hostile(name, program, tests or SQUARES, MAY, limits)


def _at_load(name: str, body: str, *tests: str) -> Hostile:
    return Hostile(name, f"{TALK}def f(*args): return 5\n{body}\n", tests or SQUARES, MAY)


def _as_answer(value: str) -> Hostile:
    """The answer to the call in hand is this JSON text."""
    return _when_asked(f"answers {value[:60]}", f"raw('''[\"value\",{value},0.001,null]\\n''')")


def _as_error(described: str) -> Hostile:
    return _when_asked(f"raises {described[:60]}", f"raw('''[\"error\",{described},0.001,null]\\n''')")


_VALUES = (
    '{"i":"0x' + "f" * 60000 + '"}',
    '{"i":5}', '{"i":"4"}x', '{"F":["1e999999999"]}', '{"F":["4/0"]}', '{"D":"1e999999999999"}', '{"D":"sNaN"}',
    '{"r":[0,1000000000000000000000000000000,1]}', '{"r":[0,1,0]}', '{"l":[1]}', '{"P":["PosixPath","/etc/passwd"]}',
    '{"B":"eval"}', '{"B":"open"}', '{"B":"__import__"}', '{"B":["abs"]}', '{"T":["datetime"]}', '{"T":["eval",1]}',
    '{"T":["timedelta",1e400,0,0]}', '{"n":["O",[1],"AAAAAAAAAAA="]}', '{"n":["|O8",[-1],""]}', '{"N":["f8",""]}',
    '{"h":-1}', '{"h":-9}', '{"h":1180591620717411303424}', '{"h":"x"}', '{"h":true}', '{"h":null}', '{"h":1.5}', '{"h":[]}',
    '{"m":0}', '{"m":-1}', '{"m":"x"}', '{"h":0,"k":"exception"}', '{"h":0,"k":"exception","e":{"own":[[1]]}}',
    '{"h":0,"k":"error","x":{"own":[],"module":"builtins","name":"SystemExit"}}', '{"h":0,"k":"error","x":[]}',
    '{"h":0,"k":"live","v":5}', '{"h":0,"k":"live","v":{"h":0,"k":"live","v":[]}}', '{"h":0,"v":{"h":0,"v":{"h":1}},"o":5}',
    '{"h":0,"v":4,"o":["__eq__","__sub__","__class__","__init__","__new__"],"n":"__x__"}x', '{"h":9,"n":"\\\\u0000","k":"object"}',
    '{"h":7,"k":"object","n":"coroutine"}', '{"s":[[1]]}', '{"d":[[[],1]]}', '{"d":[1]}', '{"d":5}', '{"z":[{"B":"eval"},[]]}',
    '{"z":[5,[]]}', '{"q":[[],"x"]}', '{"q":[[1],-1]}', '{"C":5}', '{"w":"A"}', '{"b":"\\\\u1234"}', '{"c":["x",1]}', '{"t":5}', "{}",
    '{"zz":1}', "NaN", "Infinity", "[" * 240 + "]" * 240, '{"t":[' * 240 + "]}" * 240, "1" + "0" * 5000,
)  # fmt: skip
_ERRORS = (
    "null", "5", "{}", '{"own":5}', '{"own":[[0,"x"]],"module":5,"name":5}', '{"own":[],"module":"builtins","name":"SystemExit","a":[0]}',
    '{"own":[],"module":"builtins","name":"GeneratorExit"}', '{"own":[],"module":"builtins","name":"StopIteration"}',
    '{"own":[],"module":"os","name":"_exit"}', '{"own":[],"module":"guest.link","name":"Lost","a":["passed",""]}',
    '{"own":[],"module":"builtins","name":"ValueError","a":{"t":1}}', '{"own":[],"module":"builtins","name":"ValueError","d":[1]}',
    '{"own":[],"module":"builtins","name":"ValueError","d":{"__class__":1,"args":2,"with_traceback":3}}',
    '{"own":[[0,"\\\\u0000"]],"module":"builtins","name":"ValueError"}', '{"own":[[0,"A"],[0,"B"]],"module":"builtins","name":"bool"}',
    '{"own":[],"module":"builtins","name":"UnicodeDecodeError","a":[1]}', '{"own":[],"module":"builtins","name":"BaseExceptionGroup","a":["x",[]]}',
)  # fmt: skip
_CALLBACK = (
    "due = 'k7Qz-9931'\nassert f(lambda x: due[:0]) == due",
    "due = 'k7Qz-9931'\nassert f(due.__contains__) == due",
)


def _callback(operation: str, *args: object, number: object = -1) -> Hostile:
    """Ask something of the test's callback; return what comes back."""
    line = json.dumps(["callback", number, operation, list(args), {}])
    body = f"raw('''{line}\\n''')\n    lines = os.read(3, 65536).decode()\n    return lines.split('\"')[3] if lines.count('\"') > 3 else lines"
    return _when_asked(f"asks object {number} for {operation} {args}", body, *_CALLBACK)


PROGRAMS = [
    *map(_as_answer, _VALUES),
    *map(_as_error, _ERRORS),
    _when_asked(
        "a verdict in place of an answer",
        'say(["test", 0, 0, "passed", 0.0, "", False], ["end", 0], ["passed"])',
    ),
    _when_asked("not JSON", "raw('passed\\n')"),
    _when_asked("not text", "raw(bytes(range(256)) + b'\\n')"),
    _when_asked("not a list", "raw('5\\n{}\\n\"value\"\\n[]\\n[5]\\n')"),
    _when_asked("a line that never ends", "raw('[' + ' ' * (1 << 20))"),
    _when_asked("many empty lines", "raw('\\n' * 50000)"),
    _when_asked("a deep line", "raw('[' * 30000 + ']' * 30000 + '\\n')"),
    _when_asked(
        "half a line, then silence", "raw('[\"value\",4')\n    import time\n    time.sleep(60)", wall_s=0.7
    ),
    _when_asked(
        "a flood",
        "line = json.dumps(['value', 5, 0.0, None]).encode() + b'\\n'\n    while True: os.write(3, line)",
    ),
    _when_asked(
        "a flood with bells",
        "line = json.dumps(['value', 5, 0.0, None]).encode() + b'\\n'\n    while True:\n        os.write(3, line)\n        ring()",
    ),
    _when_asked(
        "a flood of callbacks",
        "line = json.dumps(['callback', -1, 'call', [], {}]).encode() + b'\\n'\n    while True: raw(line)",
        wall_s=1.0,
    ),
    *(
        _when_asked(f"a clock of {cpu}", f"raw('[\"value\",5,{cpu},null]\\n')")
        for cpu in ("NaN", "Infinity", "-Infinity", "1e308", "-5", '"0"', "null", "true", "[]")
    ),
    *(
        _when_asked(f"a size of {size[:20]}", f"raw('[\"huge\",{size},0.0]\\n')")
        for size in ("Infinity", "NaN", '"x"', '"' + "9" * 5000 + '"', "[]", "null")
    ),
    *(
        _when_asked(
            f"changes {changed}",
            f"raw('[\"value\",null,0.0,{changed}]\\n')",
            "a = [2]\nf(a)\nassert a == [4]",
            "assert f([2]) == [4]",
        )
        for changed in (
            '[[0,{"t":[4]}]]',
            "[[5,[4]]]",
            "[[-1,[4]]]",
            "[[true,[4]]]",
            "[4]",
            '{"0":[4]}',
            '[[0,[5]],[0,{"h":-1}]]',
            "5",
        )
    ),
    _when_asked("stops a batch that is none", "say(['stopped'], ['stopped'])"),
    _when_asked(
        "callbacks by numbers never given",
        "say(['callback', -7, 'call', [], {}], ['callback', 0, 'call', [], {}], ['callback', 'x', 'call', [], {}])",
    ),
    _when_asked(
        "malformed callbacks",
        "say(['callback'], ['callback', -1, ['call'], [], {}], ['callback', -1, {}, 5, 5])",
    ),
    _callback("getattr", "__globals__"),
    _callback("getattr", "__self__"),
    _callback("getattr", "__closure__"),
    _callback("setattr", "__code__", 1),
    _callback("eq", 1),
    _callback("repr"),
    _callback("str"),
    _callback("dir"),
    _callback("iter"),
    _callback("getitem", 0),
    _callback("isinstance", {"B": "object"}),
    _callback("refill", []),
    _callback("call", 1, number=-2),
    _callback("call", 1, number=True),
    _callback("call", 1, number=-1.0),
    _callback("call", 1, number=-(1 << 70)),
    _at_load("claims other names before it is asked", "say(['loaded', {'f': {'B': 'abs'}, 'x': 1}, 0.0])"),
    _at_load("claims to be loaded with nonsense", "say(['loaded', {'f': {'h': 0, 'k': 'exception'}}, 0.0])"),
    _at_load("claims to be loaded without a clock", "say(['loaded', {'f': 5}])"),
    _at_load("says it is broken in no known way", "say(['broken'])"),
    _at_load("says it is broken by an unknown kind", "say(['broken', 5, 5, 5])"),
    _at_load(
        "answers before it is asked",
        "say(['loaded', {'f': {'h': 0, 'k': 'callable'}}, 0.0], ['value', 7, 0.0, None], ['value', 8, 0.0, None])",
    ),
    _at_load("closes its channel", "os.close(3)"),
    _at_load("closes its bell", "os.close(4)"),
    _at_load(
        "puts something else in the channel's place", "a, b = socket.socketpair()\nos.dup2(a.fileno(), 3)"
    ),
    _at_load("shuts its channel down", "socket.socket(fileno=os.dup(3)).shutdown(socket.SHUT_RDWR)"),
    _when_asked(
        "shuts one half of its channel down", "socket.socket(fileno=os.dup(3)).shutdown(socket.SHUT_WR)"
    ),
    _when_asked("rings until the bell is full", "os.eventfd_write(4, (1 << 64) - 2)"),
    _when_asked(
        "a bell that does not wait",
        "fcntl.fcntl(4, fcntl.F_SETFL, os.O_NONBLOCK)\n    for _ in range(20000):\n        os.eventfd_write(4, 1)\n        os.eventfd_read(4)",
    ),
    _when_asked(
        "descriptors for the checker",
        "a, b = os.pipe()\n    for _ in range(200): socket.send_fds(socket.socket(fileno=os.dup(3)), [b'\\n'], [a, b])",
    ),
    _when_asked("eats the checker's questions", "os.read(3, 65536)", wall_s=0.7),
    _when_asked(
        "a thread that answers too",
        "import threading\n    threading.Thread(target=lambda: [say(['value', 6, 0.0, None]) for _ in range(100)]).start()",
    ),
]
