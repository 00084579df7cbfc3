"""Looks for the environment of the host machine."""
# /// attack
# tests = ["assert f() == 'kept'"]
# outcomes = ["passed"]
# ///
import os


def f():
    left = set(os.environ) - {"PYTHONHASHSEED", "LC_ALL", "TZ", "LD_LIBRARY_PATH", "LC_CTYPE"}
    if left == {"HOME"} and os.environ["HOME"] == os.getcwd():
        return "kept"
    return " ".join(sorted(left))
