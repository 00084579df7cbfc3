"""Answers with builtins that open the judge's process: eval, open, import."""
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
    '{"B":"eval"}',
    '{"B":"open"}',
    '{"B":"__import__"}',
    '{"B":["abs"]}',
]


def f(n):
    raw('["value",' + FORGED[n] + ",0.001,null]\n")
    return 5
