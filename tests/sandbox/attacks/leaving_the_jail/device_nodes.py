"""Device nodes."""
# /// attack
# tests = ["assert f() == 'kept'"]
# outcomes = ["passed"]
# ///
import os


def f():
    left = set(os.listdir("/dev")) - {"null", "zero", "urandom", "shm"}
    return " ".join(left) or "kept"
