"""Writes orders of the session supervisor, and answers to them, on every descriptor."""
# /// attack
# tests = [
#   "assert f(2) == 4",
#   "x = 3\nassert f(x) == 9",
# ]
# outcomes = ["wrong_answer", "runtime_error"]
# ///
import os, struct


def f(x):
    for fd in range(256):
        try:
            os.set_blocking(fd, False)
            for data in (b"k", b"f", b"n", struct.pack("i", 1), struct.pack("dd", 0, 0)):
                os.write(fd, data)
        except OSError:
            pass
    return 5
