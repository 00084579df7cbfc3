"""Answers with an account of CPU time that is not a number, negative or infinite."""
# /// attack
# tests = [
#   "assert f(CASE) == 4",
#   "n = CASE\nassert f(n) == 9",
# ]
# outcomes = ["wrong_answer", "runtime_error", "time_limit", "memory_limit", "output_limit", "not_run"]
# prelude = "_talk.py"
# cases = 9
# ///
FORGED = [
    "NaN",
    "Infinity",
    "-Infinity",
    "1e308",
    "-5",
    '"0"',
    "null",
    "true",
    "[]",
]


def f(n):
    raw('["value",5,' + FORGED[n] + ",null]\n")
    return 5
