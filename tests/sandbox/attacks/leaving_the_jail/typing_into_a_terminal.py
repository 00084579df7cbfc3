"""Typing into a terminal."""
# /// attack
# tests = ["assert f() == 'kept'"]
# outcomes = ["passed"]
# ///
import fcntl


def f():
    for fd in range(5):
        try:
            fcntl.ioctl(fd, 0x5412, b"x")
            return "typed"
        except OSError:
            pass
    return "kept"
