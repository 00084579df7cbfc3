"""An answer that can be drawn from for ever."""
# /// attack
# tests = [
#   "assert list(f(2)) == [4]",
#   "assert sum(f(2)) == 4",
#   "assert max(f(2)) == 4",
# ]
# outcomes = ["wrong_answer", "runtime_error", "time_limit", "memory_limit", "output_limit", "not_run"]
# limits = { wall_s = 0.7, cpu_s = 0.2 }
# ///
import itertools


def f(x):
    return itertools.count()
