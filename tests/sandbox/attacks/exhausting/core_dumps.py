"""Children that crash, to fill the disk with their cores."""
# /// attack
# tests = ["assert f(2) == 4"]
# outcomes = ["wrong_answer", "runtime_error", "time_limit", "memory_limit", "output_limit", "not_run"]
# limits = { wall_s = 0.7 }
# ///
import os, sys, time


def f(*args):
    for _ in range(5):
        if os.fork() == 0:
            os.abort()
    for _ in range(5):
        os.wait()
    assert not [n for n in os.listdir(".") if "core" in n], "a core"
    return 5
    return 5
