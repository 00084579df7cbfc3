"""Connects to the ports and paths at which a Redis may listen."""
# /// attack
# tests = ["assert f() == 'kept'"]
# outcomes = ["passed"]
# ///
import socket


def f():
    for family, address in [
        (socket.AF_INET, ("127.0.0.1", 6379)),
        (socket.AF_INET6, ("::1", 6379)),
        (socket.AF_INET, ("169.254.169.254", 80)),
        (socket.AF_UNIX, "/var/run/redis.sock"),
        (socket.AF_UNIX, "/var/run/docker.sock"),
    ]:
        try:
            socket.socket(family).connect(address)
            return str(address)
        except OSError:
            pass
    return "kept"
