"""Other processes."""
# /// attack
# tests = ["assert f() == 'kept'"]
# outcomes = ["passed"]
# ///
import os


def f():
    for pid in list(range(2, 400)):
        try:
            os.kill(pid, 0)
            return str(pid)
        except ProcessLookupError:
            pass
    return "kept" if os.getppid() == 0 else "a parent"
