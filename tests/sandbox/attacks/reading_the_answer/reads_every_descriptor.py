"""Reads every descriptor."""
# /// attack
# tests = [
#   "assert f() == 'k7Qz-' + '9931' or f() == 'k7Qz-9931'",
#   "due = 'k7Qz-9931'\nassert f() == due",
# ]
# outcomes = ["wrong_answer", "runtime_error", "time_limit"]
# limits = { wall_s = 2.0 }
# prelude = "_search.py"
# twice = true
# ///
import fcntl, os

seen = []


def f():
    for fd in range(256):
        try:
            fcntl.fcntl(fd, fcntl.F_SETFL, os.O_NONBLOCK)
            hit = found(os.read(fd, 65536))
        except OSError:
            continue
        if hit:
            return hit
    return "nothing"
