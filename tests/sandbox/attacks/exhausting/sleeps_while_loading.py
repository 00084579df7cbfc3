"""Sleeps before it defines anything."""
# /// attack
# tests = [
#   "assert f(2) == 4",
#   "x = 3\nassert f(x) == 9",
# ]
# outcomes = ["time_limit"]
# limits = { wall_s = 0.7 }
# ///
import time

time.sleep(1000)


def f(x):
    return x * x
