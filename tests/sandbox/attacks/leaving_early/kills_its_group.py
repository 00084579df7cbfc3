"""Ends its process group and its session."""
# /// attack
# tests = [
#   "assert f(2) == 4",
#   "x = 3\nassert f(x) == 9",
# ]
# outcomes = ["wrong_answer", "runtime_error", "memory_limit"]
# ///
import os


def f(x):
    for group in (0, os.getpgrp()):
        try:
            os.killpg(group, 9)
        except OSError:
            pass
    return 5
