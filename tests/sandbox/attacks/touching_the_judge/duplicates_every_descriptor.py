"""Puts its own pipe in the place of every descriptor, its channel's too."""
# /// attack
# tests = [
#   "assert f(2) == 4",
#   "x = 3\nassert f(x) == 9",
# ]
# outcomes = ["wrong_answer", "runtime_error", "time_limit"]
# limits = { wall_s = 0.7 }
# ///
import os

r, w = os.pipe()
os.write(w, b'["value",4,0.0,null]\n' * 50)


def f(x):
    for fd in range(3, 256):
        if fd not in (r, w):
            try:
                os.dup2(r, fd)
            except OSError:
                pass
    return 5
