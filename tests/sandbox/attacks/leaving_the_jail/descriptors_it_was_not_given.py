"""Descriptors it was not given."""
# /// attack
# tests = ["assert f() == 'kept'"]
# outcomes = ["passed"]
# ///
import os


def f():
    extra = []
    for n in range(5, 1024):
        try:
            os.fstat(n)
            extra.append(str(n))
        except OSError:
            pass
    return " ".join(extra) or "kept"
