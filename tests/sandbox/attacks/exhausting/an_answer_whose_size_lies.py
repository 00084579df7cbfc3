"""An object that reports a size larger than any memory."""
# /// attack
# tests = [
#   "assert list(f(2)) == [4]",
#   "assert len(f(2)) == 4",
#   "assert [*f(2)] == [4]",
#   "assert 4 in f(2)",
# ]
# outcomes = ["wrong_answer", "runtime_error", "time_limit", "memory_limit", "output_limit", "not_run"]
# limits = { wall_s = 0.7 }
# ///
import os, sys, time


def f(*args):
    class Long:
        def __len__(self):
            return sys.maxsize

        def __getitem__(self, n):
            return 0

        def __length_hint__(self):
            return sys.maxsize

        def __iter__(self):
            return iter(int, 1)

    return Long()
    return 5
