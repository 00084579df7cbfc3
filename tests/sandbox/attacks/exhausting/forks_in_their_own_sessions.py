"""Forks in their own sessions."""
# /// attack
# tests = ["assert f(2) == 4"]
# outcomes = ["wrong_answer", "runtime_error", "time_limit", "memory_limit", "output_limit", "not_run"]
# limits = { wall_s = 0.7 }
# ///
import os, sys, threading, time


def f(*args):
    for _ in range(50):
        try:
            if os.fork() == 0:
                os.setsid()
                time.sleep(1000)
        except OSError:
            break
    return 5
