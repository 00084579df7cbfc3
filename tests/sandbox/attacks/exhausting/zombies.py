"""Children that end and are never waited for."""
# /// attack
# tests = ["assert f(2) == 4"]
# outcomes = ["wrong_answer", "runtime_error", "time_limit", "memory_limit", "output_limit", "not_run"]
# limits = { wall_s = 0.7, cpu_s = 0.4 }
# ///
import os, sys, time


def f(*args):
    for _ in range(500):
        try:
            if os.fork() == 0:
                os._exit(0)
        except OSError:
            time.sleep(0.01)
    return 5
