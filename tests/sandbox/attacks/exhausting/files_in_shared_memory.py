"""Fills /dev/shm."""
# /// attack
# tests = ["assert f(2) == 4"]
# outcomes = ["wrong_answer", "runtime_error", "time_limit", "memory_limit", "output_limit", "not_run"]
# limits = { wall_s = 0.7 }
# ///
import os, sys, time


def f(*args):
    try:
        for n in range(100):
            with open(f"/dev/shm/{n}", "wb") as file:
                file.write(bytes(1 << 21))
    except OSError:
        return 5
    return 4.5
    return 5
