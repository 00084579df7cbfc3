"""A pool of threads that each start a pool."""
# /// attack
# tests = ["assert f(2) == 4"]
# outcomes = ["wrong_answer", "runtime_error", "time_limit", "memory_limit", "output_limit", "not_run"]
# limits = { wall_s = 0.7 }
# ///
import os, sys, time


def f(*args):
    from concurrent.futures import ThreadPoolExecutor

    def pool():
        with ThreadPoolExecutor(100) as each:
            list(each.map(lambda _: pool(), range(100)))

    pool()
    return 5
