"""Raises what a test runner treats as anything but a failure."""
# /// attack
# tests = [
#   "import unittest\nclass T(unittest.TestCase):\n    def test_a(self):\n        self.assertEqual(f('skip'), 2)\nresult = unittest.TestResult()\nT('test_a').run(result)\nassert not result.errors and not result.failures",
#   "import unittest\nclass T(unittest.TestCase):\n    def test_a(self):\n        self.assertEqual(f('stop'), 2)\nresult = unittest.TestResult()\nT('test_a').run(result)\nassert not result.errors and not result.failures",
#   "import unittest\nclass T(unittest.TestCase):\n    def test_a(self):\n        self.assertEqual(f('subclass'), 2)\nresult = unittest.TestResult()\nT('test_a').run(result)\nassert not result.errors and not result.failures",
#   "import unittest\nclass T(unittest.TestCase):\n    def test_a(self):\n        self.assertEqual(f('name'), 2)\nresult = unittest.TestResult()\nT('test_a').run(result)\nassert not result.errors and not result.failures",
#   "import unittest\nclass T(unittest.TestCase):\n    def test_a(self):\n        self.assertEqual(f('exit'), 2)\nresult = unittest.TestResult()\nT('test_a').run(result)\nassert not result.errors and not result.failures",
#   "import unittest\nclass T(unittest.TestCase):\n    def test_a(self):\n        self.assertEqual(f('close'), 2)\nresult = unittest.TestResult()\nT('test_a').run(result)\nassert not result.errors and not result.failures",
#   "import contextlib\nwith contextlib.suppress(BaseException):\n    assert f('skip') == 2\n    raise SystemExit\nassert f('exit') == 2",
# ]
# outcomes = ["wrong_answer", "runtime_error"]
# ///
import unittest
import unittest.case


class SkipTest(Exception):
    pass


SkipTest.__module__ = "unittest.case"
Skipped = type("Skipped", (unittest.SkipTest,), {"__module__": "_pytest.outcomes"})


def f(kind):
    raise {
        "skip": unittest.SkipTest,
        "stop": unittest.case._ShouldStop,
        "subclass": Skipped,
        "name": SkipTest,
        "exit": SystemExit,
        "close": GeneratorExit,
    }[kind]
