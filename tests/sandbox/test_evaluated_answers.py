"""A test that runs an answer as code gives the program the running test, and nothing else."""

import time

import pytest

from clients.contract import Limits, Outcome, RewardPolicy, State, Suite
from services.executor.results.grading import grade
from services.executor.sandbox import Rules
from services.executor.sandbox.environment import BackendName, EnvironmentSpec
from services.executor.sandbox.factory import open_sandbox
from tests.conftest import FIRST_SLOT
from tests.sandbox.judging import SMALL, is_still_fair

TAKE_OVER = """
import sys
for module in list(sys.modules.values()):
    client = getattr(module, "CandidateClient", None)
    if isinstance(client, type):
        client.outcome = lambda self, error: ("passed", "")
        client.rests_on_program = property(lambda self: False, lambda self, value: None)
"""
TAKE_OVER_IN_ONE = (
    "[setattr(vars(module)['CandidateClient'], 'outcome', lambda *_: ('passed', '')) "
    "for module in list(__import__('sys').modules.values()) if 'CandidateClient' in vars(module)] and 4"
)
"""The same without ``exec``, which announces itself."""
FORGE = """
import json, os
lines = [["test", index, t, "passed", 0.0, "", False] for index in range(3) for t in range(5)]
os.write(3, json.dumps(lines).encode() + b"\\n")
"""
RIGHT = "def f(x): return '4'\ndef g(x): return x * x\ndef h(x): return '3 + 1'\n"
WRONG = "def f(x): return '5'\ndef g(x): return 'wrong'\ndef h(x): return '5'\n"
TESTS = [
    "assert g(1) == 1",
    "assert eval(f(2)) == 4",
    "assert g(3) == 9",
    "assert eval(h(2)) == 4",
    "assert g(4) == 16",
]


def _judge(sandbox, programs, tests=TESTS, state=State.SHARED, setup="", **limits):
    rules = Rules(Limits(**{**SMALL, **limits}), state)
    suite = Suite(id="s", asserts=tests, setup=setup)
    judged = sorted(sandbox.judge(suite, programs, rules), key=lambda judgement: judgement.index)
    assert [judgement.fault for judgement in judged] == [""] * len(programs)
    return [judgement.tests for judgement in judged]


def _attacker(code, *, g="'wrong'"):
    return f"CODE = {code!r}\ndef f(x): return f'exec({{CODE!r}}) or 4'\ndef g(x): return {g}\ndef h(x): return '5'\n"


@pytest.mark.parametrize("state", list(State))
@pytest.mark.parametrize("code", [TAKE_OVER, FORGE, TAKE_OVER + FORGE])
def test_only_the_evaluating_test_rests_on_the_program_and_no_neighbour_gains(jail, code, state):
    attacker, wrong, right = _judge(jail, [_attacker(code), WRONG, RIGHT], state=state)
    assert [test.outcome for test in attacker if not test.rests_on_program].count(Outcome.PASSED) == 0
    assert [t for t, test in enumerate(attacker) if test.outcome is Outcome.PASSED] in ([1], [])
    assert {test.outcome for test in wrong} == {Outcome.WRONG_ANSWER}
    assert {test.outcome for test in right} == {Outcome.PASSED}
    assert not any(test.rests_on_program for test in right)
    assert [t for t, test in enumerate(attacker) if test.decided_by_program] in ([1], [])
    rules = {
        "outcomes": [test.outcome for test in attacker],
        "rests": [test.rests_on_program for test in attacker],
    }
    decided = [test.decided_by_program for test in attacker]
    assert grade(**rules, policy=RewardPolicy(), decided=decided).reward == 0
    counted = RewardPolicy(count_passes_decided_by_program=True)
    assert grade(**rules, policy=counted, decided=decided).reward == sum(decided) / len(decided)
    is_still_fair(jail)


