"""Every family of sockets."""
# /// attack
# tests = ["assert f() == 'kept'"]
# outcomes = ["passed"]
# ///
import ctypes

libc = ctypes.CDLL(None)


def f():
    return "kept" if all(libc.socket(n, k, 0) == -1 for n in range(46) for k in (1, 2, 3)) else "a socket"
