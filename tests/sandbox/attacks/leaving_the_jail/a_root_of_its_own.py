"""Goes up from descriptors of folders, links and mounts."""
# /// attack
# tests = ["assert f() == 'kept'"]
# outcomes = ["passed"]
# ///
import os


def f():
    top = os.open("/", os.O_RDONLY)
    for _ in range(40):
        top = os.open("..", os.O_RDONLY, dir_fd=top)
    for name in ("etc/shadow", "root", "home", "proc/1/root", "run/docker.sock", "sys/kernel"):
        try:
            os.stat(name, dir_fd=top)
            return name
        except OSError:
            pass
    return "kept"
