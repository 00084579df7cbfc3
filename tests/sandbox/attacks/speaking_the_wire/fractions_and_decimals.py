"""Answers with fractions and decimals whose making would take for ever."""
# /// attack
# tests = [
#   "assert f(CASE) == 4",
#   "n = CASE\nassert f(n) == 9",
# ]
# outcomes = ["wrong_answer", "runtime_error", "time_limit", "memory_limit", "output_limit", "not_run"]
# prelude = "_talk.py"
# cases = 5
# ///
FORGED = [
    '{"F":["1e999999999"]}',
    '{"F":["4/0"]}',
    '{"D":"1e999999999999"}',
    '{"D":"sNaN"}',
    '{"c":["x",1]}',
]


def f(n):
    raw('["value",' + FORGED[n] + ",0.001,null]\n")
    return 5
