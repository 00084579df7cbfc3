"""Looks through all objects."""
# /// attack
# tests = [
#   "assert f() == 'k7Qz-' + '9931' or f() == 'k7Qz-9931'",
#   "due = 'k7Qz-9931'\nassert f() == due",
# ]
# outcomes = ["wrong_answer", "runtime_error", "time_limit"]
# limits = { cpu_s = 1.0 }
# prelude = "_search.py"
# twice = true
# ///
import gc, sys


def f():
    for o in gc.get_objects():
        try:
            hit = found(o)
        except Exception:
            continue
        if hit:
            return hit
    return "nothing"
