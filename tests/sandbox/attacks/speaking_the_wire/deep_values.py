"""Answers with values nested more deeply than the reader's stack."""
# /// attack
# tests = [
#   "assert f(CASE) == 4",
#   "n = CASE\nassert f(n) == 9",
# ]
# outcomes = ["wrong_answer", "runtime_error", "time_limit", "memory_limit", "output_limit", "not_run"]
# prelude = "_talk.py"
# cases = 2
# ///
FORGED = [
    "[" * 240 + "]" * 240,
    '{"t":[' * 240 + "]}" * 240,
]


def f(n):
    raw('["value",' + FORGED[n] + ",0.001,null]\n")
    return 5
