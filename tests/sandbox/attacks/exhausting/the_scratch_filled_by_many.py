"""The scratch filled by many."""
# /// attack
# tests = ["assert f(2) == 4"]
# outcomes = ["wrong_answer", "runtime_error", "time_limit", "memory_limit", "output_limit", "not_run"]
# limits = { wall_s = 0.7 }
# ///
import os, sys, threading, time


def f(*args):
    n = 0
    while True:
        n += 1
        with open(f"/tmp/{n % 9}", "ab") as file:
            file.write(bytes(1 << 22))
    return 5
