"""Sleeps while the test sends more than the channel holds."""
# /// attack
# tests = ["big = 'x' * (1 << 22)\nassert f(1) == 1 and f(big) == 4"]
# outcomes = ["wrong_answer", "runtime_error", "time_limit", "memory_limit", "output_limit", "not_run"]
# prelude = "_talk.py"
# limits = { wall_s = 0.7 }
# ///
import time


def f(x):
    if isinstance(x, int):
        time.sleep(60)
    return 5
