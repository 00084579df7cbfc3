"""Changes arguments it was not given, or into what they cannot be."""
# /// attack
# tests = [
#   "a = [2]\nf(a, CASE)\nassert a == [4]",
#   "assert f([2], CASE) == [4]",
# ]
# outcomes = ["wrong_answer", "runtime_error", "time_limit", "memory_limit", "output_limit", "not_run"]
# prelude = "_talk.py"
# cases = 8
# ///
FORGED = [
    '[[0,{"t":[4]}]]',
    "[[5,[4]]]",
    "[[-1,[4]]]",
    "[[true,[4]]]",
    "[4]",
    '{"0":[4]}',
    '[[0,[5]],[0,{"h":-1}]]',
    "5",
]


def f(a, n):
    raw('["value",null,0.0,' + FORGED[n] + "]\n")
    return 5
