"""Raises exceptions that end loops, processes or the judge, by their names."""
# /// attack
# tests = [
#   "assert f(CASE) == 4",
#   "n = CASE\nassert f(n) == 9",
# ]
# outcomes = ["wrong_answer", "runtime_error", "time_limit", "memory_limit", "output_limit", "not_run"]
# prelude = "_talk.py"
# cases = 5
# ///
FORGED = [
    '{"own":[],"module":"builtins","name":"SystemExit","a":[0]}',
    '{"own":[],"module":"builtins","name":"GeneratorExit"}',
    '{"own":[],"module":"builtins","name":"StopIteration"}',
    '{"own":[],"module":"os","name":"_exit"}',
    '{"own":[],"module":"guest.checker.candidate_process","name":"CandidateLost","a":["passed",""]}',
]


def f(n):
    raw('["error",' + FORGED[n] + ",0.001,null]\n")
    return 5
