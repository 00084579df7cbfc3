"""Folders within folders, as deep as they go."""
# /// attack
# tests = ["assert f(2) == 4"]
# outcomes = ["wrong_answer", "runtime_error", "time_limit", "memory_limit", "output_limit", "not_run"]
# limits = { cpu_s = 0.4 }
# ///
import os, sys, time


def f(*args):
    while True:
        os.mkdir("d")
        os.chdir("d")
    return 5
