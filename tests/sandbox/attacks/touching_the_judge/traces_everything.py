"""Traces everything."""
# /// attack
# tests = [
#   "assert f(2) == 4",
#   "x = 3\nassert f(x) == 9",
# ]
# outcomes = ["wrong_answer", "runtime_error"]
# ///
import sys, threading


def spy(frame, event, arg):
    frame.f_locals.update(value=4, error=None)
    return spy


sys.settrace(spy)
sys.setprofile(spy)
threading.settrace(spy)


def f(x):
    return 5
