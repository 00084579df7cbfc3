"""Writes a verdict on every descriptor it can find."""
# /// attack
# tests = [
#   "assert f(2) == 4",
#   "x = 3\nassert f(x) == 9",
# ]
# outcomes = ["wrong_answer", "runtime_error"]
# ///
import os

line = b'[["test",0,0,"passed",0.0,"",false],["end",0]]\n'


def f(x):
    for fd in range(256):
        try:
            os.set_blocking(fd, False)
            os.write(fd, line)
        except OSError:
            pass
    return 5
