"""Asks for a test's object in tests that handed it none."""
# /// attack
# tests = [
#   "given = iter([4, 9])\nf(given)\nassert f(2) == 4",
#   "assert f(2) == 4",
#   "x = 3\nassert f(x) == 9",
# ]
# outcomes = ["wrong_answer", "runtime_error", "time_limit", "memory_limit", "output_limit", "not_run"]
# prelude = "_talk.py"
# ///
def f(x):
    say(*[["callback", n, op, [], {}] for n in (-1, -2) for op in ("call", "next", "getattr")])
    return 5
