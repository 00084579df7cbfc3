"""Locks as much memory as it may."""
# /// attack
# tests = ["assert f(2) == 4"]
# outcomes = ["wrong_answer", "runtime_error", "time_limit", "memory_limit", "output_limit", "not_run"]
# limits = { wall_s = 0.7 }
# ///
import os, sys, time


def f(*args):
    import ctypes

    libc = ctypes.CDLL(None)
    block = ctypes.create_string_buffer(64 << 20)
    return 5 if libc.mlock(block, 64 << 20) else 4.5
    return 5
