"""Answers in a moment with what takes the test for ever to look at, in every test."""
# /// attack
# tests = [
#   "assert sum(f(0)) == 4",
#   "assert sum(f(1)) == 4",
#   "assert sum(f(2)) == 4",
#   "assert sum(f(3)) == 4",
#   "assert sum(f(4)) == 4",
#   "assert sum(f(5)) == 4",
#   "assert sum(f(6)) == 4",
#   "assert sum(f(7)) == 4",
#   "assert sum(f(8)) == 4",
#   "assert sum(f(9)) == 4",
#   "assert sum(f(10)) == 4",
#   "assert sum(f(11)) == 4",
# ]
# outcomes = ["time_limit", "not_run"]
# limits = { cpu_s = 0.1, total_cpu_s = 0.1 }
# ///
def f(x):
    return range(10**13)
