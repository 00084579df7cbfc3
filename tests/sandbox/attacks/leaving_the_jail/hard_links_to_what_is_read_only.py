"""Links files of the jail into its scratch, to change them there."""
# /// attack
# tests = ["assert f() == 'kept'"]
# outcomes = ["passed"]
# ///
import os, sys


def f():
    for path in (os.__file__, sys.executable, "/acecoder/guest/wire/codec.py", "/dev/null"):
        try:
            os.link(path, "/tmp/linked")
            return path
        except OSError:
            pass
    return "kept"
