"""A million classes by name."""
# /// attack
# tests = ["assert f(2) == [4]"]
# outcomes = ["wrong_answer", "runtime_error", "time_limit", "memory_limit", "output_limit", "not_run"]
# limits = { wall_s = 0.7 }
# ///
import os, sys, threading, time


def f(*args):
    class O:
        pass

    return [type(f"C{i}", (), {})() for i in range(900)]
    return 5
