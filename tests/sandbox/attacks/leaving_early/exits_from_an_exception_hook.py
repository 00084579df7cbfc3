"""Ends the process from the hook for unhandled exceptions."""
# /// attack
# tests = [
#   "assert f(2) == 4",
#   "x = 3\nassert f(x) == 9",
# ]
# outcomes = ["wrong_answer", "runtime_error"]
# without_jail = true
# ///
import os, sys, threading

sys.excepthook = threading.excepthook = sys.unraisablehook = lambda *_: os._exit(0)


def f(x):
    raise ValueError
