"""Answers with references to objects that it was never given."""
# /// attack
# tests = [
#   "assert f(CASE) == 4",
#   "n = CASE\nassert f(n) == 9",
# ]
# outcomes = ["wrong_answer", "runtime_error", "time_limit", "memory_limit", "output_limit", "not_run"]
# prelude = "_talk.py"
# cases = 8
# ///
FORGED = [
    '{"h":-1}',
    '{"h":-9}',
    '{"h":1180591620717411303424}',
    '{"h":"x"}',
    '{"h":true}',
    '{"h":null}',
    '{"h":1.5}',
    '{"h":[]}',
]


def f(n):
    raw('["value",' + FORGED[n] + ",0.001,null]\n")
    return 5
