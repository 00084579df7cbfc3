"""/proc."""
# /// attack
# tests = ["assert f() == 'kept'"]
# outcomes = ["passed"]
# ///
import os


def f():
    return "kept" if not os.path.exists("/proc/self") and not os.path.exists("/proc/1") else "proc"
