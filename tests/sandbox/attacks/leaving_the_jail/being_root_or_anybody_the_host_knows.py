"""Tries to become root, or another user of the host machine."""
# /// attack
# tests = ["assert f() == 'kept'"]
# outcomes = ["passed"]
# ///
import os


def f():
    for n in (0, 1, 2, 65534):
        try:
            os.setuid(n)
            return str(n)
        except OSError:
            pass
    return (
        "kept"
        if os.getuid() and os.getgid() and not os.getgroups()
        else f"{os.getuid()} {os.getgid()} {os.getgroups()}"
    )
