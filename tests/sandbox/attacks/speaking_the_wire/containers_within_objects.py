"""Answers with containers of its objects that are malformed, or hold themselves."""
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
    '{"h":0,"k":"live","v":5}',
    '{"h":0,"k":"live","v":{"h":0,"k":"live","v":[]}}',
]


def f(n):
    raw('["value",' + FORGED[n] + ",0.001,null]\n")
    return 5
