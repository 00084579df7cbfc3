"""Claims that its object is of a class of the library by which a test or library code would take it for data."""
# /// attack
# tests = [
#   "import decimal, fractions, unittest.mock, datetime, types\nx = 3\nvalue = f(CASE)\nassert isinstance(value, (int, str, list, decimal.Decimal, fractions.Fraction, datetime.date, unittest.mock.Mock, types.ModuleType))",
#   "import unittest.mock\nx = CASE\nassert f(x) == unittest.mock.ANY is None or f(x) == 4",
# ]
# outcomes = ["wrong_answer", "runtime_error"]
# prelude = "_talk.py"
# cases = 11
# ///
CLAIMS = [
    ["builtins", "int"],
    ["decimal", "Decimal"],
    ["fractions", "Fraction"],
    ["datetime", "date"],
    ["unittest.mock", "Mock"],
    ["logging", "os.system"],
    ["logging", "os"],
    ["logging", "__builtins__"],
    ["logging.nowhere", "Logger"],
    [["logging"], "Logger"],
    "logging",
]


def f(x):
    say(["value", {"h": 0, "k": "object", "n": "Liar", "lib": CLAIMS[CASE]}, 0.0, None])
    return 5
