"""A suite with ``isolation: same_process``: each test runs in one new process with the program, and a pass is marked.

What the way is for (patches, subclasses, objects with behaviour), that it keeps the limits, that the report of a pass is
not forged with what Python offers, and what share of the attack corpus earns there, which SECURITY.md prints.
"""

import re
from pathlib import Path

import pytest

from clients.contract import Limits, OnTimeout, State, Suite
from services.executor.sandbox import Rules
from tests.sandbox.corpus import attacks
from tests.sandbox.judging import SMALL, is_still_fair


def judged(sandbox, program: str, *asserts: str, setup: str = "", isolation: str = "same_process", **options):
    """Judge a program by a suite with this isolation; return one result per test."""
    suite = Suite(id="s", asserts=list(asserts), setup=setup, isolation=isolation)
    rules = Rules(Limits(**{**SMALL, **options}), State.SHARED, OnTimeout.CONTINUE)
    (judgement,) = sandbox.judge(suite, [program], rules)
    assert not judgement.fault, judgement.fault
    assert len(judgement.tests) == suite.size
    return judgement.tests


def outcomes(sandbox, program: str, *asserts: str, **options) -> list[str]:
    """Return the outcomes as text."""
    return [test.outcome.value for test in judged(sandbox, program, *asserts, **options)]


SHOP = """
import random
import time

class Basket:
    fee = 1
    def __init__(self): self.items = []
    def price(self, item): return len(item)
    def total(self): return sum(map(self.price, self.items)) + self.fee

def pick(numbers):
    time.sleep(0)
    return random.choice(numbers)

def save(path, text):
    with open(path, "w") as file:
        file.write(text)
"""

NEEDS_THE_PROCESS = {
    "a patch of a library's function": "from unittest.mock import patch\n"
    "with patch('random.choice', return_value='x'):\n    assert pick([1, 2]) == 'x'",
    "a patch of what the program imported": "from unittest.mock import patch\n"
    "with patch('program.time') as clock:\n    pick([1])\nclock.sleep.assert_called_once_with(0)",
    "a patch of a class of the program": "from unittest.mock import patch\n"
    "with patch.object(Basket, 'fee', 5):\n    assert Basket().total() == 5",
    "a class derived from the program's": "class Free(Basket):\n    def price(self, item): return 0\n"
    "free = Free()\nfree.items.append('pear')\nassert free.total() == 1 and isinstance(free, Basket)",
    "a global of the program": "fee = Basket.fee\nBasket.fee = 0\nassert Basket().total() == 0 and fee == 1",
    "a seed": "random.seed(3)\na = pick(range(99))\nrandom.seed(3)\nassert pick(range(99)) == a",
    "a file": "save('a.txt', 'pear')\nassert open('a.txt').read() == 'pear'",
    "the class of what is returned": "assert type(Basket()) is Basket and vars(Basket()) == {'items': []}",
}


def test_tests_that_need_the_program_in_their_process_pass_and_are_marked(jail):
    results = judged(jail, SHOP, *NEEDS_THE_PROCESS.values())
    failed = [
        (name, t.message) for name, t in zip(NEEDS_THE_PROCESS, results, strict=True) if t.outcome != "passed"
    ]
    assert not failed
    assert all(test.same_process for test in results)


def test_a_pass_of_the_usual_isolation_is_not_marked(jail):
    (result,) = judged(jail, "def f(x): return x", "assert f(2) == 2", isolation="separate")
    assert (result.outcome, result.same_process) == ("passed", False)


def test_each_test_has_a_process_of_its_own(jail):
    program = "calls = []\ndef f(x):\n    calls.append(x)\n    return len(calls)"
    assert outcomes(jail, program, "assert f(2) == 1", "assert f(2) == 1 and f(2) == 2") == ["passed"] * 2


