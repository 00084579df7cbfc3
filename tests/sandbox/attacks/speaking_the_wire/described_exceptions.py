"""Answers with references described as exceptions they are not."""
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
    '{"h":0,"k":"exception"}',
    '{"h":0,"k":"exception","e":{"own":[[1]]}}',
    '{"h":0,"k":"error","x":{"own":[],"module":"builtins","name":"SystemExit"}}',
    '{"h":0,"k":"error","x":[]}',
]


def f(n):
    raw('["value",' + FORGED[n] + ",0.001,null]\n")
    return 5