@pytest.mark.parametrize(
    ("tests", "program"),
    [
        (
            ["import pickle\nassert pickle.loads(dump(2)) == 4", "assert g(3) == 9"],
            "import pickle\nclass P:\n    def __reduce__(self): return exec, (CODE,)\ndef dump(x): return pickle.dumps(P())\n",
        ),
        (
            ["assert pickle.loads(dump(2)) == 4", "assert g(3) == 9"],
            "import pickle\ndef dump(x): return pickle.dumps(x)\n",
        ),
        (["exec(dump(2))\nassert x == 4", "assert g(3) == 9"], "def dump(x): return CODE\n"),
        (
            ["assert eval(compile(dump(2), '', 'eval')) == 4", "assert g(3) == 9"],
            "def dump(x): return f'exec({CODE!r}) or 4'\n",
        ),
        (
            ["assert list(map(eval, [dump(2)])) == [4]", "assert g(3) == 9"],
            "def dump(x): return f'exec({CODE!r}) or 4'\n",
        ),
        (
            ["assert eval(dump(2)) == 4", "assert g(3) == 9"],
            "class Text(str): pass\ndef dump(x): return Text(EXPRESSION)\n",
        ),
        (
            ["assert eval(dump(2)) == 4", "assert g(3) == 9"],
            "class Data(bytes): pass\ndef dump(x): return Data(EXPRESSION.encode())\n",
        ),
        (
            ["assert eval(dump(2)) == 4", "assert g(3) == 9"],
            "from array import array\ndef dump(x): return array('B', EXPRESSION.encode())\n",
        ),
        (
            ["import builtins\nassert getattr(builtins, 'eval')(dump(2)) == 4", "assert g(3) == 9"],
            "def dump(x): return f'exec({CODE!r}) or 4'\n",
        ),
        (
            ["assert __builtins__['eval'](dump(2)) == 4", "assert g(3) == 9"],
            "def dump(x): return f'exec({CODE!r}) or 4'\n",
        ),
        (
            ["from importlib import import_module as load\nload(dump(2))\nassert 0", "assert g(3) == 9"],
            "def dump(x): return 'this'\n",
        ),
        (
            ["import types\nassert types.FunctionType(eval(dump(2)), {})() == 4", "assert g(3) == 9"],
            "def dump(x): return f'exec({CODE!r})'\n",
        ),
        (
            [
                "import doctest\ndoctest.run_docstring_examples(dump(2), {})\nassert dump(2) == 4",
                "assert g(3) == 9",
            ],
            "def dump(x): return f'>>> exec({CODE!r})'\n",
        ),
        (
            ["import timeit\ntimeit.timeit(dump(2), number=1)\nassert dump(2) == 4", "assert g(3) == 9"],
            "def dump(x): return CODE\n",
        ),
    ],
)
@pytest.mark.parametrize("state", list(State))
def test_other_ways_to_evaluate_an_answer(jail, tests, program, state):
    attacker = (
        f"CODE, EXPRESSION = {TAKE_OVER!r}, {TAKE_OVER_IN_ONE!r}\n{program}\ndef g(x): return 'wrong'\n"
    )
    wrong = "def dump(x): return ''\ndef g(x): return 'wrong'\n"
    judged = _judge(jail, [attacker, wrong], tests, state)
    first, second = judged[0]
    assert first.outcome is not Outcome.PASSED or first.decided_by_program
    assert second.outcome is Outcome.WRONG_ANSWER
    assert all(test.outcome is not Outcome.PASSED for test in judged[1])


def test_an_expression_in_a_subclass_of_text_earns_its_pass(jail):
    program = "class Text(str): pass\ndef f(x): return Text(f' {x} + 1')\n"
    (judged,) = _judge(jail, [program], ["assert eval(f(3)) == 4", "assert eval(f(3)) == 5"])
    assert [test.outcome for test in judged] == [Outcome.PASSED, Outcome.WRONG_ANSWER]
    assert not any(test.rests_on_program for test in judged)


