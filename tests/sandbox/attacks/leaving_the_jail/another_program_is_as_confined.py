"""Executes another interpreter and tries to leave the jail from there."""
# /// attack
# tests = ["assert f() == 'kept'"]
# outcomes = ["passed"]
# limits = { cpu_s = 2.0, memory_bytes = 268435456 }
# ///
import os, subprocess, sys

code = """
import ctypes, os
libc = ctypes.CDLL(None)
held = libc.socket(2, 1, 0) == -1 and libc.unshare(0x10000000) == -1 and libc.ptrace(0, 0, 0, 0) == -1 and os.getuid() != 0 and not os.path.exists("/proc/1")
os._exit(7 if held else 8)
"""


def f():
    found_by_loader = {"LD_LIBRARY_PATH": os.path.join(sys.base_prefix, "lib")}  # libpython is outside the system's folders
    ended = subprocess.call([sys.executable, "-S", "-c", code], env=found_by_loader)
    return "kept" if ended == 7 else "less confined"
