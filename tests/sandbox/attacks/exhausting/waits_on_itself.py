"""Reads its own channel's other half of a pair, which never says anything."""
# /// attack
# tests = ["assert f(2) == 4"]
# outcomes = ["time_limit"]
# limits = { wall_s = 0.7 }
# ///
import os, sys, time


def f(*args):
    import socket

    a, b = socket.socketpair()
    a.recv(1)
    return 5