@pytest.mark.parametrize(
    ("code", "outcomes"),
    [
        ("import posix; posix.write(3, b'[\"test\", 0]\\n')", {"runtime_error"}),
        (
            'import posix; posix.write(3, b\'[["test", 0, 1, "invalid_test", 0.0, "", false]]\\n\')',
            {"runtime_error"},
        ),
        (
            'import posix; posix.write(3, b\'[["test", 0, 1, "passed", NaN, "", false]]\\n\')',
            {"runtime_error"},
        ),
        ("import posix; posix.write(3, b'[[\"end\", 0]]\\n')", {"runtime_error"}),
        ("import posix; posix.write(3, b'[' * 60000 + b'\\n')", {"runtime_error"}),
        ("import posix\nwhile True: posix.write(3, b'x' * 65536)", {"runtime_error", "time_limit"}),
        ("import posix\nwhile True: posix.write(3, b'[]\\n')", {"runtime_error", "time_limit"}),
        ("import posix\nwhile True: posix.write(4, b'k')", {"runtime_error", "time_limit"}),
        ("import posix; posix.write(4, b'c')\nwhile True: pass", {"runtime_error", "time_limit"}),
        ("import os; os._exit(0)", {"runtime_error"}),
        ("import signal\nsignal.setitimer(signal.ITIMER_PROF, 0)\nwhile True: pass", {"time_limit"}),
    ],
)
def test_a_checker_in_the_programs_hands_is_read_as_hostile(jail, code, outcomes):
    started_s = time.monotonic()
    attacker, wrong = _judge(jail, [_attacker(code, g="x * x"), WRONG])
    assert [test.outcome for test in (attacker[0], attacker[2], attacker[4])] == [Outcome.PASSED] * 3
    assert attacker[1].outcome in outcomes
    assert {test.outcome for test in wrong} == {Outcome.WRONG_ANSWER}
    assert time.monotonic() - started_s < 60
    is_still_fair(jail)


@pytest.mark.parametrize(
    ("text", "rests"),
    [
        ("4", False),
        (" 2 + 2", False),
        ("max([1, 4], key=None) if 1 < 2 else 0", False),
        ("int('4')", False),
        ("[1, 4][1]", False),
        ("(lambda: 4)()", True),
        ("sum(n for n in [4])", True),
        ("expected", True),
        ("__import__('math').gcd(4, 8)", True),
        ("().__class__ and 4", True),
        ("g(2)", True),
    ],
)
def test_an_expression_of_numbers_does_not_rest_on_the_program(jail, text, rests):
    program = f"def f(x): return {text!r}\ndef g(x): return x * x\n"
    ((test,),) = _judge(jail, [program], ["expected = 4\nassert eval(f(2)) == expected and g(3) == 9"])
    assert (test.outcome, test.rests_on_program) == (Outcome.PASSED, rests)
    assert test.decided_by_program == rests


@pytest.mark.parametrize(
    "test",
    [
        "assert eval('g(3)') == g(3)",
        "exec('y = g(3)')\nassert y == 9 == g(3)",
        "code = g(3)\nassert code == 9",
        "d = {'code': g(3)}\nassert d['code'] == 9",
        "assert eval(f(2), {'x': 3}) == 9",
        "assert eval(f(2), {'__builtins__': {}}, {'x': 3}) == 9",
        "import pickle\nassert g(3) == 9",
        "import ast\nassert ast.literal_eval(str(g(3))) == 9",
        "def profile(): return 9\nassert g(3) == profile()",
        "assert eval('1 +' + ' 8') == g(3)",
    ],
)
def test_what_evaluates_no_answer_does_not_rest_on_the_program(jail, test):
    program = "def f(x): return 'x * x'\ndef g(x): return x * x\n"
    ((judged,),) = _judge(jail, [program], [test])
    assert (judged.outcome, judged.rests_on_program) == (Outcome.PASSED, False), judged.message


