"""A million objects."""
# /// attack
# tests = ["assert f(2) == 4"]
# outcomes = ["wrong_answer", "runtime_error", "time_limit", "memory_limit", "output_limit", "not_run"]
# limits = { wall_s = 0.7 }
# ///
import os, sys, threading, time


def f(*args):
    class O:
        pass

    return [O() for _ in range(10**6)]
    return 5
