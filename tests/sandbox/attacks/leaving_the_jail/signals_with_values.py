"""Queues signals to process numbers outside its own namespace."""
# /// attack
# tests = ["assert f() == 'kept'"]
# outcomes = ["passed"]
# ///
import ctypes

libc = ctypes.CDLL(None)


def f():
    info = ctypes.create_string_buffer(128)
    reached = [
        p
        for p in range(2, 300)
        if libc.syscall(129, p, 10, info) == 0
        or libc.syscall(234, p, p, 0) == 0
        or libc.syscall(200, p, 0) == 0
    ]
    return " ".join(map(str, reached)) or "kept"
