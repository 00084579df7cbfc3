"""A program that forges malformed messages of its host fails its test, and the checker survives."""

import pytest

from clients.contract import Outcome, Suite
from services.executor.sandbox import Rules
from tests.sandbox.judging import SMALL, Limits

LINES = [
    '["broken"]',
    '["broken", "raised"]',
    '["broken", "raised", 5, 0.1]',
    '["broken", "raised", {}, 0.1]',
    '["broken", "syntax", {"own": 7, "name": "E", "s": "", "l": 0}, 0.1]',
    '["broken", "raised", {"own": [], "name": [[]], "s": %s, "l": {}}, 0.1]' % ("[" * 400 + "]" * 400),
    '["value"]',
    '["value", {}]',
    '["value", 256, 0.1, null]',
    '["value", -1, 0.1, null]',
    '["loaded"]',
    '["error", {"own": [], "module": "builtins", "name": "ValueError", "l": %s}, 0.1, null]'
    % ("[" * 400 + "]" * 400),
    '["callback"]',
    '["stopped"]',
    "[]",
    "{}",
    '"broken"',
    "1" * 5000,
]
HONEST = "print(input())"


def _forger(line):
    return f"import os\nos.write(3, {line!r}.encode() + b'\\n')\nos.eventfd_write(4, 1)\nimport time; time.sleep(1000)"


def _outcomes(jail, suite, programs):
    rules = Rules(Limits(**{**SMALL, "wall_s": 0.3, "total_wall_s": 2.0}))
    judged = sorted(jail.judge(suite, programs, rules), key=lambda judgement: judgement.index)
    assert [judgement.fault for judgement in judged] == [""] * len(programs)
    return [judgement.tests[0] for judgement in judged]


@pytest.mark.parametrize("line", LINES, ids=lambda line: line[:30])
def test_forged_lines_of_a_script_fail_it(jail, line):
    suite = Suite(id="s", io=[{"stdin": "x\n", "stdout": "x\n"}])
    forged, honest = _outcomes(jail, suite, [_forger(line), HONEST])
    assert forged.outcome not in (Outcome.PASSED, Outcome.NOT_RUN)
    assert "ended the checker" not in forged.message
    assert honest.outcome is Outcome.PASSED


@pytest.mark.parametrize("line", LINES, ids=lambda line: line[:30])
def test_forged_lines_of_a_module_fail_its_tests(jail, line):
    suite = Suite(id="s", asserts=["assert f(1) == 1"])
    forged, honest = _outcomes(jail, suite, [_forger(line), "def f(x): return x"])
    assert forged.outcome not in (Outcome.PASSED, Outcome.NOT_RUN)
    assert "ended the checker" not in forged.message
    assert honest.outcome is Outcome.PASSED


@pytest.mark.parametrize("line", LINES, ids=lambda line: line[:30])
def test_forged_answers_to_a_call_fail_the_test(jail, line):
    suite = Suite(id="s", asserts=["x = [1]\nassert f(x) == 1"])
    program = "def f(x):\n    " + _forger(line).replace("\n", "\n    ")
    forged, honest = _outcomes(jail, suite, [program, "def f(x): return x[0]"])
    assert forged.outcome not in (Outcome.PASSED, Outcome.NOT_RUN)
    assert "ended the checker" not in forged.message
    assert honest.outcome is Outcome.PASSED
