"""Climbs the frames."""
# /// attack
# tests = [
#   "assert f(2) == 4",
#   "x = 3\nassert f(x) == 9",
# ]
# outcomes = ["wrong_answer", "runtime_error"]
# ///
import sys


def f(x):
    frame = sys._getframe()
    while frame:
        for name in list(frame.f_locals) + ["passed", "outcome", "verdict"]:
            frame.f_globals[name] = True
        frame = frame.f_back
    return 5
