"""Reads and sets the limits of process numbers that are not its own."""
# /// attack
# tests = ["assert f() == 'kept'"]
# outcomes = ["passed"]
# ///
import ctypes, os

libc = ctypes.CDLL(None)


def f():
    old = ctypes.create_string_buffer(16)
    reached = [p for p in range(2, 300) if libc.syscall(302, p, 7, 0, old) == 0]
    return " ".join(map(str, reached)) or "kept"
