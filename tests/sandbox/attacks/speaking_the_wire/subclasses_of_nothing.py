"""Answers with objects that claim a builtin's value, methods and names at will."""
# /// attack
# tests = [
#   "assert f(CASE) == 4",
#   "n = CASE\nassert f(n) == 9",
# ]
# outcomes = ["wrong_answer", "runtime_error", "time_limit", "memory_limit", "output_limit", "not_run"]
# prelude = "_talk.py"
# cases = 4
# ///
FORGED = [
    '{"h":0,"v":{"h":0,"v":{"h":1}},"o":5}',
    '{"h":0,"v":4,"o":["__eq__","__sub__","__class__","__init__","__new__"],"n":"__x__"}x',
    '{"h":9,"n":"\\\\u0000","k":"object"}',
    '{"h":7,"k":"object","n":"coroutine"}',
]


def f(n):
    raw('["value",' + FORGED[n] + ",0.001,null]\n")
    return 5
