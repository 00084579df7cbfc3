"""Links to one file until there is no room for names."""
# /// attack
# tests = ["assert f(2) == 4"]
# outcomes = ["wrong_answer", "runtime_error", "time_limit", "memory_limit", "output_limit", "not_run"]
# limits = { cpu_s = 0.4 }
# ///
import os, sys, time


def f(*args):
    open("a", "w").close()
    n = 0
    while True:
        n += 1
        os.link("a", f"l{n}")
    return 5
