"""Answers with arrays whose dtype names Python objects."""
# /// attack
# tests = [
#   "assert f(CASE) == 4",
#   "n = CASE\nassert f(n) == 9",
# ]
# outcomes = ["wrong_answer", "runtime_error", "time_limit", "memory_limit", "output_limit", "not_run"]
# prelude = "_talk.py"
# cases = 3
# ///
FORGED = [
    '{"n":["O",[1],"AAAAAAAAAAA="]}',
    '{"n":["|O8",[-1],""]}',
    '{"N":["f8",""]}',
]


def f(n):
    raw('["value",' + FORGED[n] + ",0.001,null]\n")
    return 5
