"""Deep recursion in C."""
# /// attack
# tests = ["assert f(2) == 4"]
# outcomes = ["wrong_answer", "runtime_error", "time_limit", "memory_limit", "output_limit", "not_run"]
# limits = { wall_s = 0.7 }
# ///
import os, sys, threading, time


def f(*args):
    import json

    x = []
    for _ in range(10**6):
        x = [x]
    sys.setrecursionlimit(10**9)
    return json.dumps(x)
    return 5
