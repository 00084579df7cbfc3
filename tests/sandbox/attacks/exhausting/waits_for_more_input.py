"""Reads its input to the end, and then more."""
# /// attack
# outcomes = ["time_limit"]
# io = [["1\n", "1\n"]]
# limits = { wall_s = 0.7 }
# ///
import sys, os, time

sys.stdin.read()
while not os.read(0, 10):
    time.sleep(0.01)
