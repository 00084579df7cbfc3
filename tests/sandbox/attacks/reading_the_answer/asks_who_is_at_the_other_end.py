"""Asks the kernel for the process at the other end of its channel."""
# /// attack
# tests = ["assert f() == 'kept'"]
# outcomes = ["passed"]
# twice = false
# ///
import socket, struct, os


def f():
    sock = socket.socket(fileno=os.dup(3))
    try:
        pid, uid, gid = struct.unpack("3i", sock.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12))
    except OSError:
        return "kept"
    try:
        os.kill(pid, 0)
    except OSError:
        return "kept"
    return "kept" if pid in (0, os.getpid()) else f"{pid} {uid}"
