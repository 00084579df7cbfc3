"""Ends, and has a child keep its stdout open."""
# /// attack
# outcomes = ["wrong_answer", "runtime_error"]
# io = [["", "2"]]
# limits = { wall_s = 0.7 }
# ///
import os, time

if os.fork() == 0:
    time.sleep(1000)
print("1", flush=True)
