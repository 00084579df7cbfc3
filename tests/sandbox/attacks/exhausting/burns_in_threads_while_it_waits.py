"""Burns in threads while it waits."""
# /// attack
# tests = ["assert f(2) == 4"]
# outcomes = ["wrong_answer", "runtime_error", "time_limit", "memory_limit", "output_limit", "not_run"]
# limits = { wall_s = 0.7 }
# ///
import os, sys, threading, time


def f(*args):
    def burn():
        while True:
            pass

    for _ in range(3):
        threading.Thread(target=burn, daemon=True).start()
    time.sleep(1000)
    return 5
