"""Has children compute for it, and is kept from its turn by them: neither idle nor over its CPU time."""
# /// attack
# tests = ["assert f(2) == 4"]
# outcomes = ["time_limit"]
# limits = { wall_s = 0.7 }
# ///
import os, time


def spin():
    if os.fork() == 0:
        while True:
            pass


def f(x):
    for _ in range(4):
        spin()
    ends = time.monotonic() + 30
    while time.monotonic() < ends:
        time.sleep(0.002)
        while os.waitpid(-1, os.WNOHANG)[0]:
            spin()
    return x * x
