"""Children whose children outlive them."""
# /// attack
# tests = ["assert f(2) == 4"]
# outcomes = ["wrong_answer", "runtime_error", "time_limit", "memory_limit", "output_limit", "not_run"]
# limits = { wall_s = 0.7 }
# ///
import os, sys, time


def f(*args):
    for _ in range(20):
        try:
            if os.fork() == 0:
                if os.fork() == 0:
                    time.sleep(1000)
                os._exit(0)
        except OSError:
            break
    return 5
