"""Answers the first test, then ends the process from a timer before the next."""
# /// attack
# tests = [
#   "assert f(2) == 4",
#   "x = 3\nassert f(x) == 9",
# ]
# outcomes = ["wrong_answer", "runtime_error"]
# without_jail = true
# ///
import os, threading, time


def f(x):
    threading.Timer(0.01, os._exit, (0,)).start()
    if x != 2:
        time.sleep(0.05)
    return 5
