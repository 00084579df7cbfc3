"""Asks for memory that others could open by name."""
# /// attack
# tests = ["assert f() == 'kept'"]
# outcomes = ["passed"]
# ///
import ctypes

libc = ctypes.CDLL(None)


def f():
    named = [
        libc.memfd_create(b"x", 0) != -1,
        libc.shm_open(b"/mark", 0o102, 0o777) not in (-1,)
        and not __import__("os").path.exists("/dev/shm/mark"),
    ]
    return "kept" if not any(named) else str(named)
