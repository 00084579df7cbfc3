"""Sleeps in pieces, with a little work between them."""
# /// attack
# tests = ["assert f(2) == 4"]
# outcomes = ["time_limit"]
# limits = { wall_s = 0.7, cpu_s = 0.05 }
# ///
import os, sys, time


def f(*args):
    while True:
        time.sleep(0.001)
        sum(range(50))
    return 5
