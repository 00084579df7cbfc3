"""Answers with sets of lists, dicts without values, and malformed queues and bytes."""
# /// attack
# tests = [
#   "assert f(CASE) == 4",
#   "n = CASE\nassert f(n) == 9",
# ]
# outcomes = ["wrong_answer", "runtime_error", "time_limit", "memory_limit", "output_limit", "not_run"]
# prelude = "_talk.py"
# cases = 14
# ///
FORGED = [
    '{"s":[[1]]}',
    '{"d":[[[],1]]}',
    '{"d":[1]}',
    '{"d":5}',
    '{"z":[{"B":"eval"},[]]}',
    '{"z":[5,[]]}',
    '{"q":[[],"x"]}',
    '{"q":[[1],-1]}',
    '{"C":5}',
    '{"w":"A"}',
    '{"b":"\\\\u1234"}',
    '{"t":5}',
    "{}",
    '{"zz":1}',
]


def f(n):
    raw('["value",' + FORGED[n] + ",0.001,null]\n")
    return 5
