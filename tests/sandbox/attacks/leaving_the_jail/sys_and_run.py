"""/sys and /run."""
# /// attack
# tests = ["assert f() == 'kept'"]
# outcomes = ["passed"]
# ///
import os


def f():
    return (
        "kept"
        if not any(
            map(os.path.exists, ("/sys/kernel", "/run/docker.sock", "/var/run", "/boot", "/home", "/root"))
        )
        else "host"
    )
