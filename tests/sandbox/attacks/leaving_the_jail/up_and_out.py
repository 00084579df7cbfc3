"""Up and out."""
# /// attack
# tests = ["assert f() == 'kept'"]
# outcomes = ["passed"]
# ///
import os


def f():
    here = os.stat("/")
    above = os.stat("/..")
    os.symlink("/proc/1/root", "/tmp/up")
    return (
        "kept"
        if (here.st_ino, here.st_dev) == (above.st_ino, above.st_dev) and not os.path.exists("/tmp/up/etc")
        else "out"
    )
