"""Answers with malformed dates, times and paths."""
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
    '{"P":["PosixPath","/etc/passwd"]}',
    '{"T":["datetime"]}',
    '{"T":["eval",1]}',
    '{"T":["timedelta",1e400,0,0]}',
]


def f(n):
    raw('["value",' + FORGED[n] + ",0.001,null]\n")
    return 5
