"""Resolves a name and sends a datagram."""
# /// attack
# tests = ["assert f() == 'kept'"]
# outcomes = ["passed"]
# ///
import socket


def f():
    try:
        return str(socket.getaddrinfo("example.org", 80))
    except OSError:
        pass
    try:
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b"x", ("8.8.8.8", 53))
        return "sent"
    except OSError:
        return "kept"
