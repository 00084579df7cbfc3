"""Fills the buffers of every pipe and pair it can make."""
# /// attack
# tests = ["assert f(2) == 4"]
# outcomes = ["wrong_answer", "runtime_error", "time_limit", "memory_limit", "output_limit", "not_run"]
# limits = { wall_s = 0.7 }
# ///
import os, sys, time


def f(*args):
    import socket

    held = []
    while True:
        a, b = socket.socketpair()
        held += [a, b]
        b.setblocking(False)
        try:
            while b.send(bytes(1 << 16)):
                pass
        except OSError:
            pass
    return 5
