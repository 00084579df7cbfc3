"""Computes a little and naps a lot, never quite idle, to hold its place for minutes on a second of CPU time."""
# /// attack
# tests = ["assert f(2) == 4"]
# outcomes = ["time_limit"]
# limits = { wall_s = 0.7, cpu_s = 5.0 }
# ///
import time


def f(x):
    ends = time.monotonic() + 30
    while time.monotonic() < ends:
        begun = time.process_time()
        while time.process_time() - begun < 0.002:
            pass
        time.sleep(0.06)
    return x * x
