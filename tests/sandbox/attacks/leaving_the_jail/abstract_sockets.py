"""Sends a datagram to abstract names that services use."""
# /// attack
# tests = ["assert f() == 'kept'"]
# outcomes = ["passed"]
# ///
import socket


def f():
    a, b = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
    for name in (
        "\0/tmp/.X11-unix/X0",
        "\0/com/ubuntu/upstart",
        "\0dbus",
        "/run/systemd/notify",
        "/dev/log",
        "/run/systemd/journal/socket",
    ):
        try:
            a.sendto(b"x", name)
            return name
        except OSError:
            pass
    return "kept"
