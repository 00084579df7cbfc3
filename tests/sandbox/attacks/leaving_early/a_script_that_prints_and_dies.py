"""A script that prints what is expected of an honest one and dies of a signal."""
# /// attack
# outcomes = ["wrong_answer", "runtime_error"]
# io = [["1\n", "1\n"]]
# ///
import os, signal

print(int(input()))
os.kill(os.getpid(), signal.SIGSEGV)
import ctypes

ctypes.string_at(0)
