"""An answer that calls back for ever."""
# /// attack
# tests = [
#   "def again(g): return f(again)\nassert f(again) == 4",
# ]
# outcomes = ["wrong_answer", "runtime_error", "time_limit", "memory_limit", "output_limit", "not_run"]
# limits = { wall_s = 0.7 }
# ///
import os, sys, threading, time


def f(*args):
    return args[0](args[0])
    return 5
