"""Describes objects, classes and attributes with names of any kind and length."""
# /// attack
# tests = [
#   "assert f(CASE) == 4",
#   "n = CASE\nassert f(n) == 4",
# ]
# outcomes = ["wrong_answer", "runtime_error", "time_limit", "memory_limit", "output_limit", "not_run"]
# prelude = "_talk.py"
# cases = 8
# ///
NAMES = [
    '"' + "x" * 20000 + '"',
    '"\\u0000"',
    '"__class__"',
    '"mro"',
    "5",
    "[]",
    '"\\ud800"',
    '"_acecoder_number"',
]


def f(n):
    raw('["value",{"h":7,"v":5,"n":%s,"o":[%s],"c":%s,"k":%s},0.0,null]\n' % ((NAMES[n],) * 4))
    return 5
