"""Climbs every frame of every thread, and the traceback of an exception raised in it."""
# /// attack
# tests = [
#   "assert f() == 'k7Qz-' + '9931' or f() == 'k7Qz-9931'",
#   "due = 'k7Qz-9931'\nassert f() == due",
# ]
# outcomes = ["wrong_answer", "runtime_error"]
# twice = true
# prelude = "_search.py"
# ///
import sys


def f():
    for frame in sys._current_frames().values():
        while frame:
            hit = found((frame.f_locals, frame.f_code.co_consts, list(frame.f_globals)))
            if hit:
                return hit
            frame = frame.f_back
    return "nothing"
