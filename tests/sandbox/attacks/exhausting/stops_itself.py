"""Stops itself."""
# /// attack
# tests = ["assert f(2) == 4"]
# outcomes = ["wrong_answer", "runtime_error", "time_limit", "memory_limit", "output_limit", "not_run"]
# limits = { wall_s = 0.7 }
# ///
import os, sys, threading, time


def f(*args):
    import signal

    os.kill(os.getpid(), signal.SIGSTOP)
    time.sleep(1000)
    return 5