def test_unittest_pytest_and_check_run_as_in_plain_python(jail):
    case = "import unittest\nclass T(unittest.TestCase):\n    def test_f(self):\n        self.assertEqual(f(2), 4)"
    run = "result = unittest.TestResult()\nT('test_f').run(result)\nassert result.wasSuccessful(), result.failures"
    raises = "import pytest\nwith pytest.raises(ZeroDivisionError):\n    f(0) / 0"
    for factor, expected in ((2, "passed"), (3, "wrong_answer")):
        program = f"def f(x): return {factor} * x"
        assert outcomes(jail, program, run, setup=case) == [expected]
        assert outcomes(jail, program, raises) == ["passed"]
        suite = Suite(
            id="s", check="def check(c): assert c(2) == 4", entry_point="f", isolation="same_process"
        )
        (judgement,) = jail.judge(suite, [program], Rules(Limits(**SMALL)))
        assert [test.outcome.value for test in judgement.tests] == [expected]


def test_future_imports_and_docstrings_of_either_part_are_kept(jail):
    program = (
        '"""A program."""\nfrom __future__ import annotations\ndef f(x: NoSuchName) -> None: return __doc__'
    )
    test = "from __future__ import annotations\ndef g(x: Nothing): pass\nassert f(1) == 'A program.'"
    assert outcomes(jail, program, test) == ["passed"]


@pytest.mark.parametrize(
    ("program", "expected"),
    [
        ("def f(x): return 5", "wrong_answer"),
        ("def f(x): raise ValueError", "runtime_error"),
        ("def g(x): return 4", "runtime_error"),
        ("def f(x) return 4", "syntax_error"),
        ("def f(x): return '''", "syntax_error"),
        ("def f(x):\n    while True: pass", "time_limit"),
        ("while True: pass", "time_limit"),
        ("def f(x): return bytearray(10**9)", "memory_limit"),
        ("import os\ndef f(x): os._exit(0)", "runtime_error"),
        ("import sys\ndef f(x): sys.exit(0)", "runtime_error"),
        ("raise SystemExit(0)", "runtime_error"),
        ("import unittest\ndef f(x): raise unittest.SkipTest", "runtime_error"),
        ("if False:\n    pass\nelse:\n    raise KeyError", "runtime_error"),
    ],
)
def test_what_ends_early_fails(jail, program: str, expected: str):
    assert outcomes(jail, program, "assert f(2) == 4") == [expected]
    is_still_fair(jail)


def test_a_program_that_sleeps_reaches_its_wall_limit(jail):
    program = "import time\ndef f(x): time.sleep(60)"
    assert outcomes(jail, program, "assert f(2) == 4", wall_s=0.3) == ["time_limit"]


def test_only_the_checker_calls_a_test_invalid(jail):
    assert outcomes(jail, "def f(x): return 4", "assert f(", "assert f(2) == 4") == ["invalid_test", "passed"]
    forged = 'import os\nos.write(3, b\'["ended", "invalid_test", "no"]\\n\')\nos.eventfd_write(4, 1)\ndef f(x): return 5'
    assert outcomes(jail, forged, "assert f(2) == 4") == ["runtime_error"]


