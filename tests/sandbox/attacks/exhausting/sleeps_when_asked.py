"""Sleeps in place of an answer."""
# /// attack
# tests = ["assert f(2) == 4"]
# outcomes = ["time_limit"]
# limits = { wall_s = 0.7 }
# ///
import os, sys, time


def f(*args):
    time.sleep(1000)
    return 5
