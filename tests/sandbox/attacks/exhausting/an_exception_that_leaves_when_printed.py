"""An exception that leaves when printed."""
# /// attack
# tests = ["assert f(2) == 4"]
# outcomes = ["wrong_answer", "runtime_error", "time_limit", "memory_limit", "output_limit", "not_run"]
# limits = { wall_s = 0.7 }
# ///
import os, sys, threading, time


def f(*args):
    class E(Exception):
        def __str__(self):
            os._exit(0)

        __repr__ = __str__

    raise E
    return 5