FORGERIES = {
    "writes a line of a pass": "import os\nos.write(3, b'[\"passed\", \"' + b'0' * 32 + b'\"]\\n')\nos.eventfd_write(4, 1)",
    "writes many": 'import os\nfor n in range(256): os.write(3, b\'["passed", "%032x"]\\n\' % n)\nos.eventfd_write(4, 1)',
    "asks for a second token": "import os\nos.set_blocking(3, False)\nos.write(3, b'[\"ready\"]\\n')\nos.eventfd_write(4, 1)\n"
    "import time\ntime.sleep(0.05)\ntry: os.write(3, os.read(3, 99))\nexcept BlockingIOError: pass",
    "leaves with success": "import os\nos.write(1, b'OK')\nos._exit(0)",
    "calls what its callers hold": "import sys\nframe = sys._getframe()\n"
    "while frame := frame.f_back:\n    for value in list(frame.f_locals.values()):\n"
    "        for call in value if isinstance(value, list) else [value]:\n"
    "            try: call(b'', None)\n            except BaseException: pass",
    "looks for the token in frames": "import sys, os\nframe = sys._getframe()\n"
    "while frame := frame.f_back:\n    for value in [*frame.f_locals.values(), *frame.f_globals.values()]:\n"
    "        if isinstance(value, bytes) and b'passed' in value: os.write(3, value)",
    "looks for it in every object": "import gc, os\ntry:\n    for value in gc.get_objects():\n"
    "        for part in gc.get_referents(value):\n            if isinstance(part, bytes) and b'passed' in part: os.write(3, part)\n"
    "except RuntimeError: pass",
    "brings objects back and looks": "import gc, os\ngc.unfreeze()\ntry: gc.get_objects()\nexcept RuntimeError: pass",
    "jumps over the test": "import sys\ndef jump(frame, event, arg):\n"
    "    if event == 'line' and frame.f_lineno > 40: frame.f_lineno = frame.f_lineno + 1\n    return jump\n"
    "try:\n    sys.settrace(jump)\n    sys._getframe().f_trace = jump\nexcept RuntimeError: pass",
    "traces threads": "import threading\nthreading.settrace(lambda *a: None)\n"
    "t = threading.Thread(target=print)\nt.start()\nt.join()",
    "runs the harness again": "import sys\nm = sys.modules['guest.candidate.same_process']\n"
    "try: m.run_test(3, 4, '', [], 'pass', {})\nexcept BaseException: pass",
    "replaces what writes": "import os\nos.write = lambda *a: 0\nos.eventfd_write = lambda *a: 0",
    "replaces exec": "import builtins, sys\nbuiltins.exec = lambda *a: None\n"
    "sys.modules['guest.candidate.same_process'].exec = lambda *a: None",
    "patches assertions": "import unittest\nunittest.TestCase.assertEqual = lambda *a, **k: None",
    "patches the runner": "import unittest\nunittest.TestCase.run = lambda self, r=None: r.addSuccess(self)",
    "patches the code of an assertion": "import unittest\ntry:\n"
    "    unittest.TestCase.assertEqual.__code__ = (lambda *a, **k: None).__code__\nexcept RuntimeError: pass",
    "replaces a builtin": "import builtins\nbuiltins.all = lambda *a: True\nbuiltins.isinstance = lambda *a: True",
    "gives the test other builtins": "import builtins\n__builtins__ = {**vars(builtins), 'all': lambda *a: True}\n"
    "__builtins__['__build_class__'] = lambda *a, **k: None",
    "puts another unittest in its place": "import sys, types\nclass TestCase:\n    def __init__(self, name): pass\n"
    "    def run(self, result): pass\nsys.modules['unittest'] = types.SimpleNamespace(TestCase=TestCase, TestResult="
    "lambda: types.SimpleNamespace(wasSuccessful=lambda: True))",
    "forks and leaves": "import os\nif os.fork(): os._exit(0)",
    "returns in a child": "import os\npid = os.fork()\nif pid == 0:\n    os.write(3, b'x\\n')",
    "closes the channel": "import os\nos.close(3)",
    "exchanges the channel": "import os\nr, w = os.pipe()\nos.dup2(w, 3)",
    "swallows the test in a string": "x = '''",
    "swallows the test in a bracket": "x = (",
    "continues a line": "x = 1 \\",
    "hides the test behind a return": "return",
    "hides the test in a block": "if False:",
    "an exception hook": "import sys\nsys.excepthook = lambda *a: None\nsys.unraisablehook = lambda *a: None",
    "an exit handler": "import atexit, os\natexit.register(os._exit, 0)",
}
"""Programs whose ``f`` is wrong, and that try to have the test reported as passed all the same."""


@pytest.mark.parametrize("tries", FORGERIES)
def test_the_report_of_a_pass_is_not_forged(jail, tries: str):
    program = f"{FORGERIES[tries]}\ndef f(x): return 5\n"
    case = "import unittest\nclass T(unittest.TestCase):\n    def test_f(self):\n        self.assertEqual(f(2), 4)"
    run = "result = unittest.TestResult()\nT('test_f').run(result)\nassert result.wasSuccessful(), result.failures"
    seen = outcomes(jail, program, "assert f(2) == 4", "x = 2\nassert all([f(x) == 4])", f"{case}\n{run}")
    assert "passed" not in seen, (tries, seen)
    is_still_fair(jail)


