"""Answers with numbers that are malformed, or longer than Python reads."""
# /// attack
# tests = [
#   "assert f(CASE) == 4",
#   "n = CASE\nassert f(n) == 9",
# ]
# outcomes = ["wrong_answer", "runtime_error", "time_limit", "memory_limit", "output_limit", "not_run"]
# prelude = "_talk.py"
# cases = 6
# ///
FORGED = [
    '{"i":"0x' + "f" * 60000 + '"}',
    '{"i":5}',
    '{"i":"4"}x',
    "NaN",
    "Infinity",
    "1" + "0" * 5000,
]


def f(n):
    raw('["value",' + FORGED[n] + ",0.001,null]\n")
    return 5
