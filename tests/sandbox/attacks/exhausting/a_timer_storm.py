"""Timers of every clock, as fast as they go."""
# /// attack
# tests = ["assert f(2) == 4"]
# outcomes = ["time_limit"]
# limits = { wall_s = 0.7 }
# ///
import signal

for n in (14, 26, 27):
    signal.signal(n, lambda *a: None)


def f(*args):
    for _ in range(16):
        for kind in (0, 1, 2):
            signal.setitimer(kind, 1e-6, 1e-6)
    while True:
        pass
    return 5
