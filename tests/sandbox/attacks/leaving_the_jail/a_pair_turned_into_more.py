"""Binds, listens on, connects and sends by name through the one kind of socket it may have."""
# /// attack
# tests = ["assert f() == 'kept'"]
# outcomes = ["passed"]
# ///
import ctypes, socket

libc = ctypes.CDLL(None)


def f():
    a, b = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
    for use in (
        lambda: a.bind("\0mark"),
        lambda: a.connect("\0mark"),
        lambda: a.listen(),
        lambda: a.sendto(b"x", "\0mark"),
        lambda: a.bind("/tmp/s"),
        lambda: a.accept(),
    ):
        try:
            use()
            return "reached"
        except OSError:
            pass
    return "kept"
