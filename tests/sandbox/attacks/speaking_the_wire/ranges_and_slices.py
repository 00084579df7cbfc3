"""Answers with ranges and slices without sense."""
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
    '{"r":[0,1000000000000000000000000000000,1]}',
    '{"r":[0,1,0]}',
    '{"l":[1]}',
]


def f(n):
    raw('["value",' + FORGED[n] + ",0.001,null]\n")
    return 5
