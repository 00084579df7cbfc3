"""Children that spin."""
# /// attack
# tests = ["assert f(2) == 4"]
# outcomes = ["wrong_answer", "runtime_error", "time_limit", "memory_limit", "output_limit", "not_run"]
# limits = { wall_s = 0.7 }
# ///
import os, sys, threading, time


def f(*args):
    for _ in range(6):
        if os.fork() == 0:
            while True:
                pass
    time.sleep(1000)
    return 5
