"""Other pairs of sockets."""
# /// attack
# tests = ["assert f() == 'kept'"]
# outcomes = ["passed"]
# ///
import ctypes

libc = ctypes.CDLL(None)


def f():
    return (
        "kept"
        if all(libc.socketpair(n, 1, 0, (ctypes.c_int * 2)()) == -1 for n in range(2, 46))
        else "a pair"
    )