def test_an_expression_is_evaluated_where_the_test_stands(jail):
    tests = [
        "def check(n):\n    x = n\n    return eval(f(0))\nassert check(3) == 9",
        "x = 4\nexec(h(0))\nassert y == 5",
    ]
    program = "def f(x): return 'x * x'\ndef h(x): return 'y = x + 1'\n"
    (judged,) = _judge(jail, [program], tests)
    assert [(test.outcome, test.rests_on_program) for test in judged] == [(Outcome.PASSED, True)] * 2


def test_many_programs_and_evaluating_tests_cost_little(jail):
    tests = [f"assert eval(f({n})) == {n}" for n in range(20)]
    started_s = time.monotonic()
    judged = _judge(jail, ["def f(x): return f'(lambda: {x})()'\n"] * 5, tests)
    assert {test.outcome for result in judged for test in result} == {Outcome.PASSED}
    assert time.monotonic() - started_s < 30


def test_an_evaluated_answer_reads_no_other_process_of_the_machine(jail):
    """No descriptor of the process that evaluates it leads to ``/proc``, where command lines are."""
    found = "[n for n in range(256) if __import__('os').access('1/cmdline', 0, dir_fd=n)]"
    ((test,),) = _judge(jail, [f'def f(x): return "{found}"'], ["assert eval(f(2)) == []"])
    assert (test.outcome, test.message) == (Outcome.PASSED, "")


@pytest.fixture(scope="module")
def symbolic():
    """A jail with sympy, all of whose functions evaluate text."""
    pytest.importorskip("sympy", reason="sympy is not installed here; the 'dev' extra has it")
    sandbox = open_sandbox(
        BackendName.NSJAIL, EnvironmentSpec("symbolic", modules=("sympy",)), slot=FIRST_SLOT + 21
    )
    try:
        sandbox.start()
        yield sandbox
    finally:
        sandbox.close()


@pytest.mark.parametrize(
    "test",
    [
        "import sympy\nassert sympy.simplify(f(2)) == 4",
        "from sympy import expand\nassert expand(f(2)) == 4",
        "import sympy\nassert sympy.Matrix([[f(2)]])[0] == 4",
        "import sympy as sp\nx = sp.symbols('x')\nassert sp.diff(f(2), x) == 4",
        "import sympy as sp\nassert sp.S(f(2)) == 4",
        "import sys\nassert sys.modules['sym' 'py'].S(f(2)) == 4",  # as a library that uses it: the suite does not name it
    ],
)
def test_a_text_that_sympy_evaluates_is_an_evaluated_answer(symbolic, test):
    attacker = f"CODE = {TAKE_OVER!r}\ndef f(x): return f'exec({{CODE!r}}) or 4'\ndef g(x): return 'wrong'\n"
    wrong = "def f(x): return '5'\ndef g(x): return 'wrong'\n"
    (first, second), neighbour = _judge(symbolic, [attacker, wrong], [test, "assert g(3) == 9"])
    assert first.outcome is not Outcome.PASSED or first.decided_by_program
    assert second.outcome is Outcome.WRONG_ANSWER
    assert all(test.outcome is not Outcome.PASSED for test in neighbour)


def test_expressions_that_sympy_only_calculates_with_earn_their_pass(symbolic):
    program = "def f(x): return '(x + 1)**2 - 2*x/sqrt(4)'\ndef g(x): return [['1.5', 'pi'], ['1/3', 2]]\n"
    tests = [
        "import sympy\nx = sympy.symbols('x')\nassert sympy.expand(f(2)) == x**2 + x + 1",
        "import sympy\nassert sympy.expand(f(2)) == sympy.expand('Poly(x**2 + x + 1, x).as_expr()')",
        "import sympy\nassert sympy.Matrix(g(2))[1] == sympy.pi and sympy.Matrix(g(2))[2] == sympy.Rational(1, 3)",
        "import sympy\nassert sympy.simplify(f(2)) == 7",
    ]
    (judged,) = _judge(symbolic, [program], tests)
    assert [test.outcome for test in judged] == [Outcome.PASSED] * 3 + [Outcome.WRONG_ANSWER]
    assert not any(test.decided_by_program for test in judged)
