"""Values whose JSON says the same key twice, or says two tags."""
# /// attack
# tests = [
#   "assert f(CASE) == 4",
#   "n = CASE\nassert f(n) == 4",
# ]
# outcomes = ["wrong_answer", "runtime_error", "time_limit", "memory_limit", "output_limit", "not_run"]
# prelude = "_talk.py"
# cases = 5
# ///
FORGED = [
    '{"h":0,"h":-1}',
    '{"t":[4],"t":[5]}',
    '{"t":[4],"h":0}',
    '{"h":0,"k":"live","v":[],"v":4}',
    '{"h":0,"m":0}',
]


def f(n):
    raw('["value",' + FORGED[n] + ",0.001,null]\n")
    return 5
