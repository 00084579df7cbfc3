"""Ignores every signal."""
# /// attack
# tests = ["assert f(2) == 4"]
# outcomes = ["wrong_answer", "runtime_error", "time_limit", "memory_limit", "output_limit", "not_run"]
# limits = { wall_s = 0.7 }
# ///
import os, sys, threading, time


def f(*args):
    import signal

    for n in range(1, 65):
        try:
            signal.signal(n, signal.SIG_IGN)
        except (OSError, ValueError):
            pass
    while True:
        pass
    return 5
