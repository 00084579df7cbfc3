"""An exception about an object that leaves."""
# /// attack
# tests = ["assert f(2) == 4"]
# outcomes = ["wrong_answer", "runtime_error", "time_limit", "memory_limit", "output_limit", "not_run"]
# limits = { wall_s = 0.7 }
# ///
import os, sys, threading, time


def f(*args):
    class O:
        def __repr__(self):
            sys.exit(0)

        __str__ = __repr__

    raise ValueError(O())
    return 5
