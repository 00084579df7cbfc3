"""Closes all its descriptors and sleeps."""
# /// attack
# outcomes = ["time_limit", "runtime_error", "wrong_answer"]
# io = [["", "1"]]
# limits = { wall_s = 0.7 }
# ///
import os, time

os.closerange(0, 100)
time.sleep(1000)
