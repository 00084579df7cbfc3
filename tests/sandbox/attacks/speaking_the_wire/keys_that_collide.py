"""A mapping and a set whose keys all have one hash."""
# /// attack
# tests = [
#   "assert f(0) == 4",
#   "n = 1\nassert f(n) == 4",
# ]
# outcomes = ["wrong_answer", "runtime_error", "time_limit", "memory_limit", "output_limit", "not_run"]
# prelude = "_talk.py"
# ///
keys = [2**61 * k - k for k in range(1, 2400)]


def f(n):
    raw(json.dumps(["value", {"d": [[k, 0] for k in keys]} if n else {"s": keys}, 0.001, None]) + "\n")
    return 5
