"""Its parent, by a descriptor."""
# /// attack
# tests = ["assert f() == 'kept'"]
# outcomes = ["passed"]
# ///
import os


def f():
    try:
        os.pidfd_open(os.getppid() or 2)
    except OSError:
        return "kept"
    return "a parent"
