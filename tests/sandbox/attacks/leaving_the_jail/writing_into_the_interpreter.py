"""Writes to the interpreter, its library, the guest's code and their folders."""
# /// attack
# tests = ["assert f() == 'kept'"]
# outcomes = ["passed"]
# ///
import os, sys


def f():
    for path in (sys.executable, os.__file__, "/acecoder/guest/checker/checker.py", "/acecoder/guest/__pycache__/x"):
        for mode in ("r+b", "ab", "wb"):
            try:
                open(path, mode)
                return path
            except OSError:
                pass
    for path in (os.path.dirname(os.__file__), "/acecoder/guest", "/"):
        for act in (
            lambda: os.rename(path, path + "2"),
            lambda: os.rmdir(path),
            lambda: os.symlink("/tmp", path + "/l"),
            lambda: os.utime(path),
            lambda: os.chown(path, os.getuid(), os.getgid()),
        ):
            try:
                act()
                return path
            except OSError:
                pass
    return "kept"