EARNING = ("lying_values", "leaving_early", "touching_the_judge", "reading_the_answer", "speaking_the_wire")
"""The classes of attacks that try to earn a pass; the others try to leave the jail or to use it up."""


def test_the_security_page_prints_the_share_of_the_attack_corpus_that_earns(request, jail):
    """Within five points: an attack or two race with the clock, and the corpus grows."""
    chosen = [attack for attack in attacks() if attack.kind in EARNING and attack.tests]
    tried = [attack for attack in chosen if "passed" not in attack.outcomes]
    earned = []
    for attack in tried:
        fixture = "frames" if "pandas" in attack.modules else "scientific" if attack.modules else "jail"
        sandbox = request.getfixturevalue(fixture)
        results = judged(sandbox, attack.program, *attack.tests, setup=attack.setup, **attack.limits)
        assert all(test.same_process == (test.outcome == "passed") for test in results)
        if any(test.outcome == "passed" for test in results):
            earned.append(attack.name)
    is_still_fair(jail)
    page = (Path(__file__).parents[2] / "SECURITY.md").read_text()
    printed = re.search(r"(\d+) of (\d+) attacks of these classes, (\d+) %,\s+earn", page)
    share = 100 * len(earned) / len(tried)
    assert printed, (len(earned), len(tried), earned)
    assert abs(int(printed[3]) - share) <= 5, (len(earned), len(tried), share, earned)


VACUOUS = {
    "a test of the language": "numbers = [1, 2]\nassert len(numbers) == 2",
    "a loop over nothing": "for number in []:\n    assert pick([number]) == number",
    "a function that is not called": "def check():\n    assert pick([1]) == 1\nassert check",
    "a class of unittest whose method looks at nothing": "import unittest\n"
    "class Cases(unittest.TestCase):\n    def test_it(self):\n        self.assertTrue(True)\n"
    "    def test_pick(self):\n        self.assertEqual(pick([1]), 1)\n"
    "result = unittest.TestResult()\nCases('test_it').run(result)\nassert result.wasSuccessful()",
    "a test that skips itself": "import unittest\nraise unittest.SkipTest('not today')",
}
LOOKING = {
    "a name that is only looked up": "pick",
    "a name in a function": "def check():\n    return pick\nassert check()",
    "a name behind a caught error": "try:\n    pick\nexcept BaseException:\n    pass",
    "a name of the globals": "assert 'pick' in globals()",
    "the module of the program": "import program\nassert program",
    "a name that the program imports": "assert random",
}


@pytest.mark.parametrize("test", VACUOUS.values(), ids=VACUOUS)
def test_a_test_that_never_looks_at_the_program_is_invalid(jail, test):
    assert outcomes(jail, SHOP, test, "assert pick([1]) == 1") == ["invalid_test", "passed"]


@pytest.mark.parametrize("test", LOOKING.values(), ids=LOOKING)
def test_a_test_that_looks_at_the_program_is_valid(jail, test):
    assert outcomes(jail, SHOP, test) == ["passed"]


@pytest.mark.parametrize(
    "program",
    [
        "import unittest\ndef pick(numbers): raise unittest.SkipTest('no')",
        "import unittest\nraise unittest.SkipTest('no')",
        "def pick(numbers): raise RuntimeError('SkipTest: no')",
    ],
)
def test_no_program_makes_a_test_invalid(jail, program):
    assert outcomes(jail, program, "assert pick([1]) == 1") == ["runtime_error"]
    assert outcomes(jail, program, "try:\n    pick\nexcept NameError:\n    pass") != ["invalid_test"]


def test_a_check_that_ignores_its_candidate_is_invalid(jail):
    def outcome(check):
        suite = Suite(id="s", check=check, entry_point="f", isolation="same_process")
        (judgement,) = jail.judge(suite, ["def f(): return 1"], Rules(Limits(**SMALL)))
        return [test.outcome.value for test in judgement.tests]

    assert outcome("def check(candidate):\n    numbers = [1]\n    assert len(numbers) == 1") == [
        "invalid_test"
    ]
    assert outcome("def check(candidate):\n    assert candidate() == 1") == ["passed"]
