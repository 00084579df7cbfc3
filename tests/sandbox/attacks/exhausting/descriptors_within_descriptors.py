"""Passes descriptors into sockets that are themselves passed, without end."""
# /// attack
# tests = ["assert f(2) == 4"]
# outcomes = ["wrong_answer", "runtime_error", "time_limit", "memory_limit", "output_limit", "not_run"]
# limits = { cpu_s = 0.4, wall_s = 0.7 }
# ///
import os, sys, time


def f(*args):
    import socket, array

    while True:
        a, b = socket.socketpair()
        try:
            for _ in range(50):
                socket.send_fds(a, [b"x"], [a.fileno(), b.fileno()] * 50)
        except OSError:
            pass
    return 5
